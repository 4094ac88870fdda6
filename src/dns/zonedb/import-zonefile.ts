/**
 * A master file becomes the content of a zone: read, checked and refused whole if it has an error,
 * in which case the version that is served goes on.
 */

import { lowerName, type Name } from '#dns/wire/name.ts';
import type { Finding } from '#dns/zone/finding.ts';
import { type LoadedZone, loadZonefile } from '#dns/zonefile/load-zonefile.ts';
import type { Write } from '#store/key-value-store.ts';
import type { ChangeContext, ChangeOutcome } from './change.ts';
import { packedContent } from './packed-content.ts';
import type { ZoneDb } from './zone-db.ts';
import type { ZoneState } from './zone-list.ts';
import { DEFAULT_SETTINGS, type ZoneSettings } from './zone-row.ts';

export interface ZonefileImport {
  apex: Name;
  source: AsyncIterable<Uint8Array>;
  /** What findings call the source. */
  file: string;
  /** Folder that `$INCLUDE` is relative to; false refuses it. */
  includes: string | false;
  context: ChangeContext;
  /** Of a zone that is new; an existing one keeps its own. */
  settings?: ZoneSettings;
  /** Looks at the zone as it is, under its lock; throws to leave it so. */
  permit: (state: Readonly<ZoneState> | undefined) => void;
  /** Rows that come with the new version, given the files that were read. */
  marks?: (files: readonly string[]) => Promise<Write[]>;
  /** A new zone of so many records is answered for before it is stored; see `ZoneReplacement`. */
  servedFirst?: { recordsMin: number; onServed: () => void };
}

export type ZonefileImported =
  | {
      imported: true;
      outcome: ChangeOutcome;
      recordCount: number;
      /** Warnings. */
      findings: Finding[];
    }
  | {
      imported: false;
      /** With at least one error. */
      findings: Finding[];
      /** Findings that were not kept. */
      omittedCount: number;
    };

/** @throws what `permit` throws; StoreError; ZonefileUnreadableError when the source fails */
export async function importZonefile(
  zones: ZoneDb,
  request: ZonefileImport,
): Promise<ZonefileImported> {
  const { source, file, includes } = request;
  const apex = lowerName(request.apex);
  request.permit(zones.find(apex));
  const loaded = await loadZonefile(source, { file, origin: apex, includes });
  try {
    return await importLoaded(zones, request, apex, loaded);
  } finally {
    loaded.table.release();
  }
}

async function importLoaded(
  zones: ZoneDb,
  request: ZonefileImport,
  apex: Name,
  loaded: LoadedZone,
): Promise<ZonefileImported> {
  const { context, servedFirst } = request;
  const { findings, omittedCount } = loaded;
  if (loaded.isRefused) return { imported: false, findings, omittedCount };
  const isLarge = servedFirst !== undefined && loaded.table.recordCount >= servedFirst.recordsMin;
  const marks = (await request.marks?.(loaded.files)) ?? [];
  const outcome = await zones.replace(apex, (state) => {
    request.permit(state);
    const settings = state?.row.settings ?? request.settings ?? DEFAULT_SETTINGS;
    return {
      apex,
      content: { packed: packedContent(loaded.table) },
      settings,
      context,
      edited: false,
      marks,
      ...(isLarge && { onServedFirst: servedFirst.onServed }),
    };
  });
  return { imported: true, outcome, recordCount: loaded.table.recordCount, findings };
}
