/**
 * How database B lies in its store. Every key begins with a generation: a copy is written as a new
 * one beside the one that is answered from, which takes its place when it is whole.
 *
 *     0xb0                                   the mark: how far the replica is, in JSON
 *     0xb2 generation(4) type(1) key         an object, in JSON
 *     0xb4 generation(4) term 0x00 key       what else it is found by; no value
 *
 * Terms are `host-address/192.0.2.1`, `contact-roid/C1-TLD`, `registrar-iana/9999`,
 * `registrar-name/example registrar`.
 */
import { concatBytes, utf8 } from '#base/bytes.ts';
import type { Write } from '#store/key-value-store.ts';
import { buildKey, KEYSPACE, type KeyRange, prefixRange, u32Key } from '#store/keyspace.ts';
import type { DirectoryRow, DirectoryType } from './directory-row.ts';
import type { HistoryPoint } from './replica-line.ts';

/** How far a replica is. */
export interface ReplicaMark extends HistoryPoint {
  generation: number;
  /** The register's clock: what is here is the register as it was then. */
  asOfMs: number;
}

export const MARK_KEY = buildKey(KEYSPACE.replicaMark);

const TYPE_OCTETS: Readonly<Record<DirectoryType, number>> = {
  domain: 1,
  host: 2,
  contact: 3,
  registrar: 4,
};
const TERM_END = Uint8Array.of(0);
const NOTHING = new Uint8Array(0);

export function rowKey(generation: number, type: DirectoryType, key: string): Uint8Array {
  const octet = Uint8Array.of(TYPE_OCTETS[type]);
  return buildKey(KEYSPACE.replicaRow, u32Key(generation), octet, utf8(key));
}

/** What an object is found by beside its name. */
export type Term =
  `${'host-address' | 'contact-roid' | 'registrar-iana' | 'registrar-name'}/${string}`;

export function termRange(generation: number, term: Term): KeyRange {
  return prefixRange(concatBytes([termKey(generation, term), TERM_END]));
}

/** The object's key in the key of one of its terms. */
export function keyOfTerm(generation: number, term: Term, key: Uint8Array): string {
  const at = termKey(generation, term).length + TERM_END.length;
  return Buffer.from(key.subarray(at)).toString('utf8');
}

/** Names of registrars are compared without regard to case. */
export function registrarNameTerm(name: string): Term {
  return `registrar-name/${name.toLowerCase()}`;
}

export function readRow(value: Uint8Array): unknown {
  return JSON.parse(Buffer.from(value).toString('utf8'));
}

export function readMark(value: Uint8Array): ReplicaMark {
  return readRow(value) as ReplicaMark;
}

export function markWrite(mark: ReplicaMark): Write {
  return { key: MARK_KEY, value: utf8(JSON.stringify(mark)) };
}

/** What a row comes to, given what was there before it. */
export function rowWrites(
  generation: number,
  row: DirectoryRow,
  before: DirectoryRow['value'],
): Write[] {
  const key = rowKey(generation, row.type, row.key);
  const termsNow = new Set(termsOf(row));
  const termsBefore = before === null ? [] : termsOf({ ...row, value: before } as DirectoryRow);
  const writes: Write[] = termsBefore
    .filter((term) => !termsNow.has(term))
    .map((term) => ({ key: termRowKey(generation, term, row.key), delete: true }));
  for (const term of termsNow) {
    writes.push({ key: termRowKey(generation, term, row.key), value: NOTHING });
  }
  writes.push(
    row.value === null ? { key, delete: true } : { key, value: utf8(JSON.stringify(row.value)) },
  );
  return writes;
}

/** The rows of every generation but one. */
export function otherGenerations(generation: number): KeyRange[] {
  return [KEYSPACE.replicaRow, KEYSPACE.replicaTerm].flatMap((prefix) => {
    const all = prefixRange(Uint8Array.of(prefix));
    const kept = prefixRange(buildKey(prefix, u32Key(generation)));
    return [
      { from: all.from, to: kept.from },
      { from: kept.to, to: all.to },
    ];
  });
}

function termsOf(row: DirectoryRow): Term[] {
  if (row.value === null) return [];
  if (row.type === 'host') {
    return row.value.addresses.map((address): Term => `host-address/${address}`);
  }
  if (row.type === 'contact') return [`contact-roid/${row.value.roid}`];
  if (row.type !== 'registrar') return [];
  const { ianaId, name } = row.value;
  const byName = registrarNameTerm(name);
  return ianaId === undefined ? [byName] : [`registrar-iana/${ianaId}`, byName];
}

function termKey(generation: number, term: Term): Uint8Array {
  return buildKey(KEYSPACE.replicaTerm, u32Key(generation), utf8(term));
}

function termRowKey(generation: number, term: Term, key: string): Uint8Array {
  return concatBytes([termKey(generation, term), TERM_END, utf8(key)]);
}
