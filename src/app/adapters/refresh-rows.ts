/**
 * What must outlive a restart of the timers of fetched zones, as rows of the store: JSON, layout 1,
 * one a zone. Written in bulk, without waiting for the disk: a crash loses seconds of it, and then
 * a zone expires those seconds too early, never too late.
 */
import { asBuffer, utf8 } from '#base/bytes.ts';
import type { RefreshRecord, RefreshRecords } from '#dns/transfer/secondary/secondary-status.ts';
import { parseName, sortKey } from '#dns/wire/name.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import { buildKey, KEYSPACE, prefixRange } from '#store/keyspace.ts';

const LAYOUT = 1;
/** Rows in one batch. */
const BATCH_SIZE = 1_000;

export class RefreshRows implements RefreshRecords {
  readonly #store: KeyValueStore;

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  /** Damaged rows, and those of another layout, are left out: their zones are confirmed now. */
  async load(): Promise<RefreshRecord[]> {
    const records: RefreshRecord[] = [];
    const { from, to } = prefixRange(Uint8Array.of(KEYSPACE.refresh));
    for await (const chunk of this.#store.range(from, to, { onDamaged: () => {} })) {
      for (const { value } of chunk) {
        const { layout, ...record } = JSON.parse(asBuffer(value).toString('utf8')) as {
          layout: number;
        } & RefreshRecord;
        if (layout === LAYOUT) records.push(record);
      }
    }
    return records;
  }

  async save(records: readonly RefreshRecord[], removed: readonly string[]): Promise<void> {
    const writes = [
      ...removed.map((zone) => ({ key: rowKey(zone), delete: true as const })),
      ...records.map((record) => ({
        key: rowKey(record.zone),
        value: utf8(JSON.stringify({ layout: LAYOUT, ...record })),
      })),
    ];
    for (let at = 0; at < writes.length; at += BATCH_SIZE) {
      await this.#store.writeBulk(writes.slice(at, at + BATCH_SIZE));
    }
  }
}

function rowKey(zone: string): Uint8Array {
  return buildKey(KEYSPACE.refresh, sortKey(parseName(zone)));
}
