/**
 * Makes what was accepted the zones: image prepared, one synced batch with journal and rows, image
 * published, receipts. Several zones are one batch, so that a crash leaves all of it or nothing.
 */
import type { PreparedChange } from '#dns/image/image-writer.ts';
import type { Write } from '#store/key-value-store.ts';
import { announce } from './announce.ts';
import type { JournalEntry } from './journal-entry.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { zoneKey } from './zone-keys.ts';
import { expireZone } from './zone-lifecycle.ts';
import { formatZoneRow } from './zone-row.ts';
import type { ZoneWork } from './zone-work.ts';

/**
 * The caller holds the locks of all these zones, each of which is there once.
 * @returns the journal entries of each
 * @throws ImageError for what the image cannot hold, StoreError; nothing is changed then
 */
export async function commitWorks(
  parts: ZoneDbParts,
  works: readonly ZoneWork[],
): Promise<JournalEntry[][]> {
  const { clock, image } = parts;
  // Written to the image before it is written to the disk, so that what is on the disk can be
  // published: what the image cannot hold is refused while nothing has happened yet.
  const prepared: PreparedChange[] = [];
  let entries: JournalEntry[][];
  try {
    for (const work of works) {
      prepared.push(image.prepare(work.row.apex, work.servedEdits()));
    }
    entries = await writeWorks(parts, works);
  } catch (error) {
    for (const change of prepared) change.abandon();
    throw error;
  }
  const durableAtMs = clock.nowMs();
  for (const change of prepared) change.publish();
  for (const { state, row, isRefreshed } of works) {
    state.row = row;
    if (isRefreshed && state.expired === true) expireZone(parts, state, false);
  }
  for (const entry of entries.flat()) announce(parts, entry, durableAtMs);
  return entries;
}

/** The store's half of it. @returns the journal entries of each @throws StoreError */
export async function writeWorks(
  { journal, clock }: Pick<ZoneDbParts, 'journal' | 'clock'>,
  works: readonly ZoneWork[],
): Promise<JournalEntry[][]> {
  const begunAtMs = clock.nowMs();
  const drafts = works.map((work) => work.entryDrafts(begunAtMs));
  const nodeWrites = works.map((work) => work.nodeWrites());
  const numbered = await journal.commit(drafts.flat(), (entries) => {
    const writes: Write[] = nodeWrites.flat();
    let last = -1;
    for (const [index, work] of works.entries()) {
      last += drafts[index].length;
      work.row.sequence = entries[last].sequence;
      writes.push({ key: zoneKey(work.row.apex), value: formatZoneRow(work.row) });
    }
    return writes;
  });
  let from = 0;
  return drafts.map(({ length }) => {
    from += length;
    return numbered.slice(from - length, from);
  });
}
