/**
 * Backup ids: `20261122T013805123Z-9f3a`, the moment of the snapshot in UTC and four hexadecimal
 * digits against two servers that share a location. Sorting ids as text sorts them by age.
 */
import { formatHex } from '#base/bytes.ts';
import type { Random } from '#base/random.ts';

const ID_PATTERN = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-[0-9a-f]{4}$/;

export function makeBackupId(atMs: number, random: Random): string {
  const moment = new Date(atMs).toISOString().replaceAll(/[-:.]/g, '');
  return `${moment}-${formatHex(random.bytes(2))}`;
}

/** The moment (Unix milliseconds) in an id, or `undefined` if the text is not one. */
export function readBackupId(id: string): number | undefined {
  const [, year, month, day, hour, minute, second, milli] = ID_PATTERN.exec(id) ?? [];
  if (year === undefined) return undefined;
  const atMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milli}Z`);
  return Number.isNaN(atMs) ? undefined : atMs;
}
