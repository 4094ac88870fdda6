/**
 * What happens to a zone beside its records: it is made without any, gets other settings, goes, or
 * expires. Each but the last is an entry of the journal and a version of its own. The caller holds
 * the zone's lock.
 */
import { isDeepStrictEqual } from 'node:util';
import { formatName, lowerName, type Name } from '#dns/wire/name.ts';
import { emptyDigest, formatDigest } from '#store/digest.ts';
import { type ChangeContext, ChangeError, type ChangeOutcome } from './change.ts';
import type { EntryDraft, JournalEntry, SettingsEdit } from './journal-entry.ts';
import { formatReceiptId } from './receipt-id.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { zoneKey } from './zone-keys.ts';
import type { ZoneState } from './zone-list.ts';
import { formatZoneRow, isHidden, type ZoneRow, type ZoneSettings } from './zone-row.ts';

/** A zone that is answered SERVFAIL until it gets a content. @throws ImageError IMAGE_FULL */
export async function createEmptyZone(
  parts: ZoneDbParts,
  name: Name,
  settings: ZoneSettings,
  context: ChangeContext,
): Promise<ChangeOutcome> {
  const { journal, image, zones, sweep, listeners } = parts;
  const apex = lowerName(name);
  const { generation, write } = sweep.begin();
  const row: ZoneRow = {
    apex,
    generation,
    version: journal.lastVersion(apex) + 1,
    serial: 0,
    records: 0,
    digest: formatDigest(emptyDigest()),
    sequence: 0,
    signed: false,
    edited: false,
    contentSource: context.source,
    settings,
  };
  const load = image.loadZone(apex);
  if (isHidden(settings)) load.hide();
  try {
    load.leaveEmpty();
    load.finish();
    const [entry] = await journal.commit(
      [lifecycleEntry(parts, 'create', row, context)],
      (numbered) => {
        row.sequence = numbered[0].sequence;
        return [write, { key: zoneKey(apex), value: formatZoneRow(row) }];
      },
    );
    load.publish();
    zones.set({ row, fault: undefined });
    listeners.happened({ kind: 'created', apex });
    return outcomeOf(entry);
  } finally {
    load.abandon();
  }
}

/** Settings that stay as they are make no version. */
export async function changeZoneSettings(
  parts: ZoneDbParts,
  state: ZoneState,
  changed: Partial<ZoneSettings>,
  context: ChangeContext,
): Promise<ChangeOutcome> {
  const entry = await commitSettings(parts, state, changed, context);
  const { apex, serial, sequence, settings } = state.row;
  if (entry === undefined) {
    const receipt = formatReceiptId(sequence);
    return { receipt, oldSerial: serial, newSerial: serial, changed: false };
  }
  parts.image.setHidden(apex, isHidden(settings));
  parts.listeners.happened({ kind: 'settings', apex });
  return outcomeOf(entry);
}

/** The half of it that is stored. @returns `undefined`: the settings are as they were */
export async function commitSettings(
  parts: Pick<ZoneDbParts, 'journal' | 'clock'>,
  state: ZoneState,
  changed: Partial<ZoneSettings>,
  context: ChangeContext,
): Promise<JournalEntry | undefined> {
  const { row: old } = state;
  const settings = { ...old.settings, ...changed };
  const edit = settingsEdit(old.settings, settings);
  if (Object.keys(edit.after).length === 0) return undefined;
  const row: ZoneRow = { ...old, version: old.version + 1, settings };
  const draft = { ...lifecycleEntry(parts, 'settings', row, context), settings: edit };
  const [entry] = await parts.journal.commit([draft], ([numbered]) => {
    row.sequence = numbered.sequence;
    return [{ key: zoneKey(row.apex), value: formatZoneRow(row) }];
  });
  state.row = row;
  return entry;
}

/** The settings that differ. */
function settingsEdit(before: ZoneSettings, after: ZoneSettings): SettingsEdit {
  const edit: SettingsEdit = { before: {}, after: {} };
  for (const key of Object.keys(after) as (keyof ZoneSettings)[]) {
    if (isDeepStrictEqual(before[key], after[key])) continue;
    edit.before[key] = before[key];
    edit.after[key] = after[key];
  }
  return edit;
}

export async function removeZone(
  parts: ZoneDbParts,
  { row }: ZoneState,
  context: ChangeContext,
): Promise<ChangeOutcome> {
  const entry = await commitRemoval(parts, row, context);
  parts.image.removeZone(row.apex);
  parts.listeners.happened({ kind: 'removed', apex: row.apex });
  return outcomeOf(entry);
}

/** The half of it that is stored. */
export async function commitRemoval(
  parts: Pick<ZoneDbParts, 'journal' | 'clock' | 'zones' | 'sweep'>,
  old: ZoneRow,
  context: ChangeContext,
): Promise<JournalEntry> {
  const { journal, zones, sweep } = parts;
  const row: ZoneRow = { ...old, version: old.version + 1 };
  const draft = lifecycleEntry(parts, 'delete', row, context);
  const [entry] = await journal.commit([draft], () => [{ key: zoneKey(row.apex), delete: true }]);
  zones.delete(row.apex);
  sweep.remove(row.generation);
  return entry;
}

/** A zone without content is not answered from either way. */
export function expireZone({ image }: ZoneDbParts, state: ZoneState, expired: boolean): void {
  state.expired = expired;
  image.setUnavailable(state.row.apex, expired || state.row.records === 0);
}

/** The entry of what is no change of records, given the row as it is after it. */
function lifecycleEntry(
  { clock }: Pick<ZoneDbParts, 'clock'>,
  kind: 'create' | 'settings' | 'delete',
  { apex, generation, version, serial }: ZoneRow,
  context: ChangeContext,
): EntryDraft {
  const begunAtMs = clock.nowMs();
  const serials = { oldSerial: serial, newSerial: serial };
  return { kind, zone: apex, generation, version, ...serials, ...context, begunAtMs, edits: [] };
}

function outcomeOf({ sequence, oldSerial, newSerial }: JournalEntry): ChangeOutcome {
  return { receipt: formatReceiptId(sequence), oldSerial, newSerial, changed: true };
}

export function zoneMissing(apex: Name): ChangeError {
  return new ChangeError('ZONE_MISSING', `there is no zone ${formatName(apex)}`);
}

export function zoneExists(apex: Name): ChangeError {
  return new ChangeError('ZONE_EXISTS', `zone ${formatName(apex)} already exists`);
}
