/**
 * Which zones the batches of a mirror are about, seen while a restore makes them again. Of a large
 * content that came whole (an import, a transfer) the mirror has the zone's row and not the rows of
 * its records, which are written in bulk; a small one is in one batch, mark and all:
 *
 *     small   [mark, records, zone row]               whole
 *     large   (mark, records in bulk) [zone row]      for settle-zones.ts to find
 */
import { latin1 } from '#base/bytes.ts';
import { sortKey } from '#dns/wire/name.ts';
import type { KeyValueStore, Write } from '#store/key-value-store.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import { generationKey, generationOf, generationRange } from './zone-keys.ts';
import type { ZoneRow } from './zone-row.ts';

/** Rows of marks in one write. */
const ROWS_TOGETHER = 1000;

export class MirroredGenerations {
  readonly #generations = new Set<number>();
  /** `sortKey` of the apex as latin1, of each zone whose row was written. */
  readonly #zones = new Set<string>();

  /**
   * Takes note of a batch. @returns what has to be done before it is written: the numbers of
   * generations that were swept are given again, and what the backup had under one goes
   */
  see(writes: readonly Write[]): ((store: KeyValueStore) => Promise<void>) | undefined {
    const begun: number[] = [];
    for (const { key, ...rest } of writes) {
      if (key[0] === KEYSPACE.zone) this.#zones.add(latin1(key.subarray(1)));
      if (key[0] !== KEYSPACE.node && key[0] !== KEYSPACE.generation) continue;
      const generation = generationOf(key);
      this.#generations.add(generation);
      if (key[0] === KEYSPACE.generation && 'value' in rest) begun.push(generation);
    }
    if (begun.length === 0) return undefined;
    return async (store) => {
      for (const generation of begun) await clearGeneration(store, generation);
    };
  }

  /** True if the batches wrote the zone's row or any of its records. */
  concerns({ apex, generation }: ZoneRow): boolean {
    return this.#generations.has(generation) || this.#zones.has(latin1(sortKey(apex)));
  }

  /**
   * Writes a mark for every generation that was seen, so that those which no zone has are swept:
   * the mark of a large content was written in bulk.
   */
  async writeMarks(store: KeyValueStore): Promise<void> {
    const marks = [...this.#generations].map((generation) => ({
      key: generationKey(generation),
      value: new Uint8Array(),
    }));
    for (let at = 0; at < marks.length; at += ROWS_TOGETHER) {
      await store.writeBulk(marks.slice(at, at + ROWS_TOGETHER));
    }
  }
}

async function clearGeneration(store: KeyValueStore, generation: number): Promise<void> {
  const { from, to } = generationRange(generation);
  for await (const rows of store.range(from, to)) {
    await store.writeBulk(rows.map(({ key }) => ({ key, delete: true })));
  }
}
