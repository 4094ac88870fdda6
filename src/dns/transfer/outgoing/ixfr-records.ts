/**
 * Differences between versions as the records of an IXFR (RFC 1995 section 4):
 *
 *     SOA newest, { SOA old, removed …, SOA new, added … } per step, SOA newest
 *
 * Several steps can be sent as one (section 5). Sent step by step, a secondary can hand on each of
 * them to its own secondaries; so they are joined only where that saves most of the records, as
 * for a record that changes again and again.
 */
import { latin1 } from '#base/bytes.ts';
import { readU32 } from '#dns/wire/header.ts';
import { type Name, nameKey } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_IN, type ResourceRecord } from '#dns/wire/record.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import type { ZoneDelta } from '#dns/zonedb/zone-history.ts';

/** Steps are joined when that leaves at most one record in so many. */
const CONDENSE_GAIN_MIN = 2;
/** Where an RRSIG says the TTL of what it covers (RFC 4034 section 3.1). */
const ORIGINAL_TTL_AT = 4;

/** The two SOAs that begin the two halves of a step, and what follows each. */
interface IxfrStep {
  oldSoa: ResourceRecord;
  newSoa: ResourceRecord;
  removed: ResourceRecord[];
  added: ResourceRecord[];
}

/** @param deltas at least one, each from the serial of the one before it */
export function ixfrRecords(deltas: readonly ZoneDelta[]): ResourceRecord[] {
  const steps = deltas.map(stepOf);
  const condensed = condense(steps);
  const isWorth = recordCount([condensed]) * CONDENSE_GAIN_MIN <= recordCount(steps);
  const sent = isWorth ? [condensed] : steps;
  const newest = steps[steps.length - 1].newSoa;
  const records = [newest];
  for (const { oldSoa, removed, newSoa, added } of sent) {
    records.push(oldSoa);
    for (const record of removed) records.push(record);
    records.push(newSoa);
    for (const record of added) records.push(record);
  }
  records.push(newest);
  return records;
}

function recordCount(steps: readonly IxfrStep[]): number {
  return steps.reduce((count, step) => count + 2 + step.removed.length + step.added.length, 0);
}

function stepOf({ oldSoa, newSoa, edits }: ZoneDelta): IxfrStep {
  const removed: ResourceRecord[] = [];
  const added: ResourceRecord[] = [];
  for (const { owner, type, removed: gone, added: come } of edits) {
    for (const rdata of gone.rdatas) removed.push(recordOf(owner, type, gone.ttl, rdata));
    for (const rdata of come.rdatas) added.push(recordOf(owner, type, come.ttl, rdata));
  }
  return { oldSoa: soaOf(oldSoa), newSoa: soaOf(newSoa), removed, added };
}

function soaOf({ owner, ttl, rdatas }: Rrset): ResourceRecord {
  return recordOf(owner, TYPE.SOA, ttl, rdatas[0]);
}

function recordOf(owner: Name, type: number, ttl: number, rdata: Uint8Array): ResourceRecord {
  // Signatures of a name are kept as one set; each is sent with the TTL of what it covers.
  const sentTtl = type === TYPE.RRSIG ? readU32(rdata, ORIGINAL_TTL_AT) : ttl;
  return { owner, type, class: CLASS_IN, ttl: sentTtl, rdata };
}

/** What the steps come to: records that came and went again on the way are left out. */
function condense(steps: readonly IxfrStep[]): IxfrStep {
  /** Per record that any step touched: as it was before them all, and as it is after. */
  const net = new Map<string, { before?: ResourceRecord; after?: ResourceRecord | undefined }>();
  for (const { removed, added } of steps) {
    for (const record of removed) {
      const known = net.get(recordKey(record));
      if (known === undefined) net.set(recordKey(record), { before: record });
      else known.after = undefined;
    }
    for (const record of added) {
      const known = net.get(recordKey(record));
      if (known === undefined) net.set(recordKey(record), { after: record });
      else known.after = record;
    }
  }
  const removed: ResourceRecord[] = [];
  const added: ResourceRecord[] = [];
  for (const { before, after } of net.values()) {
    if (before?.ttl === after?.ttl) continue;
    if (before !== undefined) removed.push(before);
    if (after !== undefined) added.push(after);
  }
  const { oldSoa } = steps[0];
  const { newSoa } = steps[steps.length - 1];
  return { oldSoa, newSoa, removed, added };
}

function recordKey({ owner, type, rdata }: ResourceRecord): string {
  return `${type} ${nameKey(owner)} ${latin1(rdata)}`;
}
