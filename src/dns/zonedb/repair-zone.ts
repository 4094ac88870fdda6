/**
 * Repairs the stored content of a zone: rows that fail their checksum, are gone, are old ones, or
 * have come back. Nothing is taken for right because of where it comes from: a repaired zone must
 * have the record count and the digest of its zone row, or nothing is written.
 *
 *     store as it is                                        -> digest of the zone row? -> sound
 *     store, with the mirror's newest writes over it        -> digest of the zone row? -> written
 *     otherwise: a whole content from elsewhere (a backup)  -> digest of the zone row? -> written
 *     otherwise: the zone stays refused for changes
 */
import { equalBytes, latin1 } from '#base/bytes.ts';
import { formatName, sortKey } from '#dns/wire/name.ts';
import type { Entry, KeyValueStore, MirroredWrite, Write } from '#store/key-value-store.ts';
import { ContentSum } from './content-sum.ts';
import type { Journal } from './journal.ts';
import { formatNodeRow, type StoredNode } from './node-row.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { generationRange, nodeKey } from './zone-keys.ts';
import type { ZoneState } from './zone-list.ts';
import type { ZoneRow } from './zone-row.ts';

/** A whole content of a zone from elsewhere, each owner once; gone through twice. */
export interface ContentSource {
  /** For the log: `backup 20261122T…`. */
  readonly name: string;
  readonly nodes: (row: ZoneRow, journal: Journal) => AsyncIterable<readonly StoredNode[]>;
}

/** Rows in one synced write. */
const ROWS_TOGETHER = 1000;

/**
 * The caller holds the zone's lock. Finds out by itself whether there is anything to repair.
 * @returns from what it was repaired, `sound`: it needed nothing; `undefined`: nothing fits
 */
export async function repairZone(
  { store, journal, log }: Pick<ZoneDbParts, 'store' | 'journal' | 'log'>,
  { row }: ZoneState,
  sources: readonly ContentSource[] = [],
): Promise<string | undefined> {
  let patches = await patchesFrom(store, row, new Map());
  let source = 'sound';
  if (patches === undefined) {
    patches = await patchesFrom(store, row, await mirroredRows(store, row));
    source = 'mirror';
  }
  for (const { name, nodes } of sources) {
    if (patches !== undefined) break;
    patches = (await isWhole(row, nodes(row, journal)))
      ? await patchesTo(store, row, nodes(row, journal))
      : undefined;
    source = name;
  }
  if (patches === undefined) return undefined;
  for (let at = 0; at < patches.length; at += ROWS_TOGETHER) {
    await store.write(patches.slice(at, at + ROWS_TOGETHER));
  }
  if (patches.length > 0) {
    const zone = formatName(row.apex);
    log.warn({ zone, rows: patches.length, source }, 'the stored content of a zone was repaired');
  }
  return source;
}

/** What the mirror has of the zone's rows, by the key as latin1. Reads the whole mirror. */
async function mirroredRows(
  store: KeyValueStore,
  { generation }: ZoneRow,
): Promise<ReadonlyMap<string, MirroredWrite>> {
  const { from } = generationRange(generation);
  const isOfZone = (key: Uint8Array): boolean => equalBytes(key.subarray(0, from.length), from);
  return (await store.mirrored?.(isOfZone)) ?? new Map();
}

/**
 * What makes the content whole; `undefined`: the overlay does not suffice. A write that may not be
 * the newest of its row stands in only for a row that is damaged or gone.
 */
async function patchesFrom(
  store: KeyValueStore,
  row: ZoneRow,
  overlay: ReadonlyMap<string, MirroredWrite>,
): Promise<Write[] | undefined> {
  const { from, to } = generationRange(row.generation);
  const content = new ContentSum();
  const patches: Write[] = [];
  const seen = new Set<string>();
  for await (const chunk of store.range(from, to, { onDamaged: () => {} })) {
    for (const stored of chunk) {
      const key = latin1(stored.key);
      const { write, isNewest } = overlay.get(key) ?? { isNewest: false };
      if (write !== undefined) seen.add(key);
      if (write === undefined || !isNewest) content.add(stored);
      else if (!('value' in write)) patches.push(write);
      else {
        content.add(write);
        if (!equalBytes(stored.value, write.value)) patches.push(write);
      }
    }
  }
  for (const [key, { write }] of overlay) {
    if (seen.has(key) || !('value' in write)) continue;
    content.add(write);
    patches.push(write);
  }
  return content.is(row) ? patches : undefined;
}

/** True if that is the content that the zone row tells of. */
async function isWhole(
  row: ZoneRow,
  nodes: AsyncIterable<readonly StoredNode[]>,
): Promise<boolean> {
  const content = new ContentSum();
  for await (const chunk of nodes) {
    for (const node of chunk) content.add(rowOf(row, node));
  }
  return content.is(row);
}

/** The writes that make the stored rows that content. */
async function patchesTo(
  store: KeyValueStore,
  row: ZoneRow,
  nodes: AsyncIterable<readonly StoredNode[]>,
): Promise<Write[]> {
  const stored = new Map<string, Uint8Array>();
  const damaged: Uint8Array[] = [];
  const { from, to } = generationRange(row.generation);
  for await (const chunk of store.range(from, to, { onDamaged: (key) => damaged.push(key) })) {
    for (const { key, value } of chunk) stored.set(latin1(key), value);
  }
  const patches: Write[] = [];
  for await (const chunk of nodes) {
    for (const node of chunk) {
      const wanted = rowOf(row, node);
      const key = latin1(wanted.key);
      const found = stored.get(key);
      stored.delete(key);
      if (found === undefined || !equalBytes(found, wanted.value)) patches.push(wanted);
    }
  }
  const written = new Set(patches.map(({ key }) => latin1(key)));
  const left = [...stored.keys()].map((key) => Uint8Array.from(Buffer.from(key, 'latin1')));
  for (const key of [...left, ...damaged]) {
    if (!written.has(latin1(key))) patches.push({ key, delete: true });
  }
  return patches;
}

function rowOf({ generation, apex }: ZoneRow, { owner, rrsets }: StoredNode): Entry {
  return { key: nodeKey(generation, sortKey(owner, apex)), value: formatNodeRow(rrsets) };
}
