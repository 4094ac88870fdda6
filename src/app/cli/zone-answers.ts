/** What the admin API says about versions and changes of zones, and how commands print it. */
import type { TextWriter } from './cli-context.ts';

export interface DiffAnswer {
  /** Lines of a master file. */
  removed: string[];
  added: string[];
  /** Lines that are not shown. */
  omitted: number;
}

export interface ZoneChangeAnswer {
  zone: string;
  oldSerial: number;
  newSerial: number;
  changed: boolean;
  receipt: string | null;
  diff: DiffAnswer;
  warnings: { code: string; message: string }[];
}

export interface VersionAnswer {
  version: number;
  kind: string;
  oldSerial: number | null;
  newSerial: number | null;
  at: string;
  actor: string;
  source: string;
  address: string | null;
  requestId: string;
  receipt: string;
  edits: number;
}

/** Lines that go with `-` in front, then those that come with `+`. */
export function printDiff(stdout: TextWriter, { removed, added, omitted }: DiffAnswer): void {
  for (const line of removed) stdout.write(`-${line}\n`);
  for (const line of added) stdout.write(`+${line}\n`);
  if (omitted > 0) stdout.write(`(${omitted} more)\n`);
}

export function printJson(stdout: TextWriter, value: unknown): void {
  stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** `serial 1 -> 2 (r-7)`. */
export function changeText({ oldSerial, newSerial, receipt }: ZoneChangeAnswer): string {
  const serial = oldSerial === newSerial ? `${oldSerial}` : `${oldSerial} -> ${newSerial}`;
  return `serial ${serial}${receipt === null ? '' : ` (${receipt})`}`;
}
