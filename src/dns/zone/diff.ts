/**
 * The difference between two versions of a zone, as IXFR and the journal tell it (RFC 1995): what
 * is removed, what is added, RRset by RRset. Both versions come as ordered streams (owners in
 * canonical order, types ascending), so two zones of millions of names differ in constant memory.
 * A change of TTL removes and adds every record of the RRset.
 */
import { compareNames, type Name } from '#dns/wire/name.ts';
import { compareRdatas } from './canonical-order.ts';
import type { Rrset } from './rrset.ts';

export interface RrsetDiff {
  owner: Name;
  type: number;
  /** TTL and records that go, in canonical order; empty list: none. */
  removed: { ttl: number; rdatas: Uint8Array[] };
  /** TTL and records that come, in canonical order; empty list: none. */
  added: { ttl: number; rdatas: Uint8Array[] };
}

export type RrsetStream = Iterable<Rrset> | AsyncIterable<Rrset>;

/** Differences in order of owner and type; RRsets that are equal are left out. */
export async function* diffZones(
  before: RrsetStream,
  after: RrsetStream,
): AsyncGenerator<RrsetDiff> {
  const olds = iterate(before);
  const news = iterate(after);
  let old = await nextOf(olds);
  let fresh = await nextOf(news);
  while (old !== undefined || fresh !== undefined) {
    const order = comparePlaces(old, fresh);
    const diff = diffRrsets(order <= 0 ? old : undefined, order >= 0 ? fresh : undefined);
    if (diff !== undefined) yield diff;
    if (order <= 0) old = await nextOf(olds);
    if (order >= 0) fresh = await nextOf(news);
  }
}

/** The difference between two versions of one RRset, `undefined` meaning none of it. */
export function diffRrsets(
  before: Rrset | undefined,
  after: Rrset | undefined,
): RrsetDiff | undefined {
  const known = after ?? before;
  if (known === undefined) return undefined;
  const diff: RrsetDiff = {
    owner: known.owner,
    type: known.type,
    removed: { ttl: before?.ttl ?? 0, rdatas: [] },
    added: { ttl: after?.ttl ?? 0, rdatas: [] },
  };
  if (before === undefined || after === undefined || before.ttl !== after.ttl) {
    diff.removed.rdatas = before === undefined ? [] : [...before.rdatas];
    diff.added.rdatas = after === undefined ? [] : [...after.rdatas];
  } else splitRdatas(before, after, diff);
  return diff.removed.rdatas.length + diff.added.rdatas.length === 0 ? undefined : diff;
}

function splitRdatas(before: Rrset, after: Rrset, diff: RrsetDiff): void {
  let oldAt = 0;
  let newAt = 0;
  while (oldAt < before.rdatas.length || newAt < after.rdatas.length) {
    const order = compareEnds(before.type, before.rdatas[oldAt], after.rdatas[newAt]);
    if (order < 0) diff.removed.rdatas.push(before.rdatas[oldAt]);
    if (order > 0) diff.added.rdatas.push(after.rdatas[newAt]);
    if (order <= 0) oldAt += 1;
    if (order >= 0) newAt += 1;
  }
}

function compareEnds(type: number, a: Uint8Array | undefined, b: Uint8Array | undefined): number {
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return compareRdatas(type, a, b);
}

function comparePlaces(a: Rrset | undefined, b: Rrset | undefined): number {
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return compareNames(a.owner, b.owner) || a.type - b.type;
}

function iterate(stream: RrsetStream): AsyncIterator<Rrset> | Iterator<Rrset> {
  return Symbol.asyncIterator in stream
    ? stream[Symbol.asyncIterator]()
    : stream[Symbol.iterator]();
}

async function nextOf(
  iterator: AsyncIterator<Rrset> | Iterator<Rrset>,
): Promise<Rrset | undefined> {
  const step = await iterator.next();
  return step.done === true ? undefined : step.value;
}
