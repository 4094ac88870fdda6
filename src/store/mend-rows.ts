/**
 * Makes good from the mirror what LevelDB lost or changed, before anybody has read it: a row that
 * fails its checksum, is gone, is an old one, or has come back. Whatever the mirror certainly knows
 * the newest write of must be what that write said. Rows that are also written in bulk are left to
 * their owner, because the mirror knows nothing of that: `isOwn` says which are not.
 *
 * Only while nothing else writes those rows: a write in between would be taken back.
 */
import { equalBytes } from '#base/bytes.ts';
import { errorCode } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { KeyValueStore, Write } from './key-value-store.ts';

/** Keys that are looked at together. */
const KEYS_TOGETHER = 256;
/** Rows that are named in the log; the rest is counted. */
const NAMED_MAX = 20;

/**
 * @param isOwn true for keys that are never written in bulk
 * @param describe names a row for people
 * @returns how many rows were mended
 */
export async function mendRows(
  store: KeyValueStore,
  isOwn: (key: Uint8Array) => boolean,
  describe: (key: Uint8Array) => string,
  log: Log,
): Promise<number> {
  const found = await store.mirrored?.(isOwn);
  const known = [...(found?.values() ?? [])].filter(({ isNewest }) => isNewest);
  let mended = 0;
  for (let at = 0; at < known.length; at += KEYS_TOGETHER) {
    const writes = known.slice(at, at + KEYS_TOGETHER).map(({ write }) => write);
    const wrong: Write[] = [];
    for (const write of writes) if (!(await isStored(store, write))) wrong.push(write);
    if (wrong.length === 0) continue;
    await store.write(wrong);
    for (const { key } of wrong.slice(0, Math.max(0, NAMED_MAX - mended))) {
      log.warn({ row: describe(key) }, 'a row of the store was not as written, and was mended');
    }
    mended += wrong.length;
  }
  if (mended > NAMED_MAX)
    log.warn({ rows: mended }, 'rows of the store were mended, more than named');
  return mended;
}

/** True if the store has what the write made of its key. */
async function isStored(store: KeyValueStore, write: Write): Promise<boolean> {
  let value: Uint8Array | undefined;
  try {
    value = await store.get(write.key);
  } catch (error) {
    if (errorCode(error) === 'STORE_DAMAGED') return false;
    throw error;
  }
  if (!('value' in write)) return value === undefined;
  return value !== undefined && equalBytes(value, write.value);
}

/**
 * Runs what reads the store at start; if it finds damage, the rows are mended and it runs again.
 * @throws what `open` throws where there was nothing to mend
 */
export async function openMending<T>(
  open: () => Promise<T>,
  mend: () => Promise<number>,
): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (errorCode(error) !== 'STORE_DAMAGED' || (await mend()) === 0) throw error;
    return open();
  }
}
