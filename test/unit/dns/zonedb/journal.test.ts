/** The journal's numbers when the store takes nothing. */
import { describe, expect, it } from 'vitest';
import { Journal } from '#dns/zonedb/journal.ts';
import type { EntryDraft } from '#dns/zonedb/journal-entry.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import { openLevelStore } from '#store/level-store.ts';
import { StoreError } from '#store/store-error.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const ENTRY: EntryDraft = {
  kind: 'settings',
  zone: Uint8Array.of(1, 0x78, 0),
  generation: 1,
  version: 1,
  oldSerial: 1,
  newSerial: 1,
  source: 'api',
  actor: 'test',
  transactionId: 't',
  receivedAtMs: 1,
  begunAtMs: 2,
  edits: [],
};

/** A store that is busy now and then. */
function sometimesBusy(store: KeyValueStore, isBusy: () => boolean): KeyValueStore {
  return {
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    range: (from, to, options) => store.range(from, to, options),
    writeBulk: (writes) => store.writeBulk(writes),
    snapshot: () => store.snapshot(),
    close: () => store.close(),
    write: async (writes) => {
      if (isBusy()) throw new StoreError('STORE_BUSY', 'nothing written');
      await store.write(writes);
    },
  };
}

describe('a write that the store refuses', () => {
  it('leaves no gap in the journal, nor in the event feed', async () => {
    const folder = await temporaryFolder();
    const store = await openLevelStore(folder);
    let count = 0;
    const journal = await Journal.open(sometimesBusy(store, () => count++ % 2 === 1));
    const outcomes: unknown[] = [];
    for (let i = 0; i < 6; i++) {
      const draft = { ...ENTRY, version: journal.lastVersion(ENTRY.zone) + 1 };
      const committed = journal.commit([draft], () => []);
      outcomes.push(
        await committed.then(
          ([{ sequence }]) => sequence,
          (error: StoreError) => error.code,
        ),
      );
    }
    expect(outcomes).toEqual([1, 'STORE_BUSY', 2, 'STORE_BUSY', 3, 'STORE_BUSY']);
    await store.close();
    const again = await openLevelStore(folder);
    const found = await Journal.open(again);
    expect([found.last, found.eventsLast, found.lastVersion(ENTRY.zone)]).toEqual([3, 3, 3]);
    await again.close();
  });
});

async function entriesOf(journal: Journal, transactionId: string): Promise<number[]> {
  return (await journal.ofTransaction(transactionId)).map(({ sequence }) => sequence);
}

describe('the entries of a transaction', () => {
  it('are found in every zone, after a restart too, until they are dropped', async () => {
    const folder = await temporaryFolder();
    const store = await openLevelStore(folder);
    const limits = { entriesMax: 4, octetsMax: 1 << 20, ageMsMax: 1_000_000 };
    const journal = await Journal.open(store, limits);
    const other = Uint8Array.of(1, 0x79, 0);
    // The first two ids have one FNV-1a digest.
    const ids = ['costarring', 'liquid', 'costarring'];
    for (const [at, transactionId] of ids.entries()) {
      const zone = at === 2 ? other : ENTRY.zone;
      await journal.commit([{ ...ENTRY, zone, version: at + 1, transactionId }], () => []);
    }
    expect(await entriesOf(journal, 'costarring')).toEqual([1, 3]);
    expect(await entriesOf(journal, 'liquid')).toEqual([2]);
    expect(await entriesOf(journal, 'none')).toEqual([]);
    const again = await Journal.open(store, limits);
    expect(await entriesOf(again, 'costarring')).toEqual([1, 3]);
    await again.commit([{ ...ENTRY, version: 4 }], () => []);
    await again.commit([{ ...ENTRY, version: 5 }], () => []);
    expect(await entriesOf(again, 'costarring')).toEqual([3]);
    await store.close();
  });

  it('are told to the sidecar as confirmed when their command came, if it came by EPP', async () => {
    const store = await openLevelStore(await temporaryFolder());
    const journal = await Journal.open(store);
    const times = { receivedAtMs: 1_000, begunAtMs: 2_500 };
    await journal.commit([{ ...ENTRY, ...times, source: 'epp' }], () => []);
    await journal.commit([{ ...ENTRY, ...times, version: 2 }], () => []);
    const { events } = await journal.events(0, 10);
    expect(events.map(({ confirmedAt, begunAt }) => [confirmedAt, begunAt])).toEqual([
      ['1970-01-01T00:00:01.000Z', '1970-01-01T00:00:02.500Z'],
      ['1970-01-01T00:00:02.500Z', '1970-01-01T00:00:02.500Z'],
    ]);
    await store.close();
  });
});
