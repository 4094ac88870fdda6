/** Stores for tests: opened in a folder of their own and closed when the test ends. */
import { onTestFinished } from 'vitest';
import type { Entry, KeyValueReader, KeyValueStore, Write } from '#store/key-value-store.ts';
import { KEYSPACE, wholeRange } from '#store/keyspace.ts';
import { type LevelStore, openLevelStore } from '#store/level-store.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A new store; `folder` to open one that is there. */
export async function temporaryStore(folder?: string): Promise<LevelStore> {
  const store = await openLevelStore(folder ?? (await temporaryFolder()));
  onTestFinished(() => store.close());
  return store;
}

/** The store, with its writes seen first by `before`, which may refuse them. */
export function watchWrites(
  store: KeyValueStore,
  before: (writes: readonly Write[]) => void,
): KeyValueStore {
  return {
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    range: (from, to, options) => store.range(from, to, options),
    write: async (writes) => {
      before(writes);
      await store.write(writes);
    },
    writeBulk: (writes) => store.writeBulk(writes),
    snapshot: () => store.snapshot(),
    close: () => store.close(),
  };
}

/** Every row, the store's own layout row left out. */
export async function readAllRows(reader: KeyValueReader): Promise<Entry[]> {
  const { to } = wholeRange();
  const found: Entry[] = [];
  for await (const rows of reader.range(Uint8Array.of(KEYSPACE.layout + 1), to)) {
    found.push(...rows);
  }
  return found;
}
