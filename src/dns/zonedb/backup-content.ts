/**
 * What a zone has by an earlier backup and the journal since: its rows of then with the
 * after-images of every change on top. Whether that is the zone as it must be now, its digest says.
 */
import type { KeyValueReader } from '#store/key-value-store.ts';
import type { Journal } from './journal.ts';
import type { StoredNode } from './node-row.ts';
import { nodesAfter } from './rebuild-zone.ts';
import type { ContentSource } from './repair-zone.ts';
import { readStoredContent } from './stored-content.ts';
import { readVersionEdits } from './zone-history.ts';
import { zoneKey } from './zone-keys.ts';
import { parseZoneRow, type ZoneRow } from './zone-row.ts';

/** @param name for the log: which backup that is */
export function contentFromBackup(name: string, backup: KeyValueReader): ContentSource {
  return { name, nodes: (row, journal) => readContent(backup, row, journal) };
}

/** @throws ChangeError HISTORY_GONE where the journal does not lead from then to now */
async function* readContent(
  backup: KeyValueReader,
  { apex, version }: ZoneRow,
  journal: Journal,
): AsyncGenerator<StoredNode[]> {
  const value = await backup.get(zoneKey(apex));
  if (value === undefined) return;
  const old = parseZoneRow(value);
  const edits = await readVersionEdits(journal, apex, old.version, version);
  for await (const node of nodesAfter(readStoredContent(backup, old), edits)) yield [node];
}
