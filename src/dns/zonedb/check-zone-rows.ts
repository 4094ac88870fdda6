/**
 * Holds the zone rows against the journal, at a start: a row that is not that of the zone's newest
 * entry is an old one that came back, and a zone whose newest entry is not its removal must have
 * one. Its own checksum and the digest in it cannot tell.
 */
import { formatName, type Name } from '#dns/wire/name.ts';
import { StoreError } from '#store/store-error.ts';
import type { Journal } from './journal.ts';
import type { ZoneList } from './zone-list.ts';

/** @throws StoreError STORE_DAMAGED naming the zone */
export async function checkZoneRows(zones: ZoneList, journal: Journal): Promise<void> {
  for (const { row } of zones.all()) {
    const newest = journal.lastVersion(row.apex);
    if (newest > row.version) throw wrong(row.apex, `is that of version ${row.version}`, newest);
  }
  for (const apex of journal.zones()) {
    if (zones.find(apex) !== undefined) continue;
    const entry = await journal.newestOf(apex);
    if (entry !== undefined && entry.kind !== 'delete') throw wrong(apex, 'is gone', entry.version);
  }
}

function wrong(apex: Name, what: string, newest: number): StoreError {
  return new StoreError(
    'STORE_DAMAGED',
    `the row of zone ${formatName(apex)} ${what}, and the journal has version ${newest}: restore ` +
      'the newest good backup with "holdfast restore"',
  );
}
