/**
 * Gives a zone the content that it had between an earlier backup and the first of some steps: the
 * rows of that backup with the after-images of the journal on top, written as a new generation.
 * That is how a zone comes back that was removed or replaced after the moment.
 */
import { formatInstant } from '#base/clock.ts';
import { type Name, nameKey } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { addToSerial } from '#dns/zone/serial.ts';
import { replaceSoaSerial } from '#dns/zone/soa.ts';
import type { KeyValueReader } from '#store/key-value-store.ts';
import type { RrsetEdit, StoredRrset } from './change.ts';
import { ContentWriter } from './content-writer.ts';
import type { JournalEntry } from './journal-entry.ts';
import type { StoredNode } from './node-row.ts';
import { type OfflineZones, restoreContext } from './offline-zones.ts';
import { commitContent } from './replace-zone.ts';
import { readStoredContent } from './stored-content.ts';
import { zoneKey } from './zone-keys.ts';
import { isFetched, parseZoneRow, type ZoneRow, type ZoneSettings } from './zone-row.ts';

/** An entry of the journal without its records. */
export type Step = Omit<JournalEntry, 'edits'>;

/** The zone as of before the steps. */
interface Rebuilt {
  readonly row: ZoneRow;
  /** What changed since, each RRset once. */
  readonly edits: readonly RrsetEdit[];
  readonly settings: ZoneSettings;
}

/**
 * @param steps what the journal has of the zone after the moment, oldest first
 * @returns `undefined`: done; otherwise why it cannot be, for behind the zone's name
 */
export async function rebuildZone(
  offline: OfflineZones,
  steps: readonly Step[],
  earlier: (() => Promise<KeyValueReader>) | undefined,
): Promise<string | undefined> {
  const [{ zone }] = steps;
  const lastWhole = steps.findLast(({ kind }) => kind !== 'change' && kind !== 'settings');
  const after = lastWhole ? `from ${formatInstant(lastWhole.begunAtMs)} on` : 'later';
  if (earlier === undefined) return `is known ${after}, and there is no earlier backup`;
  const reader = await earlier();
  const found = await collect(offline, reader, steps[0]);
  if (found === '') return `is known ${after}, and not before`;
  if (typeof found === 'string') return `is known ${found} and ${after}`;
  await writeContent(offline, reader, found, steps, zone);
  return undefined;
}

/** @returns until when the zone is known, where that is before the moment */
async function collect(
  { journal }: OfflineZones,
  reader: KeyValueReader,
  { zone, version }: Step,
): Promise<Rebuilt | string> {
  const value = await reader.get(zoneKey(zone));
  if (value === undefined) return '';
  const row = parseZoneRow(value);
  const edits = new Map<string, RrsetEdit>();
  const changed: Record<string, unknown> = {};
  let reached = version;
  let obstacleMs: number | undefined;
  for await (const { entry } of journal.walk(zone, version)) {
    if (entry.version <= row.version) break;
    const isStep = entry.kind === 'change' || entry.kind === 'settings';
    if (!isStep) obstacleMs = entry.begunAtMs;
    // Newest first: what is there already came later.
    Object.assign(changed, { ...entry.settings?.after, ...changed });
    for (const edit of entry.edits) {
      const key = `${edit.type} ${nameKey(edit.owner)}`;
      if (!edits.has(key)) edits.set(key, edit);
    }
    reached = entry.version;
  }
  if (obstacleMs !== undefined) return `until ${formatInstant(obstacleMs)}`;
  if (reached > row.version + 1) return '';
  return { row, edits: [...edits.values()], settings: { ...row.settings, ...changed } };
}

async function writeContent(
  offline: OfflineZones,
  reader: KeyValueReader,
  { row, edits, settings }: Rebuilt,
  steps: readonly Step[],
  apex: Name,
): Promise<void> {
  const { store, sweep, zones, clock } = offline;
  const { generation, write } = sweep.begin();
  const writer = new ContentWriter(store, apex, generation, write);
  const lastSerial = steps[steps.length - 1].newSerial;
  // The signatures of a zone that came signed cover its SOA as it was, and a primary sends a
  // fetched zone only to who has an earlier serial than its own.
  const isKept = row.signed || isFetched(settings);
  const serial = isKept ? undefined : addToSerial(lastSerial, 1) || 1;
  for await (const node of nodesAfter(readStoredContent(reader, row), edits)) {
    writer.add(serial === undefined ? node : withSerial(node, serial));
    if (writer.isFull) await writer.flush();
  }
  const state = zones.find(apex);
  const committed = await commitContent(offline, state?.row, generation, writer.finish(), {
    apex,
    settings,
    context: restoreContext(clock.nowMs()),
    edited: true,
    marks: [],
  });
  zones.set({ row: committed.row, fault: undefined });
  if (state !== undefined) sweep.remove(state.row.generation);
}

/**
 * The nodes with the edits made; nodes that the edits add come last.
 * @param edits each RRset once
 */
export async function* nodesAfter(
  content: AsyncIterable<StoredNode[]>,
  edits: readonly RrsetEdit[],
): AsyncGenerator<StoredNode> {
  const byOwner = new Map<string, RrsetEdit[]>();
  for (const edit of edits) {
    const key = nameKey(edit.owner);
    byOwner.set(key, [...(byOwner.get(key) ?? []), edit]);
  }
  for await (const nodes of content) {
    for (const node of nodes) {
      const key = nameKey(node.owner);
      const rrsets = applyEdits(node.rrsets, byOwner.get(key) ?? []);
      byOwner.delete(key);
      if (rrsets.length > 0) yield { owner: node.owner, rrsets };
    }
  }
  for (const added of byOwner.values()) {
    const rrsets = applyEdits([], added);
    if (rrsets.length > 0) yield { owner: added[0].owner, rrsets };
  }
}

function applyEdits(rrsets: readonly StoredRrset[], edits: readonly RrsetEdit[]): StoredRrset[] {
  const types = new Set(edits.map(({ type }) => type));
  const after = edits.map((edit) => edit.after).filter((rrset) => rrset !== undefined);
  return [...rrsets.filter(({ type }) => !types.has(type)), ...after].sort(
    (a, b) => a.type - b.type,
  );
}

function withSerial({ owner, rrsets }: StoredNode, serial: number): StoredNode {
  return {
    owner,
    rrsets: rrsets.map((rrset) => {
      if (rrset.type !== TYPE.SOA) return rrset;
      const records = rrset.records.map((record) => ({
        ...record,
        rdata: replaceSoaSerial(record.rdata, serial),
      }));
      return { ...rrset, records };
    }),
  };
}
