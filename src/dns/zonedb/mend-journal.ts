/**
 * Writes entries of the journal again that fail their checksum or are gone, from the mirror. An
 * entry is never rewritten, so whatever the mirror has under its number is that entry.
 */
import { latin1 } from '#base/bytes.ts';
import type { KeyValueStore, Write } from '#store/key-value-store.ts';
import { buildKey, KEYSPACE, readU64Key, u64Key } from '#store/keyspace.ts';
import type { Journal } from './journal.ts';

/** Entries that are looked for in one go. */
const ENTRIES_MAX = 10_000;

/** The first and the last of some entries. */
export type EntryRange = readonly [number, number];

/**
 * Reads the mirror once, whatever is wanted.
 * @param ranges of the entries that are wanted
 * @returns those of them that are still kept and not all there again
 */
export async function mendJournal(
  store: KeyValueStore,
  journal: Journal,
  ranges: readonly EntryRange[],
): Promise<ReadonlySet<EntryRange>> {
  const keys = new Set(Iterator.from(numbersOf(ranges)).take(ENTRIES_MAX).map(keyText));
  const lost = new Set<EntryRange>();
  if (keys.size === 0) return lost;
  const found = await store.mirrored?.((key) => keys.has(latin1(key)));
  const rows: Write[] = [...(found?.values() ?? [])]
    .map(({ write }) => write)
    .filter((write) => 'value' in write);
  // Within a commit, so that none comes back that is dropped at this moment.
  await journal.commit([], () => {
    const kept = rows.filter(({ key }) => readU64Key(key, 1) >= journal.first);
    const there = new Set(kept.map(({ key }) => readU64Key(key, 1)));
    for (const range of ranges) if (isLost(range, there, journal.first)) lost.add(range);
    return kept;
  });
  return lost;
}

function isLost([first, last]: EntryRange, there: ReadonlySet<number>, oldest: number): boolean {
  for (let number = Math.max(first, oldest); number <= last; number++) {
    if (!there.has(number)) return true;
  }
  return false;
}

function* numbersOf(ranges: readonly EntryRange[]): Generator<number> {
  for (const [first, last] of ranges) {
    for (let number = first; number <= last; number++) yield number;
  }
}

function keyText(sequence: number): string {
  return latin1(buildKey(KEYSPACE.journal, u64Key(sequence)));
}
