/**
 * What database B measured of itself, for whoever judges the service: the same feed that a name
 * server has, with the same lines, `{"kind":"replica-lag","at":…,"lagMs":…}`. Kept in the replica's
 * store, so that a reader who comes back after a restart goes on where it was.
 */
import { utf8 } from '#base/bytes.ts';
import { formatInstant } from '#base/clock.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import { SequencedLog } from '#store/sequenced-log.ts';
import { readRow } from './replica-rows.ts';

/** A sample a minute: two weeks. */
const EVENTS_MAX = 20_160;

export interface ReplicaLagEvent {
  kind: 'replica-lag';
  at: string;
  lagMs: number;
}

export class ReplicaEvents {
  readonly #store: KeyValueStore;
  readonly #events: SequencedLog;

  private constructor(store: KeyValueStore, events: SequencedLog) {
    this.#store = store;
    this.#events = events;
  }

  /** @throws StoreError STORE_DAMAGED */
  static async open(store: KeyValueStore): Promise<ReplicaEvents> {
    const prefix = KEYSPACE.replicaEvent;
    const events = await SequencedLog.open(store, prefix, 'replica’s event feed', EVENTS_MAX);
    return new ReplicaEvents(store, events);
  }

  /** Durable when it resolves. */
  async add(atMs: number, lagMs: number): Promise<void> {
    const event: ReplicaLagEvent = { kind: 'replica-lag', at: formatInstant(atMs), lagMs };
    await this.#store.write(this.#events.append(utf8(JSON.stringify(event))));
  }

  /**
   * The events after a cursor, from the oldest if it is absent, and the cursor behind them.
   * @returns `undefined`: the cursor is none of ours, or its events are gone
   */
  async read(
    after: string | undefined,
    limit: number,
  ): Promise<{ events: ReplicaLagEvent[]; next: string } | undefined> {
    const { first, last } = this.#events;
    const start = after === undefined ? first - 1 : Number(after);
    const isOurs = after === undefined || /^\d{1,15}$/.test(after);
    if (!isOurs || start < first - 1 || start > last) return undefined;
    const entries = await this.#events.read(this.#store, start, limit);
    return {
      events: entries.map(({ value }) => readRow(value) as ReplicaLagEvent),
      next: String(entries.at(-1)?.sequence ?? start),
    };
  }
}
