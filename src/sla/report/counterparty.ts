/**
 * The other side's own measurements of a month (Appendix 10, 8.3), as a list of cycle states.
 * Three forms are read:
 *
 *   MoSAPI/RSM measurement details: one JSON object, an array of them, or one a line:
 *     {"service":"dns","cycleCalculationDateTime":1790812800,"status":"Down",
 *      "nameServerAvailability":{"nameServerStatus":[{"target":"ns1.example,192.0.2.1",…}]}}
 *   CSV with a header: service,cycle,status[,nameserver,address]
 *
 * A cycle is Unix seconds or an instant, anywhere in the cycle. "Up-inconclusive-…" is without a
 * verdict, as a discarded cycle of ours is; "Disabled" is not measured.
 */
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { asBuffer } from '#base/bytes.ts';
import { errorMessage, fileReason } from '#base/coded-error.ts';
import { canonicalAddress } from '#sla/measurement/cycle-record.ts';
import { formatIssues } from '#sla/measurement/measurement-file.ts';
import type { ExplainedSubject } from './explanation.ts';
import { TheirReportError } from './report-error.ts';

export type TheirState = 'up' | 'down' | 'inconclusive' | 'disabled';

export interface TheirCycle {
  subject: ExplainedSubject;
  /** Unix milliseconds within the cycle. */
  atMs: number;
  state: TheirState;
}

export interface TheirReport {
  /** SHA-256 of the file. */
  digest: string;
  cycles: TheirCycle[];
}

/** A month has 44,640 minutes; some dozens of addresses. */
const CYCLES_MAX = 3_000_000;
const FILE_SIZE_MAX = 256 * 1024 * 1024;

const service = z.string().transform((text, context) => {
  const name = text.toLowerCase();
  if (name === 'dns' || name === 'dnssec' || name === 'rdds' || name === 'epp') return name;
  context.issues.push({ code: 'custom', message: `no service ${text}`, input: text });
  return z.NEVER;
});

const status = z.string().transform((text, context): TheirState => {
  const name = text.toLowerCase();
  if (name === 'up' || name === 'down' || name === 'disabled') return name;
  if (name.startsWith('up-inconclusive') || name === 'inconclusive') return 'inconclusive';
  context.issues.push({ code: 'custom', message: `no status ${text}`, input: text });
  return z.NEVER;
});

const measurement = z.object({
  service,
  cycleCalculationDateTime: z.number().min(0),
  status,
  nameServerAvailability: z
    .object({ nameServerStatus: z.array(z.object({ target: z.string(), status })) })
    .optional(),
});

const row = z.object({
  service,
  cycle: z.string(),
  status,
  nameserver: z.string().default(''),
  address: z.string().default(''),
});

/** Raises TheirReportError with the place of what is not understood; nothing is taken then. */
export async function readTheirReport(file: string): Promise<TheirReport> {
  let octets: Buffer;
  try {
    octets = await readFile(file);
  } catch (error) {
    throw new TheirReportError(file, 1, fileReason(error), { cause: error });
  }
  if (octets.length > FILE_SIZE_MAX) throw new TheirReportError(file, 1, 'more than 256 MiB');
  return parseTheirReport(octets, file);
}

/** The same for octets that are at hand; `file` is what they are called. */
export function parseTheirReport(octets: Uint8Array, file: string): TheirReport {
  const text = asBuffer(octets)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  const isJson = /^\s*[[{]/.test(text);
  const cycles = isJson ? parseJson(text, file) : parseCsv(text, file);
  if (cycles.length > CYCLES_MAX) throw new TheirReportError(file, 1, 'more cycles than a month');
  return { digest: hash('sha256', octets, 'hex'), cycles };
}

function parseJson(text: string, file: string): TheirCycle[] {
  let whole: unknown;
  try {
    whole = JSON.parse(text);
  } catch (error) {
    const lines = text.split('\n');
    if (lines.length < 2)
      throw new TheirReportError(file, 1, errorMessage(error), { cause: error });
    return lines.flatMap((line, at) => (line.trim() === '' ? [] : parseLine(line, file, at + 1)));
  }
  const list = Array.isArray(whole) ? whole : [whole];
  return list.flatMap((each, at) => cyclesOf(each, file, 1, `[${at}]`));
}

function parseLine(line: string, file: string, at: number): TheirCycle[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new TheirReportError(file, at, `not JSON: ${errorMessage(error)}`, { cause: error });
  }
  return cyclesOf(value, file, at, '');
}

function cyclesOf(value: unknown, file: string, line: number, where: string): TheirCycle[] {
  const parsed = measurement.safeParse(value);
  if (!parsed.success) {
    throw new TheirReportError(file, line, `${where} ${formatIssues(parsed.error)}`.trim());
  }
  const { data } = parsed;
  const atMs = data.cycleCalculationDateTime * 1000;
  const own: TheirCycle = { subject: { service: data.service }, atMs, state: data.status };
  const addresses = data.nameServerAvailability?.nameServerStatus ?? [];
  const each = addresses.flatMap(({ target, status: state }): TheirCycle[] => {
    const [nameserver = '', address = ''] = target.split(/[,\s]+/);
    return address === '' ? [] : [{ subject: addressSubject(nameserver, address), atMs, state }];
  });
  return [own, ...each];
}

function parseCsv(text: string, file: string): TheirCycle[] {
  const lines = text.split(/\r?\n/);
  const head = (lines[0] ?? '').split(',').map((name) => name.trim().toLowerCase());
  for (const name of ['service', 'cycle', 'status']) {
    if (!head.includes(name)) throw new TheirReportError(file, 1, `no column ${name}`);
  }
  return lines.slice(1).flatMap((line, at): TheirCycle[] => {
    if (line.trim() === '') return [];
    const cells = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    const parsed = row.safeParse(Object.fromEntries(head.map((name, i) => [name, cells[i]])));
    if (!parsed.success) throw new TheirReportError(file, at + 2, formatIssues(parsed.error));
    const { cycle, nameserver, address, status: state } = parsed.data;
    const atMs = /^\d+$/.test(cycle) ? Number(cycle) * 1000 : Date.parse(cycle);
    if (Number.isNaN(atMs)) throw new TheirReportError(file, at + 2, `cycle ${cycle}: no time`);
    const own: ExplainedSubject = { service: parsed.data.service };
    const subject = address === '' ? own : addressSubject(nameserver, address);
    return [{ subject, atMs, state }];
  });
}

function addressSubject(nameserver: string, address: string): ExplainedSubject {
  const name = nameserver.toLowerCase().replace(/\.?$/, '.');
  return { service: 'dns-nameserver', nameserver: name, address: canonicalAddress(address) };
}
