/**
 * Gives a zone a whole new content, or creates it: node rows under a new generation, as many
 * unsynced batches as it takes, then one synced write of the zone row that makes them the zone. A
 * crash before that write leaves the old version as it was. The image gets the records on the way
 * and shows them after the write.
 */
import { isDeepStrictEqual } from 'node:util';
import { assert } from '#base/assert.ts';
import { equalNames, formatName, lowerName, type Name, sortKey } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import { addRow, emptyDigest, formatDigest } from '#store/digest.ts';
import type { Write } from '#store/key-value-store.ts';
import { announce } from './announce.ts';
import { type ChangeContext, ChangeError, type ChangeOutcome } from './change.ts';
import type { EntryDraft } from './journal.ts';
import type { JournalEntry } from './journal-entry.ts';
import { formatNodeRow, recordCount, type StoredNode } from './node-row.ts';
import { formatReceiptId } from './receipt-id.ts';
import { servedRrset } from './served-rrset.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { nodeKey, zoneKey } from './zone-keys.ts';
import type { ZoneState } from './zone-list.ts';
import { formatZoneRow, type ZoneRow, type ZoneSettings } from './zone-row.ts';

export interface ZoneReplacement {
  apex: Name;
  /** Each owner once, in any order. */
  nodes: Iterable<StoredNode> | AsyncIterable<StoredNode>;
  /** Left out: as they are. */
  settings: ZoneSettings;
  context: ChangeContext;
  /** False: this is an import, which another may follow; true: the zone was made by hand. */
  edited: boolean;
  /** Rows that must come and go with this version: the mark of the master file. */
  marks: Write[];
}

/** Rows per unsynced batch. */
const BATCH_SIZE = 1000;

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
  let committed: { row: ZoneRow; entry: JournalEntry } | undefined;
  try {
    const content = await storeNodes(parts, apex, generation, write, replacement.nodes, (rrset) =>
      load.add(rrset),
    );
    if (!isSame(state, content, replacement)) {
      // From here on the image cannot refuse what the store has.
      load.finish();
      committed = await commitRow(parts, apex, generation, content, replacement);
    }
  } catch (error) {
    load.abandon();
    sweep.remove(generation);
    throw error;
  }
  if (committed === undefined) {
    load.abandon();
    sweep.remove(generation);
    return keepZone(parts, apex, replacement);
  }
  const durableAtMs = parts.clock.nowMs();
  load.publish();
  const { row, entry } = committed;
  zones.set({ row, fault: undefined });
  if (state !== undefined) sweep.remove(state.row.generation);
  announce(parts, entry, durableAtMs);
  const receipt = formatReceiptId(entry.sequence);
  return { receipt, oldSerial: entry.oldSerial, newSerial: row.serial, changed: true };
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

/** Makes the stored rows the zone, in one synced write. */
async function commitRow(
  { journal, zones, clock }: ZoneDbParts,
  apex: Name,
  generation: number,
  content: StoredContent,
  { settings, context, edited, marks }: ZoneReplacement,
): Promise<{ row: ZoneRow; entry: JournalEntry }> {
  const old = zones.find(apex)?.row;
  const { serial, records, digest, signaturesExpireAt } = content;
  const row: ZoneRow = {
    apex,
    generation,
    version: (old?.version ?? 0) + 1,
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

interface StoredContent {
  serial: number;
  records: number;
  digest: string;
  /** Unix seconds; `undefined`: no signatures. */
  signaturesExpireAt: number | undefined;
  /** Rows that are not written yet. */
  left: Write[];
}

async function storeNodes(
  parts: ZoneDbParts,
  apex: Name,
  generation: number,
  first: Write,
  nodes: ZoneReplacement['nodes'],
  addToImage: (rrset: NonNullable<ReturnType<typeof servedRrset>>) => void,
): Promise<StoredContent> {
  const digest = emptyDigest();
  let left: Write[] = [first];
  let records = 0;
  let serial: number | undefined;
  let signaturesExpireAt: number | undefined;
  for await (const { owner, rrsets } of nodes) {
    const key = sortKey(owner, apex);
    const value = formatNodeRow(rrsets);
    addRow(digest, key, value);
    records += recordCount(rrsets);
    left.push({ key: nodeKey(generation, key), value });
    for (const stored of rrsets) {
      if (stored.type === TYPE.RRSIG) {
        const expireAt = Math.min(...stored.records.map(({ rdata }) => rrsigExpiration(rdata)));
        signaturesExpireAt = Math.min(signaturesExpireAt ?? expireAt, expireAt);
      }
      const rrset = servedRrset(owner, stored);
      if (rrset === undefined) continue;
      if (stored.type === TYPE.SOA && equalNames(owner, apex)) serial = soaSerial(rrset.rdatas[0]);
      addToImage(rrset);
    }
    if (left.length >= BATCH_SIZE) {
      await parts.store.writeBulk(left);
      left = [];
    }
  }
  if (serial === undefined) {
    throw new ChangeError('CHANGE_SOA', `zone ${formatName(apex)} has no SOA record at its apex`);
  }
  return { serial, records, digest: formatDigest(digest), signaturesExpireAt, left };
}

/** Signature Expiration (RFC 4034 section 3.1.5), Unix seconds. */
function rrsigExpiration(rdata: Uint8Array): number {
  return new DataView(rdata.buffer, rdata.byteOffset).getUint32(8);
}
