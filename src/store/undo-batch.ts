/**
 * Takes a batch back whose outcome is unknown: what its rows were is read while the old LevelDB can
 * still be read (what it has not taken it does not show), and held against the store that was
 * opened anew, which may have found the batch in the log after all.
 */
import { equalBytes } from '#base/bytes.ts';
import type { KeyValueReader, Write } from './key-value-store.ts';

/** What must be written to have the rows of a batch as they are. */
export async function readBefore(
  reader: KeyValueReader,
  batch: readonly Write[],
): Promise<Write[]> {
  const values = await reader.getMany(batch.map(({ key }) => key));
  return batch.map(({ key }, at) => {
    const value = values[at];
    return value === undefined ? { key, delete: true } : { key, value };
  });
}

/** Those of the writes that would change something. */
export async function findUndone(
  reader: KeyValueReader,
  before: readonly Write[],
): Promise<Write[]> {
  const values = await reader.getMany(before.map(({ key }) => key));
  return before.filter((write, at) => {
    const value = values[at];
    if (!('value' in write)) return value !== undefined;
    return value === undefined || !equalBytes(value, write.value);
  });
}
