/**
 * Gives a zone a whole new content, or creates it: node rows under a new generation, as many
 * unsynced batches as it takes, then one synced write of the zone row that makes them the zone. A
 * crash before that write leaves the old version as it was. The image gets the records on the way
 * and shows them after the write.
 */

import { equalNames, formatName, lowerName, type Name, sortKey } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import { addRow, emptyDigest, formatDigest } from '#store/digest.ts';
import type { Write } from '#store/key-value-store.ts';
import { type ChangeContext, ChangeError, type ChangeOutcome } from './change.ts';
import type { EntryDraft } from './journal.ts';
import { formatNodeRow, recordCount, type StoredNode } from './node-row.ts';
import { formatReceiptId } from './receipt-id.ts';
import { servedRrset } from './served-rrset.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { nodeKey, zoneKey } from './zone-keys.ts';
import { formatZoneRow, type ZoneRow, type ZoneSettings } from './zone-row.ts';

export interface ZoneReplacement {
  apex: Name;
  /** Each owner once, in any order. */
  nodes: Iterable<StoredNode> | AsyncIterable<StoredNode>;
  /** Left out: as they are. */
  settings: ZoneSettings;
  context: ChangeContext;
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
  const { image, journal, sweep, zones, clock, receipts } = parts;
  const apex = lowerName(replacement.apex);
  const old = zones.find(apex)?.row;
  const { generation, write } = sweep.begin();
  const load = image.loadZone(apex);
  try {
    const content = await storeNodes(parts, apex, generation, write, replacement.nodes, (rrset) =>
      load.add(rrset),
    );
    // From here on the image cannot refuse what the store has.
    load.finish();
    const { source, receivedAtMs } = replacement.context;
    const { serial } = content;
    const row: ZoneRow = {
      apex,
      generation,
      version: (old?.version ?? 0) + 1,
      serial,
      records: content.records,
      digest: content.digest,
      sequence: 0,
      signed: content.signaturesExpireAt !== undefined,
      ...(content.signaturesExpireAt !== undefined && {
        signaturesExpireAt: content.signaturesExpireAt,
      }),
      edited: source !== 'zonefile',
      settings: replacement.settings,
    };
    const draft: EntryDraft = {
      kind: old === undefined ? 'create' : 'replace',
      zone: apex,
      generation,
      version: row.version,
      oldSerial: old?.serial ?? 0,
      newSerial: serial,
      ...replacement.context,
      begunAtMs: clock.nowMs(),
      edits: [],
    };
    const [entry] = await journal.commit([draft], ([numbered]) => {
      row.sequence = numbered.sequence;
      const rowWrite = { key: zoneKey(apex), value: formatZoneRow(row) };
      return [...content.left, rowWrite, ...replacement.marks];
    });
    const durableAtMs = clock.nowMs();
    load.publish();
    zones.set({ row, fault: undefined });
    const publishedAtMs = clock.nowMs();
    receipts.published(entry, durableAtMs, publishedAtMs);
    parts.onPublished({ apex, serial, source, receivedAtMs, durableAtMs, publishedAtMs });
    if (old !== undefined) sweep.remove(old.generation);
    return {
      receipt: formatReceiptId(entry.sequence),
      oldSerial: old?.serial ?? 0,
      newSerial: row.serial,
      changed: true,
    };
  } catch (error) {
    load.abandon();
    sweep.remove(generation);
    throw error;
  }
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
