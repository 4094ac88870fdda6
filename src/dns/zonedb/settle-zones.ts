/**
 * After a restore has made the batches of a mirror again: zones whose records the mirror did not
 * have, because they came whole and large, are not what their row says. Each is found by its count
 * and digest, brought to the newest content that is known, and told by name:
 *
 *     backup ---- changes ---- import (not in the mirror) ---- changes
 *        [ records of these two ]                              [ only in the journal ]
 *
 * A zone from the folder of master files is left so that the next start imports its file again, one
 * that is fetched so that its primaries renew it. One that no backup has stays as it is: the start
 * refuses it by name.
 */
import { errorCode } from '#base/coded-error.ts';
import { formatName } from '#dns/wire/name.ts';
import { emptyDigest, formatDigest } from '#store/digest.ts';
import type { KeyValueReader } from '#store/key-value-store.ts';
import type { Journal } from './journal.ts';
import type { MirroredGenerations } from './mirrored-generations.ts';
import { type OfflineZones, restoreContext } from './offline-zones.ts';
import { rebuildZone, type Step } from './rebuild-zone.ts';
import { commitContent } from './replace-zone.ts';
import { readStoredContent } from './stored-content.ts';
import { readImportedFile, staleMark } from './zone-file-mark.ts';
import { zoneKey } from './zone-keys.ts';
import type { ZoneState } from './zone-list.ts';
import { formatZoneRow, isFetched, parseZoneRow, type ZoneRow } from './zone-row.ts';

/** A zone whose newest content could not be brought back. */
export interface UnsettledZone {
  readonly zone: string;
  /** When that content came, Unix milliseconds; absent where the journal does not tell. */
  readonly replacedAtMs?: number;
  /** Changes that were made to it since, and are in the journal only. */
  readonly changes: number;
  /** True: it has the records of before. False: it has none that may be served. */
  readonly isRebuilt: boolean;
  /** Its master file, which the next start imports again. */
  readonly file?: string;
  /** Its primaries have it. */
  readonly isFetched: boolean;
}

/**
 * @param seen what the mirror wrote
 * @param earlier opens the store as the backup has it; asked only when a zone needs it
 */
export async function settleZones(
  offline: OfflineZones,
  seen: MirroredGenerations,
  earlier: () => Promise<KeyValueReader>,
): Promise<UnsettledZone[]> {
  const unsettled: UnsettledZone[] = [];
  for (const apex of offline.zones.names()) {
    const state = offline.zones.find(apex);
    if (state === undefined || !seen.concerns(state.row)) continue;
    if (await isWhole(offline.store, state.row)) continue;
    unsettled.push(await settleZone(offline, state, earlier));
  }
  return unsettled;
}

async function isWhole(store: KeyValueReader, row: ZoneRow): Promise<boolean> {
  try {
    for await (const nodes of readStoredContent(store, row)) void nodes;
    return true;
  } catch (error) {
    if (errorCode(error) === 'ZONE_DAMAGED') return false;
    throw error;
  }
}

async function settleZone(
  offline: OfflineZones,
  state: ZoneState,
  earlier: () => Promise<KeyValueReader>,
): Promise<UnsettledZone> {
  const { row } = state;
  const newest = await newestWhole(offline.journal, row);
  const first = await rebuild(offline, row, earlier);
  const isRebuilt = first !== undefined;
  const file = await importAgain(offline, row);
  if (!isRebuilt && isFetched(row.settings)) await makeEmpty(offline, row);
  else if (!isRebuilt) state.fault = 'the mirror does not have its records';
  // Who has the newest content gives it again.
  const whole = file !== undefined || isFetched(row.settings) ? newest : (first ?? newest);
  return {
    zone: formatName(row.apex),
    ...(whole !== undefined && { replacedAtMs: whole.begunAtMs }),
    changes: whole === undefined ? 0 : row.version - whole.version,
    isRebuilt,
    ...(file !== undefined && { file }),
    isFetched: isFetched(row.settings),
  };
}

/** The entry that gave the zone its content whole. */
async function newestWhole(journal: Journal, { apex }: ZoneRow): Promise<Step | undefined> {
  for await (const { entry } of journal.walk(apex, Number.POSITIVE_INFINITY)) {
    if (entry.kind === 'create' || entry.kind === 'replace') return entry;
  }
  return undefined;
}

/**
 * To what it was before it first came whole after the backup: from then on its records may be in no
 * mirror. @returns the first step that is not there; `undefined`: it could not be done
 */
async function rebuild(
  offline: OfflineZones,
  { apex }: ZoneRow,
  earlier: () => Promise<KeyValueReader>,
): Promise<Step | undefined> {
  const value = await (await earlier()).get(zoneKey(apex));
  if (value === undefined) return undefined;
  const { version } = parseZoneRow(value);
  let steps: Step[] = [];
  let last = 0;
  for await (const { entry } of offline.journal.walk(apex, Number.POSITIVE_INFINITY)) {
    if (entry.version <= version) break;
    const { edits: _, ...step } = entry;
    steps.unshift(step);
    if (entry.kind !== 'change' && entry.kind !== 'settings') last = steps.length;
  }
  if (last > 0) steps = steps.slice(-last);
  if (steps.length === 0 || (await rebuildZone(offline, steps, earlier)) !== undefined) {
    return undefined;
  }
  return steps[0];
}

/**
 * For a zone that came from a master file, as if that had changed since. @returns the file
 */
async function importAgain(
  { store, zones, journal }: OfflineZones,
  { apex, contentSource }: ZoneRow,
): Promise<string | undefined> {
  const file = contentSource === 'zonefile' ? await readImportedFile(store, apex) : undefined;
  const state = zones.find(apex);
  if (file === undefined || state === undefined) return undefined;
  const row: ZoneRow = { ...state.row, edited: false, contentSource };
  const rowWrite = { key: zoneKey(apex), value: formatZoneRow(row) };
  await journal.commit([], () => [rowWrite, staleMark(apex, file)]);
  state.row = row;
  return file;
}

/** As a zone that was never transferred: its settings stay, and a primary gives it a content. */
async function makeEmpty(offline: OfflineZones, old: ZoneRow): Promise<void> {
  const { sweep, clock, zones } = offline;
  const { apex, settings } = old;
  const { generation, write } = sweep.begin();
  const content = {
    serial: 0,
    records: 0,
    digest: formatDigest(emptyDigest()),
    signaturesExpireAt: undefined,
    left: [write],
  };
  const context = restoreContext(clock.nowMs());
  const asked = { apex, settings, context, edited: false, marks: [] };
  const { row } = await commitContent(offline, old, generation, content, asked);
  zones.set({ row, fault: undefined });
  sweep.remove(old.generation);
}
