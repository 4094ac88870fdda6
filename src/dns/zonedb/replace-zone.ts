/**
 * Gives a zone a whole new content, or creates it: node rows under a new generation, as many
 * unsynced batches as it takes, then one synced write of the zone row that makes them the zone. A
 * crash before that write leaves the old version as it was. The image gets the records on the way
 * and shows them after the write.
 */
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { assert } from '#base/assert.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { ZoneLoad } from '#dns/image/image-writer.ts';
import { lowerName, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { PackedNode } from '#dns/zone/packed-node.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import { emptyDigest, formatDigest } from '#store/digest.ts';
import type { Write } from '#store/key-value-store.ts';
import { announce } from './announce.ts';
import { type ChangeContext, ChangeError, type ChangeOutcome } from './change.ts';
import { ContentWriter, type StoredContent } from './content-writer.ts';
import type { EntryDraft, JournalEntry } from './journal-entry.ts';
import type { StoredNode } from './node-row.ts';
import { formatReceiptId } from './receipt-id.ts';
import { servedRrset } from './served-rrset.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { zoneKey } from './zone-keys.ts';
import type { ZoneState } from './zone-list.ts';
import { formatZoneRow, isHidden, type ZoneRow, type ZoneSettings } from './zone-row.ts';

/** Each owner once, in any order. */
export type ZoneContent =
  | { nodes: Iterable<StoredNode> | AsyncIterable<StoredNode> }
  | { packed: PackedContent };

/** A whole zone that can be gone through more than once. */
export interface PackedContent {
  /** The same node, filled again each time; the apex first. */
  nodes: () => Iterable<PackedNode>;
  /** No fewer than the zone has, but for empty non-terminals. */
  nameCount: number;
}

export interface ZoneReplacement {
  apex: Name;
  content: ZoneContent;
  /** Left out: as they are. */
  settings: ZoneSettings;
  context: ChangeContext;
  /** False: this is an import, which another may follow; true: the zone was made by hand. */
  edited: boolean;
  /** Rows that must come and go with this version: the mark of the master file. */
  marks: Write[];
  /**
   * A zone that is not there yet may be answered for before it is stored, if nobody takes that for
   * a promise: a start from a master file. Called when it is.
   */
  onServedFirst?: () => void;
}

/** How long the event loop may be kept from its other work. */
const SLICE_MS = 10;
/** Nodes between two looks at the clock. */
const SLICE_NODES = 256;

/** The caller holds the zone's lock. @throws ChangeError CHANGE_SOA, ImageError IMAGE_FULL */
export async function replaceZone(
  parts: ZoneDbParts,
  replacement: ZoneReplacement,
): Promise<ChangeOutcome> {
  const { image, sweep, zones } = parts;
  const apex = lowerName(replacement.apex);
  const state = zones.find(apex);
  const { generation, write } = sweep.begin();
  const load = image.loadZone(apex);
  if (isHidden(replacement.settings)) load.hide();
  const writer = new ContentWriter(parts.store, apex, generation, write);
  const servesFirst = state === undefined && replacement.onServedFirst !== undefined;
  let committed: { row: ZoneRow; entry: JournalEntry } | undefined;
  try {
    if ('packed' in replacement.content) {
      const { packed } = replacement.content;
      const loaded = await loadPacked(parts, load, packed);
      if (servesFirst) {
        load.publish();
        const row = unstoredRow(replacement, loaded, generation);
        zones.set({ row, fault: undefined, isStored: false });
        replacement.onServedFirst?.();
      }
      await storePacked(parts, writer, packed, servesFirst);
    } else await addNodes(load, writer, replacement.content.nodes);
    const content = writer.finish();
    if (!isSame(state, content, replacement)) {
      // From here on the image cannot refuse what the store has.
      if (!servesFirst) load.finish();
      committed = await commitContent(parts, state?.row, generation, content, replacement);
    }
  } catch (error) {
    load.abandon();
    sweep.remove(generation);
    const unstored = zones.find(apex);
    if (unstored?.isStored === false) unstored.fault = `not stored: ${errorMessage(error)}`;
    throw error;
  }
  if (committed === undefined) {
    load.abandon();
    sweep.remove(generation);
    return keepZone(parts, apex, replacement);
  }
  const durableAtMs = parts.clock.nowMs();
  if (!servesFirst) load.publish();
  const { row, entry } = committed;
  zones.set({ row, fault: undefined });
  if (state !== undefined) sweep.remove(state.row.generation);
  if (state === undefined) parts.listeners.happened({ kind: 'created', apex });
  announce(parts, entry, durableAtMs);
  const receipt = formatReceiptId(entry.sequence);
  return { receipt, oldSerial: entry.oldSerial, newSerial: row.serial, changed: true };
}

/** What can be said of a zone that is not stored yet. */
function unstoredRow(
  { apex, settings, context, edited }: ZoneReplacement,
  { serial, records, signed }: LoadedContent,
  generation: number,
): ZoneRow {
  const content = { serial, records, digest: formatDigest(emptyDigest()), signed };
  const origin = { edited, contentSource: context.source, settings };
  return { apex: lowerName(apex), generation, version: 1, sequence: 0, ...content, ...origin };
}

async function addNodes(
  load: ZoneLoad,
  writer: ContentWriter,
  nodes: Iterable<StoredNode> | AsyncIterable<StoredNode>,
): Promise<void> {
  for await (const node of nodes) {
    writer.add(node);
    for (const stored of node.rrsets) {
      const rrset = servedRrset(node.owner, stored);
      if (rrset !== undefined) load.add(rrset);
    }
    if (writer.isFull) await writer.flush();
  }
}

async function loadPacked(
  { clock }: ZoneDbParts,
  load: ZoneLoad,
  { nodes, nameCount }: PackedContent,
): Promise<LoadedContent> {
  load.reserveNames(nameCount);
  const content: LoadedContent = { serial: 0, records: 0, signed: false };
  let count = 0;
  let sliceEndUs = clock.monotonicUs() + SLICE_MS * 1000;
  for (const node of nodes()) {
    load.addPacked(node);
    content.records += node.count;
    content.signed ||= node.hasType(TYPE.RRSIG);
    const soa = count === 0 ? node.types.indexOf(TYPE.SOA) : -1;
    // The apex comes first.
    if (soa >= 0 && soa < node.count) content.serial = soaSerial(node.rdata(soa));
    count += 1;
    if (count % SLICE_NODES !== 0 || clock.monotonicUs() < sliceEndUs) continue;
    await setImmediate();
    sliceEndUs = clock.monotonicUs() + SLICE_MS * 1000;
  }
  return content;
}

/** What going through the content once has shown. */
interface LoadedContent {
  serial: number;
  records: number;
  signed: boolean;
}

/** @param mayStop gives up when the database closes: nobody was told that the zone is stored */
async function storePacked(
  { closing }: ZoneDbParts,
  writer: ContentWriter,
  { nodes }: PackedContent,
  mayStop: boolean,
): Promise<void> {
  for (const node of nodes()) {
    writer.addPacked(node);
    if (!writer.isFull) continue;
    await writer.flush();
    if (mayStop && closing.aborted) {
      throw new ChangeError('CHANGE_STOPPED', 'the server stopped before the zone was stored');
    }
  }
}

/** The zone already is as asked: no new version, but the marks, and how it came about. */
async function keepZone(
  { journal, zones }: ZoneDbParts,
  apex: Name,
  { edited, context, marks }: ZoneReplacement,
): Promise<ChangeOutcome> {
  const state = zones.find(apex);
  assert(state !== undefined, 'a zone that is kept is there');
  const contentSource = context.source === 'zonefile' ? 'zonefile' : state.row.contentSource;
  const row: ZoneRow = { ...state.row, edited, contentSource };
  await journal.commit([], () => [{ key: zoneKey(row.apex), value: formatZoneRow(row) }, ...marks]);
  state.row = row;
  const { serial, sequence } = row;
  const receipt = formatReceiptId(sequence);
  return { receipt, oldSerial: serial, newSerial: serial, changed: false };
}

function isSame(
  state: ZoneState | undefined,
  { digest, records }: StoredContent,
  { settings }: ZoneReplacement,
): boolean {
  if (state === undefined || state.fault !== undefined) return false;
  const { row } = state;
  if (row.digest !== digest || row.records !== records) return false;
  return isDeepStrictEqual(row.settings, settings);
}

/** Makes the stored rows the zone, in one synced write. @param old the zone as it is, if it is */
export async function commitContent(
  { journal, clock }: Pick<ZoneDbParts, 'journal' | 'clock'>,
  old: ZoneRow | undefined,
  generation: number,
  content: StoredContent,
  { apex: asked, settings, context, edited, marks }: Omit<ZoneReplacement, 'content'>,
): Promise<{ row: ZoneRow; entry: JournalEntry }> {
  const apex = lowerName(asked);
  const { serial, records, digest, signaturesExpireAt } = content;
  const row: ZoneRow = {
    apex,
    generation,
    version: (old?.version ?? journal.lastVersion(apex)) + 1,
    serial,
    records,
    digest,
    sequence: 0,
    signed: signaturesExpireAt !== undefined,
    ...(signaturesExpireAt !== undefined && { signaturesExpireAt }),
    edited,
    contentSource: context.source,
    settings,
  };
  const draft: EntryDraft = {
    kind: old === undefined ? 'create' : 'replace',
    zone: apex,
    generation,
    version: row.version,
    oldSerial: old?.serial ?? 0,
    newSerial: serial,
    ...context,
    begunAtMs: clock.nowMs(),
    edits: [],
  };
  const [entry] = await journal.commit([draft], ([numbered]) => {
    row.sequence = numbered.sequence;
    const rowWrite = { key: zoneKey(apex), value: formatZoneRow(row) };
    return [...content.left, rowWrite, ...marks];
  });
  return { row, entry };
}
