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
import { formatName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { addToSerial } from '#dns/zone/serial.ts';
import { replaceSoaSerial } from '#dns/zone/soa.ts';
import type { Operation } from './change.ts';
import { parseNodeRow } from './node-row.ts';
import { commitChanges, makeChange, type OfflineZones } from './offline-zones.ts';
import { nodeKey } from './zone-keys.ts';
import { isFetched, type ZoneRow } from './zone-row.ts';
import type { ZoneWork } from './zone-work.ts';

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
  const signed: string[] = [];
  let raised = 0;
  let works: ZoneWork[] = [];
  for (const state of offline.zones.all()) {
    const { row } = state;
    if (isFetched(row.settings) || row.records === 0 || state.fault !== undefined) continue;
    if (row.signed) {
      signed.push(formatName(row.apex));
      continue;
    }
    works.push(await makeChange(offline, state, [await jumpOf(offline, row, jump)]));
    raised += 1;
    if (works.length < ZONES_TOGETHER) continue;
    await commitChanges(offline, works);
    works = [];
  }
  if (works.length > 0) await commitChanges(offline, works);
  return { raised, signed };
}

/** Sets the SOA's serial ahead. */
async function jumpOf(
  { store }: OfflineZones,
  { apex, generation, serial }: ZoneRow,
  jump: number,
): Promise<Operation> {
  const node = await store.get(nodeKey(generation, new Uint8Array()));
  const soa = parseNodeRow(node ?? new Uint8Array()).find(({ type }) => type === TYPE.SOA);
  const records = (soa?.records ?? []).map((record) => ({
    ...record,
    rdata: replaceSoaSerial(record.rdata, addToSerial(serial, jump)),
  }));
  return { kind: 'replace', owner: apex, type: TYPE.SOA, ttl: soa?.ttl ?? 0, records };
}
