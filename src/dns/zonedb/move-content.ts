/**
 * Writes the content of a zone anew under a generation of its own and makes the zone row name that,
 * without a new version: the rows are the same, only elsewhere. For a zone with rows in a block
 * that LevelDB cannot read, because whoever reads past such a block gets an error, however whole
 * the zone is. History and differences from before end here: they are of the old generation.
 *
 * Unlike an import the rows go through the synced writes, so that the mirror has them: a store with
 * such a block is soon restored, and the mirror then brings the zone to its newest version.
 */
import { formatName } from '#dns/wire/name.ts';
import type { Entry, Write } from '#store/key-value-store.ts';
import { StoreError } from '#store/store-error.ts';
import { ContentSum } from './content-sum.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { NODE_KEY_PREFIX_SIZE, nodeKey, zoneKey } from './zone-keys.ts';
import type { ZoneState } from './zone-list.ts';
import { formatZoneRow, type ZoneRow } from './zone-row.ts';

/** Rows in one synced write. */
const ROWS_TOGETHER = 1000;

/**
 * The caller holds the zone's lock.
 * @param rows under the old generation's keys, in any order
 * @throws StoreError STORE_DAMAGED if they are not what the zone row tells of; the zone is then as
 *   it was
 */
export async function moveContent(
  { store, journal, sweep }: Pick<ZoneDbParts, 'store' | 'journal' | 'sweep'>,
  state: ZoneState,
  rows: AsyncIterable<readonly Entry[]>,
): Promise<void> {
  const { generation, write } = sweep.begin();
  const row: ZoneRow = { ...state.row, generation };
  const content = new ContentSum();
  let waiting: Write[] = [write];
  try {
    for await (const chunk of rows) {
      for (const { key, value } of chunk) {
        const moved = { key: nodeKey(generation, key.subarray(NODE_KEY_PREFIX_SIZE)), value };
        content.add(moved);
        waiting.push(moved);
      }
      if (waiting.length < ROWS_TOGETHER) continue;
      await store.write(waiting);
      waiting = [];
    }
    if (!content.is(row)) {
      const zone = formatName(row.apex);
      throw new StoreError('STORE_DAMAGED', `the rows of zone ${zone} changed while they moved`);
    }
    const rowWrite = { key: zoneKey(row.apex), value: formatZoneRow(row) };
    await journal.commit([], () => [...waiting, rowWrite]);
  } catch (error) {
    sweep.remove(generation);
    throw error;
  }
  sweep.remove(state.row.generation);
  state.row = row;
}
