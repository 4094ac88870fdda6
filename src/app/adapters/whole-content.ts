/**
 * The difference between a zone and a whole new content, as operations: what a PUT with RRsets
 * changes. So it is journalled edit by edit, secondaries get it as IXFR, and the zone that was sent
 * back as it was read stays as it is.
 */
import { latin1 } from '#base/bytes.ts';
import { equalNames, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { compareSerials } from '#dns/zone/serial.ts';
import { replaceSoaSerial, soaSerial } from '#dns/zone/soa.ts';
import type { Operation, StoredRrset } from '#dns/zonedb/change.ts';
import { sameRrset, settleRrset } from '#dns/zonedb/stored-rrset.ts';
import type { ZoneView } from '#dns/zonedb/zone-view.ts';
import type { ReplaceOperation } from './zone-text.ts';

/**
 * Deletions first, so that nothing new stands beside what goes.
 * @param wanted every RRset of the new content, each once
 * @throws ChangeError CHANGE_TTL
 */
export async function contentDifference(
  view: ZoneView,
  wanted: readonly ReplaceOperation[],
): Promise<Operation[]> {
  const { apex, settings } = view.row;
  const open = new Map(wanted.map((operation) => [keyOf(operation.owner, operation), operation]));
  const deletions: Operation[] = [];
  for await (const nodes of view.nodes()) {
    for (const { owner, rrsets } of nodes) {
      for (const stored of rrsets) {
        const key = keyOf(owner, stored);
        const operation = open.get(key);
        if (operation === undefined) deletions.push({ kind: 'delete', owner, type: stored.type });
        else if (isSame(operation, stored, apex, settings.soaEditApi)) open.delete(key);
      }
    }
  }
  return [...deletions, ...open.values()];
}

function keyOf(owner: Name, { type }: { type: number }): string {
  return `${type} ${latin1(owner)}`;
}

function isSame(
  wanted: ReplaceOperation,
  stored: StoredRrset,
  apex: Name,
  soaEditApi: string,
): boolean {
  const { owner, type, ttl, records, comments = [] } = wanted;
  const settled = settleRrset(owner, { type, ttl, records, comments });
  if (sameRrset(settled, stored)) return true;
  const isSoa = type === TYPE.SOA && equalNames(owner, apex) && soaEditApi !== '';
  return isSoa && sameRrset(withSerialOf(settled, stored), stored);
}

/** An SOA that was read before the serial moved on is not another one for that. */
function withSerialOf(
  wanted: StoredRrset | undefined,
  stored: StoredRrset,
): StoredRrset | undefined {
  const record = wanted?.records[0];
  const held = stored.records[0];
  if (wanted === undefined || record === undefined || held === undefined) return wanted;
  const serial = soaSerial(held.rdata);
  if (compareSerials(soaSerial(record.rdata), serial) > 0) return wanted;
  return { ...wanted, records: [{ ...record, rdata: replaceSoaSerial(record.rdata, serial) }] };
}
