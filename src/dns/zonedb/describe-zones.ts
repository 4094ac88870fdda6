/**
 * What a backup says of the zones in it, read off the rows themselves: asked of the snapshot that
 * is copied and of the store that a restore made, and both must agree. Reading verifies every
 * zone's content and the journal's numbers.
 */
import type { BackupFacts } from '#store/backup/manifest.ts';
import type { KeyValueReader } from '#store/key-value-store.ts';
import { KEYSPACE, prefixRange } from '#store/keyspace.ts';
import { openJournalLog } from './journal.ts';
import { readStoredContent } from './stored-content.ts';
import { parseZoneRow } from './zone-row.ts';

/**
 * Numbers of zones and records, and of the newest journal entry.
 * @throws StoreError STORE_DAMAGED, CodedError ZONE_DAMAGED
 */
export async function describeZones(reader: KeyValueReader): Promise<BackupFacts> {
  let zones = 0;
  let records = 0;
  const { from, to } = prefixRange(Uint8Array.of(KEYSPACE.zone));
  for await (const chunk of reader.range(from, to)) {
    for (const { value } of chunk) {
      const row = parseZoneRow(value);
      for await (const nodes of readStoredContent(reader, row)) void nodes;
      zones += 1;
      records += row.records;
    }
  }
  const journal = await openJournalLog(reader);
  return { zones, records, journal: journal.last };
}
