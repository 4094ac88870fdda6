/**
 * The first octet of every key in the product, in one place, so that two parts cannot collide and
 * a range read of one part cannot run into another. Free numbers between neighbours are for
 * growth. A prefix once shipped is never used for anything else: removing one keeps its row here.
 *
 *     0x00        the store itself (layout version)
 *     0x10-0x2f   zones          0x30-0x3f   journal and receipts
 *     0x40-0x4f   settings,      0x80-0xbf   the register of names
 *                 access
 *     0xc0-0xcf   support desk   0xff        never used: upper bound of everything
 *
 * Numbers inside keys are big-endian and unsigned, which makes octet order numeric order.
 */
import { assert } from '#base/assert.ts';
import { concatBytes } from '#base/bytes.ts';

export const KEYSPACE = {
  /** Owned by the store: its layout version. */
  layout: 0x00,
  /** One row per zone: its version in force, count, digest. */
  zone: 0x10,
  /** Zone metadata that is not DNS data (kind, transfer rules). */
  zoneMetadata: 0x12,
  /** Master files that zones were imported from, by zone. */
  zoneFile: 0x14,
  /** Until when fetched zones count as confirmed, by zone. */
  refresh: 0x16,
  /** Records: by zone, generation and owner in canonical order. */
  node: 0x20,
  /** Generations of records, whether a zone row names them or not. */
  generation: 0x22,
  /** Changes by sequence number, without gaps. */
  journal: 0x30,
  /** Journal sequence by zone and version. */
  journalIndex: 0x32,
  /** Receipts of changes. */
  receipt: 0x38,
  /** What happened, for the event feed, by sequence number without gaps. */
  event: 0x36,
  /** Changes committed but not yet handed on. */
  outbox: 0x3a,
  /** The server's own settings and marks. */
  setting: 0x40,
  /** DNSSEC keys. */
  secret: 0x42,
  /** Tokens of the admin API, by id. */
  token: 0x44,
  /** TSIG keys made through the API, by name. */
  tsigKey: 0x45,
  /** Primaries whose NOTIFY makes a secondary, by address and name server. */
  autoprimary: 0x46,
  /** Who did what, by sequence number without gaps. */
  audit: 0x48,
  /** Requests that must not be done twice, by digest of who asked and the key they gave. */
  idempotency: 0x4a,
  /** The register of names: objects, by name or id. */
  registryDomain: 0x80,
  registryHost: 0x81,
  registryContact: 0x82,
  registryRegistrar: 0x83,
  registryTld: 0x84,
  /** Reserved names, by LABEL.TLD. */
  registryReserved: 0x85,
  /** Which domains are delegated to a host. */
  registryHostUse: 0x88,
  /** Which domains name a contact. */
  registryContactUse: 0x89,
  /** Which hosts lie under a domain. */
  registrySubordinate: 0x8a,
  /** When a domain has something due. */
  registryDomainDue: 0x90,
  /** When a contact's transfer is due. */
  registryContactDue: 0x91,
  /** Messages that wait, by registrar and number. */
  registryMessage: 0x94,
  /** Sums: messages that wait, transactions by month. */
  registryCounter: 0x98,
  /** Commands on the register by sequence number, without gaps. */
  registryJournal: 0xa0,
  /** What committed commands left to do in zones. */
  registryTask: 0xa2,
  /** Of database B, in a store of its own: how far it is. */
  replicaMark: 0xb0,
  /** Its objects, by generation, type and name. */
  replicaRow: 0xb2,
  /** What its objects are found by beside their names. */
  replicaTerm: 0xb4,
  /** What it measured of itself, for the event feed. */
  replicaEvent: 0xb6,
  /** Tickets and notices. */
  support: 0xc0,
} as const;

/** The bounds of all keys under a prefix octet: `from` inclusive, `to` exclusive. */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

/** A key: the prefix octet, then the parts as they are. */
export function buildKey(prefix: number, ...parts: readonly Uint8Array[]): Uint8Array {
  assert(prefix >= 0 && prefix < 0xff, 'a key prefix is an octet below 0xff');
  return concatBytes([Uint8Array.of(prefix), ...parts]);
}

/** Four octets; `value` is a whole number in [0, 2^32). */
export function u32Key(value: number): Uint8Array {
  assert(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff, 'a u32');
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, value);
  return octets;
}

/** Eight octets; `value` is a whole number in [0, 2^53), exact as a double. */
export function u64Key(value: number): Uint8Array {
  assert(Number.isSafeInteger(value) && value >= 0, 'a u64 that a double holds exactly');
  const octets = new Uint8Array(8);
  new DataView(octets.buffer).setBigUint64(0, BigInt(value));
  return octets;
}

export function readU32Key(key: Uint8Array, at: number): number {
  return new DataView(key.buffer, key.byteOffset, key.length).getUint32(at);
}

/** The number that `u64Key` wrote. */
export function readU64Key(key: Uint8Array, at: number): number {
  const value = Number(new DataView(key.buffer, key.byteOffset, key.length).getBigUint64(at));
  assert(Number.isSafeInteger(value), 'a u64 that a double holds exactly');
  return value;
}

/** All keys that begin with `prefix` (one octet or more, not all of them 0xff). */
export function prefixRange(prefix: Uint8Array): KeyRange {
  let size = prefix.length;
  while (size > 0 && prefix[size - 1] === 0xff) size -= 1;
  assert(size > 0, 'a prefix that has an upper bound');
  const to = prefix.slice(0, size);
  to[size - 1] = (to[size - 1] ?? 0) + 1;
  return { from: prefix, to };
}

/** Every key that the product may write. */
export function wholeRange(): KeyRange {
  return { from: Uint8Array.of(0x00), to: Uint8Array.of(0xff) };
}
