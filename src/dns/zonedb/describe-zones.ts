/**
 * What a backup says of the zones in it, read off the rows themselves: asked of the snapshot that
 * is copied and of the store that a restore made, and both must agree. Reading verifies every
 * zone's content and the journal's numbers. Each zone is told with the digest that other tools
 * reckon too.
 */
import { createHash } from 'node:crypto';
import { formatName } from '#dns/wire/name.ts';
import type { BackupFacts } from '#store/backup/manifest.ts';
import type { KeyValueReader } from '#store/key-value-store.ts';
import { KEYSPACE, prefixRange } from '#store/keyspace.ts';
import { openJournalLog } from './journal.ts';
import { readStoredContent } from './stored-content.ts';
import { ZoneDigest } from './zone-digest.ts';
import { parseZoneRow } from './zone-row.ts';

/** What is told of one zone. */
export interface ZoneDescription {
  readonly zone: string;
  readonly serial: number;
  /** Disabled records counted. */
  readonly records: number;
  /** RFC 8976, scheme SIMPLE, SHA-384, hexadecimal. */
  readonly zonemd: string;
}

/**
 * Numbers of zones and records, and of the newest journal entry, and one digest over what is told
 * of the zones.
 * @param tell given each zone, in canonical order
 * @throws StoreError STORE_DAMAGED, CodedError ZONE_DAMAGED
 */
export async function describeZones(
  reader: KeyValueReader,
  tell?: (zone: ZoneDescription) => void,
): Promise<BackupFacts> {
  const told = createHash('sha256');
  let zones = 0;
  let records = 0;
  const { from, to } = prefixRange(Uint8Array.of(KEYSPACE.zone));
  for await (const chunk of reader.range(from, to)) {
    for (const { value } of chunk) {
      const row = parseZoneRow(value);
      const digest = new ZoneDigest(row.apex);
      for await (const nodes of readStoredContent(reader, row)) {
        for (const node of nodes) digest.add(node);
      }
      const zone = formatName(row.apex);
      const description = {
        zone,
        serial: row.serial,
        records: row.records,
        zonemd: digest.finish(),
      };
      told.update(JSON.stringify(description));
      tell?.(description);
      zones += 1;
      records += row.records;
    }
  }
  const journal = await openJournalLog(reader);
  return { zones, records, journal: journal.last, zoneDigests: told.digest('hex') };
}
