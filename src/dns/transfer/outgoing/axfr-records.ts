/**
 * A whole zone as the records of an AXFR (RFC 5936 section 2.2): its SOA, every other record that
 * clients are served, its SOA again. Read from a snapshot of the store, so that the zone is of one
 * version however long the transfer takes and whatever changes meanwhile. Glue and what lies below
 * a zone cut are in it as they are in the zone, and so are signatures.
 */
import { formatName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_IN, type ResourceRecord } from '#dns/wire/record.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import { signatureTtl } from '#dns/zone/rrset-builder.ts';
import type { StoredNode } from '#dns/zonedb/node-row.ts';
import { servedRrset } from '#dns/zonedb/served-rrset.ts';
import type { ZoneView } from '#dns/zonedb/zone-view.ts';
import { TransferOutError } from './transfer-sender.ts';

/**
 * In batches of a few hundred nodes.
 * @throws TransferOutError TRANSFER_ZONE_EMPTY without SOA; as `readStoredContent` when the store
 *   is damaged, before the closing SOA: what was sent is then no transfer
 */
export async function* axfrRecords(view: ZoneView): AsyncGenerator<ResourceRecord[]> {
  const soa = await soaRecord(view);
  yield [soa];
  for await (const nodes of view.nodes()) {
    const records: ResourceRecord[] = [];
    for (const node of nodes) appendNode(records, node);
    yield records;
  }
  yield [soa];
}

/** @throws TransferOutError TRANSFER_ZONE_EMPTY: the zone is there and has no content yet */
export async function soaRecord(view: ZoneView): Promise<ResourceRecord> {
  const { apex } = view.row;
  const { rrsets } = await view.node(apex);
  const soa = servedRrset(
    apex,
    rrsets.find(({ type }) => type === TYPE.SOA),
  );
  if (soa === undefined) {
    const zone = formatName(apex);
    throw new TransferOutError('TRANSFER_ZONE_EMPTY', `zone ${zone} has no content yet`);
  }
  return { owner: apex, type: TYPE.SOA, class: CLASS_IN, ttl: soa.ttl, rdata: soa.rdatas[0] };
}

function appendNode(records: ResourceRecord[], { owner, rrsets }: StoredNode): void {
  const served: Rrset[] = [];
  for (const stored of rrsets) {
    const rrset = servedRrset(owner, stored);
    if (rrset !== undefined) served.push(rrset);
  }
  for (const rrset of served) {
    const { type } = rrset;
    // There is none but the zone's own: it stands first and last.
    if (type === TYPE.SOA) continue;
    for (const rdata of rrset.rdatas) {
      const ttl = type === TYPE.RRSIG ? signatureTtl(served, rrset, rdata) : rrset.ttl;
      records.push({ owner, type, class: CLASS_IN, ttl, rdata });
    }
  }
}
