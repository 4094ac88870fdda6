/**
 * Measurements as NDJSON: one JSON object a line, read as a stream of any size. The first line that
 * is not a measurement ends the reading with its place; nothing after it is believed. A last line
 * without its newline is accepted if it is whole and refused if it is torn.
 */
import { createReadStream } from 'node:fs';
import type { z } from 'zod';
import { CodedError, errorMessage } from '#base/coded-error.ts';
import { type Measurement, measurementSchema } from './measurement.ts';

/** No line of a measurement is longer; the bound keeps a binary file from filling memory. */
export const LINE_SIZE_MAX = 1_000_000;
const TOO_LONG = `a line of more than ${LINE_SIZE_MAX} characters`;
const NEWLINE = 0x0a;

/** A line that is no measurement, or a file that cannot be read: `FILE:LINE: what is wrong`. */
export class MeasurementError extends CodedError {
  /** Absent from what a single line's parser raises: it does not know where the line stands. */
  readonly place: { file: string; line: number } | undefined;

  constructor(detail: string, place?: { file: string; line: number }, options?: ErrorOptions) {
    const where = place === undefined ? '' : `${place.file}:${place.line}: `;
    super('MEASUREMENT_INVALID', `${where}${detail}`, options);
    this.place = place;
  }
}

/** A measurement and the line (from 1) that it stood on. */
export interface PlacedMeasurement {
  line: number;
  measurement: Measurement;
}

/** One line of text, without its newline. Raises MeasurementError whose message has no place. */
export function parseMeasurement(line: string): Measurement {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new MeasurementError(
      line === '' ? 'an empty line; expected a JSON object' : `not JSON: ${errorMessage(error)}`,
      undefined,
      { cause: error },
    );
  }
  const parsed = measurementSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new MeasurementError(formatIssues(parsed.error));
}

/** One line, without a newline. */
export function formatMeasurement(measurement: Measurement): string {
  return JSON.stringify(measurement);
}

/** Reads `file` from its first line; raises MeasurementError with `FILE:LINE:`. */
export async function* readMeasurementFile(file: string): AsyncGenerator<PlacedMeasurement> {
  const stream = createReadStream(file, { highWaterMark: 1 << 20 });
  yield* readMeasurements(stream, file);
}

/** Reads octets in pieces of any size; `file` is named in the errors. */
export async function* readMeasurements(
  pieces: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<PlacedMeasurement> {
  let line = 0;
  for await (const text of splitLines(pieces, file)) {
    line += 1;
    yield { line, measurement: atPlace({ file, line }, () => parseMeasurement(text)) };
  }
}

/** Runs `task`, and gives a MeasurementError that it raises its place. */
export function atPlace<T>(place: { file: string; line: number }, task: () => T): T {
  try {
    return task();
  } catch (error) {
    if (!(error instanceof MeasurementError)) throw error;
    throw new MeasurementError(error.message, place, { cause: error });
  }
}

async function* splitLines(
  pieces: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<string> {
  let rest: Uint8Array = new Uint8Array(0);
  let count = 0;
  try {
    for await (const piece of pieces) {
      const octets = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      const end = octets.lastIndexOf(NEWLINE) + 1;
      rest = octets.subarray(end);
      for (const line of decodeLines(octets.subarray(0, end))) {
        yield line;
        count += 1;
      }
      if (rest.length > LINE_SIZE_MAX) throw new MeasurementError(TOO_LONG);
    }
    if (rest.length > 0) yield* decodeLines(rest);
  } catch (error) {
    if (error instanceof MeasurementError && error.place !== undefined) throw error;
    const reason = error instanceof TypeError ? 'not UTF-8' : errorMessage(error);
    throw new MeasurementError(reason, { file, line: count + 1 }, { cause: error });
  }
}

/** All at once, which is fast; one by one where some octet is not UTF-8, to find its line. */
function* decodeLines(octets: Uint8Array): Generator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let lines: string[] | undefined;
  try {
    lines = decoder.decode(octets).split('\n');
  } catch {
    for (let from = 0; from < octets.length; ) {
      const end = octets.indexOf(NEWLINE, from);
      const line = octets.subarray(from, end < 0 ? octets.length : end);
      yield decoder.decode(line);
      from += line.length + 1;
    }
    return;
  }
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) {
    if (line.length > LINE_SIZE_MAX) throw new MeasurementError(TOO_LONG);
    yield line;
  }
}

/** Every issue of one value on one line: `path: message; path: message`. */
export function formatIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const path = issue.path.map(String).join('.');
      return path === '' ? issue.message : `${path}: ${issue.message}`;
    })
    .join('; ');
}
