/**
 * After a restore the serials go on from where they may have been when the data was lost, so that
 * secondaries, which may have seen later versions than the backup has, follow (RFC 1982).
 *
 *     in the backup 2026112107 -> lost ... 2026112203 -> after the restore at least jump later
 *
 * Each zone gets a version of its own, so the journal tells why the serial moved. Zones that are
 * fetched keep the serials of their primaries, and zones that came signed theirs, which their
 * signatures cover.
 */
import { formatName, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { addToSerial } from '#dns/zone/serial.ts';
import { replaceSoaSerial } from '#dns/zone/soa.ts';
import type { Change } from './change.ts';
import { writeWorks } from './commit-works.ts';
import { parseNodeRow } from './node-row.ts';
import { isFetched, type OfflineZones, restoreContext } from './offline-zones.ts';
import { nodeKey } from './zone-keys.ts';
import type { ZoneRow } from './zone-row.ts';
import { ZoneWork } from './zone-work.ts';

/** Zones written in one batch. */
const ZONES_TOGETHER = 256;
/** Serial addition is defined up to here (RFC 1982 section 3.1); half leaves room to go on. */
export const SERIAL_JUMP_MAX = 0x3fff_ffff;

export interface RaisedSerials {
  readonly raised: number;
  /** Names of zones that keep the serial of the backup because they are signed. */
  readonly signed: readonly string[];
}

/**
 * @param jump 1 to SERIAL_JUMP_MAX: every serial becomes at least so much later, and later still
 *   where the zone's own rule says so
 */
export async function raiseSerials(offline: OfflineZones, jump: number): Promise<RaisedSerials> {
  const { store, zones, clock } = offline;
  const signed: string[] = [];
  let raised = 0;
  let works: ZoneWork[] = [];
  for (const state of zones.all()) {
    const { row } = state;
    if (isFetched(row) || row.records === 0) continue;
    if (row.signed) {
      signed.push(formatName(row.apex));
      continue;
    }
    const change = await jumpOf(offline, row, jump);
    const work = new ZoneWork(store, row.apex, state);
    await work.load([change]);
    work.apply(change, clock.nowMs(), fail, 'rise');
    works.push(work);
    raised += 1;
    if (works.length < ZONES_TOGETHER) continue;
    await commit(offline, works);
    works = [];
  }
  if (works.length > 0) await commit(offline, works);
  return { raised, signed };
}

/** Writes it, and what comes later sees the zones as they are then. */
export async function commit(offline: OfflineZones, works: readonly ZoneWork[]): Promise<void> {
  await writeWorks(offline, works);
  for (const { state, row } of works) state.row = row;
}

/** Raises what refuses a change of the restore's own. */
export function fail(error: Error): never {
  throw error;
}

async function jumpOf(
  { store, clock }: OfflineZones,
  { apex, generation, serial }: ZoneRow,
  jump: number,
): Promise<Change> {
  const node = await store.get(nodeKey(generation, new Uint8Array()));
  const soa = parseNodeRow(node ?? new Uint8Array()).find(({ type }) => type === TYPE.SOA);
  const records = (soa?.records ?? []).map((record) => ({
    ...record,
    rdata: replaceSoaSerial(record.rdata, addToSerial(serial, jump)),
  }));
  return replaceOf(apex, soa?.ttl ?? 0, records, clock.nowMs());
}

function replaceOf(
  owner: Name,
  ttl: number,
  records: Extract<Change['operations'][number], { kind: 'replace' }>['records'],
  nowMs: number,
): Change {
  const operation = { kind: 'replace', owner, type: TYPE.SOA, ttl, records } as const;
  return { zone: owner, operations: [operation], context: restoreContext(nowMs) };
}
