/**
 * The stream between the register and its replicas, one JSON object a line:
 *
 *     copy       everything is sent anew, as of `sequence`; what the replica has no longer counts
 *     rows       a part of the copy, or of the change whose line follows
 *     copied     the copy is whole
 *     change     one command was committed; its rows are the parts before it and its own
 *     heartbeat  at `atMs` nothing was committed after `sequence`
 *
 * Changes come in order and without gaps. `atMs` is the register's clock: it is as of when a
 * replica that has applied the line is current.
 */
import { errorMessage } from '#base/coded-error.ts';
import { RddsError } from '../rdds-error.ts';
import type { DirectoryRow } from './directory-row.ts';

/** Characters of a line, and the most that a reader keeps of an incomplete one. */
export const LINE_SIZE_MAX = 4 * 1024 * 1024;
/** Rows in one line; an object has a few kilobytes at most. */
export const LINE_ROWS_MAX = 200;

/** A change that both sides know: its number, and its transaction id where it is known. */
export interface HistoryPoint {
  sequence: number;
  svTrid?: string | undefined;
}

export type ReplicaLine =
  | ({ kind: 'copy'; atMs: number } & HistoryPoint)
  | { kind: 'rows'; rows: DirectoryRow[] }
  | { kind: 'copied' }
  | { kind: 'change'; sequence: number; svTrid: string; atMs: number; rows: DirectoryRow[] }
  | { kind: 'heartbeat'; sequence: number; atMs: number };

/** With its line end. */
export function formatReplicaLine(line: ReplicaLine): string {
  return `${JSON.stringify(line)}\n`;
}

/**
 * @param text without its line end
 * @throws RddsError RDDS_STREAM_INVALID
 */
export function parseReplicaLine(text: string): ReplicaLine {
  const line = readObject(text);
  switch (line['kind']) {
    case 'copy':
      demandNumbers(line, 'sequence', 'atMs');
      break;
    case 'rows':
      demandRows(line);
      break;
    case 'copied':
      break;
    case 'change':
      demandNumbers(line, 'sequence', 'atMs');
      demandRows(line);
      break;
    case 'heartbeat':
      demandNumbers(line, 'sequence', 'atMs');
      break;
    default:
      throw invalid(`a line of an unknown kind: ${text.slice(0, 80)}`);
  }
  return line as unknown as ReplicaLine;
}

function readObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`not JSON: ${errorMessage(error)}`, { cause: error });
  }
  if (typeof value !== 'object' || value === null) throw invalid('not an object');
  return value as Record<string, unknown>;
}

function demandNumbers(line: Record<string, unknown>, ...names: readonly string[]): void {
  for (const name of names) {
    const value = line[name];
    if (!Number.isSafeInteger(value) || (value as number) < 0) {
      throw invalid(`${String(line['kind'])} without a whole number ${name}`);
    }
  }
}

const TYPES: ReadonlySet<unknown> = new Set(['domain', 'host', 'contact', 'registrar']);

function demandRows(line: Record<string, unknown>): void {
  const { rows } = line;
  if (!Array.isArray(rows) || !rows.every(isRow)) {
    throw invalid(`${String(line['kind'])} without rows of objects`);
  }
}

function isRow(row: unknown): boolean {
  if (typeof row !== 'object' || row === null) return false;
  const { type, key, value } = row as Record<string, unknown>;
  return TYPES.has(type) && typeof key === 'string' && typeof value === 'object';
}

function invalid(what: string, options?: ErrorOptions): RddsError {
  const remedy = 'primary and replica must be of versions that fit';
  return new RddsError(
    'RDDS_STREAM_INVALID',
    `the register's stream is broken: ${what}; ${remedy}`,
    options,
  );
}
