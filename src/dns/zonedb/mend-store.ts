/**
 * What of the store is made good from the mirror row by row, at a start, by each part of the server
 * before anything writes the rows of that part.
 */
import type { Log } from '#base/log.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import { mendRows, openMending } from '#store/mend-rows.ts';
import { describeKey, formatKeyDescription } from './describe-key.ts';

/** The parts of the store that are opened one after the other: first and last prefix of each. */
const STORE_PARTS = {
  zones: [KEYSPACE.layout, 0x3f],
  access: [KEYSPACE.setting, 0x4f],
  register: [KEYSPACE.registryDomain, 0xbf],
} as const satisfies Record<string, readonly [number, number]>;

/** Written in bulk too: node rows are repaired zone by zone (repair-zone.ts). */
const BULK: ReadonlySet<number> = new Set([KEYSPACE.node, KEYSPACE.generation, KEYSPACE.refresh]);

/** True for rows that are never written in bulk, so that the mirror knows all of each. */
export function isMendedByRow([prefix]: Uint8Array): boolean {
  return !BULK.has(prefix);
}

/**
 * Runs what reads a part of the store at a start. Where that finds damage, the rows that the mirror
 * knows are mended, and it runs again. @throws what `open` throws
 */
export async function openMendingStore<T>(
  store: KeyValueStore,
  part: keyof typeof STORE_PARTS,
  log: Log,
  open: () => Promise<T>,
): Promise<T> {
  const [first, last] = STORE_PARTS[part];
  const isOwn = (key: Uint8Array): boolean =>
    key[0] >= first && key[0] <= last && isMendedByRow(key);
  return openMending(open, () => mendRows(store, isOwn, describeRow, log));
}

/** As far as it can be without the list of zones. */
function describeRow(key: Uint8Array): string {
  const described = describeKey(key, () => undefined);
  return formatKeyDescription(key, described);
}
