/**
 * What we answer to the other side's down time, as people write it: a YAML or JSON list of
 * `service` (any where absent), `from`, `to`, `text` and `author`.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { fileReason } from '#base/coded-error.ts';
import { checkYaml } from '#base/yaml-file.ts';
import { instantSchema } from '#sla/measurement/instant.ts';
import { TEXT_SIZE_MAX } from '#sla/measurement/measurement.ts';
import type { DisputeResponse } from './comparison.ts';
import { TheirReportError } from './report-error.ts';

const text = z.string().min(1).max(TEXT_SIZE_MAX);

const schema = z.array(
  z.strictObject({
    service: z.enum(['dns', 'dns-nameserver', 'dnssec', 'rdds', 'epp']).optional(),
    from: instantSchema,
    to: instantSchema,
    text,
    author: text,
  }),
);

/** Raises TheirReportError with the place of the first thing that is wrong. */
export async function readResponses(file: string): Promise<DisputeResponse[]> {
  let written: string;
  try {
    written = await readFile(file, 'utf8');
  } catch (error) {
    throw new TheirReportError(file, 1, fileReason(error), { cause: error });
  }
  const result = checkYaml(written, file, schema);
  if ('value' in result) {
    return result.value.map(({ service, ...rest }) =>
      service === undefined ? rest : { service, ...rest },
    );
  }
  const [first] = result.problems;
  throw new TheirReportError(file, first?.place.line ?? 1, first?.detail ?? 'not a list');
}
