/** The keys of the zone database's rows. Names are in canonical order (`sortKey`). */
import { asBuffer } from '#base/bytes.ts';
import { type Name, sortKey } from '#dns/wire/name.ts';
import { buildKey, KEYSPACE, type KeyRange, prefixRange, u32Key } from '#store/keyspace.ts';

export function zoneKey(apex: Name): Uint8Array {
  return buildKey(KEYSPACE.zone, sortKey(apex));
}

/** @param relative `sortKey` of the owner relative to the apex */
export function nodeKey(generation: number, relative: Uint8Array): Uint8Array {
  return buildKey(KEYSPACE.node, u32Key(generation), relative);
}

/** All nodes of the generations `first` to `last`. */
export function generationsRange(first: number, last: number): KeyRange {
  return { from: generationRange(first).from, to: generationRange(last).to };
}

/** The generation that a node key is of. */
export function generationOf(key: Uint8Array): number {
  return asBuffer(key).readUInt32BE(1);
}

/** Octets of a node key before the relative name. */
export const NODE_KEY_PREFIX_SIZE = 5;

/** All nodes of a generation. */
export function generationRange(generation: number): KeyRange {
  return prefixRange(buildKey(KEYSPACE.node, u32Key(generation)));
}

/** Exists from before the first node row of a generation until after the last is gone. */
export function generationKey(generation: number): Uint8Array {
  return buildKey(KEYSPACE.generation, u32Key(generation));
}

/** What is known of the master file of a zone. */
export function zoneFileKey(apex: Name): Uint8Array {
  return buildKey(KEYSPACE.zoneFile, sortKey(apex));
}
