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

/**
 * @param first of the entries that are wanted
 * @param last of them
 * @returns true if all that are still kept are there again
 */
export async function mendJournal(
  store: KeyValueStore,
  journal: Journal,
  [first, last]: readonly [number, number],
): Promise<boolean> {
  const count = Math.min(last - first + 1, ENTRIES_MAX);
  const keys = new Set(
    Array.from({ length: count }, (_, index) => latin1(journalKey(first + index))),
  );
  const found = await store.mirrored?.((key) => keys.has(latin1(key)));
  const rows: Write[] = [...(found?.values() ?? [])]
    .map(({ write }) => write)
    .filter((write) => 'value' in write);
  // Within a commit, so that none comes back that is dropped at this moment.
  let missing = 0;
  await journal.commit([], () => {
    const kept = rows.filter(({ key }) => readU64Key(key, 1) >= journal.first);
    missing = last + 1 - Math.max(first, journal.first) - kept.length;
    return kept;
  });
  return missing <= 0;
}

function journalKey(sequence: number): Uint8Array {
  return buildKey(KEYSPACE.journal, u64Key(sequence));
}
