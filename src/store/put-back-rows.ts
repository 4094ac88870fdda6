/**
 * Puts rows that a running server was found to have lost back from the mirror. Others write all the
 * while, so the last look at a row and the write that mends it are one step in the line of writes:
 *
 *     mirror read (slow) -> [ the row is still lost? -> what the mirror has of it ] -> synced
 *
 * Whoever wrote the row meanwhile has made it whole, and is left alone.
 */
import { latin1 } from '#base/bytes.ts';
import { errorCode } from '#base/coded-error.ts';
import type { KeyValueReader, KeyValueStore, MirroredWrite, Write } from './key-value-store.ts';

/** Rows that are looked at in one step, while other writes wait. */
const ROWS_TOGETHER = 64;

/** Keys of rows that are not as written. None may be of a kind that is written in bulk. */
export interface LostRows {
  /** Their checksum is wrong, or they cannot be read. */
  readonly damaged: readonly Uint8Array[];
  /** They are gone out of a log, which is numbered behind one prefix octet and loses its oldest. */
  readonly gone: readonly Uint8Array[];
}

/** @returns the keys, as latin1, of rows that could not be put back and are as they were */
export async function putBackRows(
  store: KeyValueStore,
  { damaged, gone }: LostRows,
): Promise<ReadonlySet<string>> {
  const lost = new Set([...damaged, ...gone].map(latin1));
  if (lost.size === 0) return lost;
  const known = await store.mirrored?.((key) => lost.has(latin1(key)));
  if (known === undefined) return lost;
  const rows = [
    ...damaged.map((key) => ({ key, isLost: () => isDamaged(store, key) })),
    ...gone.map((key) => ({ key, isLost: () => isGone(store, key) })),
  ];
  for (let at = 0; at < rows.length; at += ROWS_TOGETHER) {
    const some = rows.slice(at, at + ROWS_TOGETHER);
    const mended: string[] = [];
    await store.writeDecided?.(async () => {
      const writes: Write[] = [];
      for (const { key, isLost } of some) {
        const name = latin1(key);
        const isStillLost = await isLost();
        const write = isStillLost ? newestWrite(known.get(name)) : undefined;
        if (write !== undefined) writes.push(write);
        if (write !== undefined || !isStillLost) mended.push(name);
      }
      return writes;
    });
    for (const name of mended) lost.delete(name);
  }
  return lost;
}

/** `undefined`: the mirror does not know it, or not whether it is the newest. */
function newestWrite(mirrored: MirroredWrite | undefined): Write | undefined {
  return mirrored?.isNewest === true ? mirrored.write : undefined;
}

/** True for a row that fails its checksum or cannot be read. @throws other errors of the store */
export async function isDamaged(store: KeyValueReader, key: Uint8Array): Promise<boolean> {
  try {
    await store.get(key);
    return false;
  } catch (error) {
    if (errorCode(error) === 'STORE_DAMAGED') return true;
    throw error;
  }
}

/** A log that has nothing older than the row has dropped it. */
async function isGone(store: KeyValueStore, key: Uint8Array): Promise<boolean> {
  if (await isDamaged(store, key)) return true;
  if ((await store.get(key)) !== undefined) return false;
  const rows = store.range(key.subarray(0, 1), key, { limit: 1, onDamaged: () => {} });
  for await (const older of rows) if (older.length > 0) return true;
  return false;
}
