/**
 * One moment of an open LevelDB, as everybody reads it who needs more than one row of the same
 * moment: the store's own thread, and a thread that the store was lent to (lent-store.ts).
 */
import { checkTables } from './check-tables.ts';
import type { StoreSnapshot } from './key-value-store.ts';
import { LevelReader } from './level-reader.ts';
import type { LevelDatabase } from './open-level.ts';

/** A moment, and where to read on from it. */
export interface LevelSnapshot extends StoreSnapshot {
  /** Where the store keeps its writes a second time, if it does (mirror/). */
  readonly mirrorFolder?: string;
}

/** The moment of this call. Costs nothing but the room of rows that change while it is open. */
export function takeSnapshot(level: LevelDatabase, mirrorFolder?: string): LevelSnapshot {
  const snapshot = level.snapshot();
  const reader = new LevelReader(level, snapshot);
  return {
    get: (key) => reader.get(key),
    getMany: (keys) => reader.getMany(keys),
    range: (from, to, options) => reader.range(from, to, options),
    files: () => checkTables(level.location),
    close: () => snapshot.close(),
    ...(mirrorFolder !== undefined && { mirrorFolder }),
  };
}
