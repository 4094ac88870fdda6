/**
 * Generations of node rows: every whole content of a zone gets a new one, so that the switch from
 * the old to the new is one small write however large the zone is. Rows of generations that no
 * zone row names (replaced, deleted, or cut short by a crash) are removed here, in the background.
 */
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { KeyValueStore, Write } from '#store/key-value-store.ts';
import { KEYSPACE, prefixRange, readU32Key } from '#store/keyspace.ts';
import { generationKey, generationRange } from './zone-keys.ts';

export class GenerationSweep {
  readonly #store: KeyValueStore;
  readonly #log: Log;
  #next: number;
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(store: KeyValueStore, log: Log, next: number) {
    this.#store = store;
    this.#log = log;
    this.#next = next;
  }

  /** Starts with the removal of what no zone row names. */
  static async open(
    store: KeyValueStore,
    log: Log,
    named: ReadonlySet<number>,
  ): Promise<GenerationSweep> {
    const known: number[] = [];
    const { from, to } = prefixRange(Uint8Array.of(KEYSPACE.generation));
    // That it is there is all that such a row says.
    const onDamaged = (key: Uint8Array): void => void known.push(readU32Key(key, 1));
    for await (const chunk of store.range(from, to, { onDamaged })) {
      for (const { key } of chunk) known.push(readU32Key(key, 1));
    }
    let last = 0;
    for (const generations of [known, named]) {
      for (const generation of generations) last = Math.max(last, generation);
    }
    const sweep = new GenerationSweep(store, log, last + 1);
    for (const generation of known) if (!named.has(generation)) sweep.remove(generation);
    return sweep;
  }

  /** A number for new rows, and the row that must be written no later than the first of them. */
  begin(): { generation: number; write: Write } {
    const generation = this.#next;
    this.#next += 1;
    return { generation, write: { key: generationKey(generation), value: new Uint8Array(0) } };
  }

  /** Removes all rows of a generation, some time soon. */
  remove(generation: number): void {
    this.#work = this.#work
      .then(() => this.#removeRows(generation))
      .catch((error: unknown) => {
        this.#log.warn(
          { generation, error: errorMessage(error) },
          'old rows of a zone could not be removed; the next start tries again',
        );
      });
  }

  async #removeRows(generation: number): Promise<void> {
    const { from, to } = generationRange(generation);
    const damaged: Write[] = [];
    const onDamaged = (key: Uint8Array): void => void damaged.push({ key, delete: true });
    for await (const chunk of this.#store.range(from, to, { onDamaged })) {
      if (this.#closed) return;
      await this.#store.writeBulk(chunk.map(({ key }) => ({ key, delete: true })));
    }
    if (this.#closed) return;
    await this.#store.writeBulk([...damaged, { key: generationKey(generation), delete: true }]);
  }

  /** Stops; what is left is removed after the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#work;
  }
}
