/**
 * Brings one zone up to what one primary has: asks for its serial, then for the differences, and
 * for the whole zone where there are none to be had, or where they do not fit what is here
 * (RFC 1995 section 4). The zone changes in one step at the end or not at all.
 *
 *     SOA ──not newer──> confirmed
 *      │
 *      └─newer─> IXFR ──steps──> applied to the zone
 *                  ├──whole zone──────────────┐
 *                  └──any failure──> AXFR ────┴──> replaces the zone
 */
import type { Clock } from '#base/clock.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import {
  catalogLabel,
  hasOutlivedContent,
  withContentOf,
} from '#dns/transfer/catalog/catalog-settings.ts';
import { RCODE } from '#dns/wire/header.ts';
import { formatName, type Name } from '#dns/wire/name.ts';
import { compareSerials } from '#dns/zone/serial.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import type { ChangeContext } from '#dns/zonedb/change.ts';
import { ChangeError } from '#dns/zonedb/change.ts';
import { IncomingZone, importTransfer } from '#dns/zonedb/import-transfer.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { TransferEdit } from '#dns/zonedb/zone-transfer.ts';
import type { IncomingRoom, IncomingShare } from './incoming-room.ts';
import { formatPrimary, type Primary } from './primary.ts';
import type { PrimarySession } from './primary-session.ts';
import { TransferError } from './transfer-error.ts';
import type { TransferLimits } from './transfer-limits.ts';
import { TransferReader } from './transfer-reader.ts';

export interface FetchOptions {
  zones: ZoneDb;
  clock: Clock;
  log: Log;
  limits: TransferLimits;
  /** For all zones that are fetched at a time. */
  room: IncomingRoom;
}

export interface FetchRequest {
  apex: Name;
  primary: Primary;
  session: PrimarySession;
  /** The SOA of the version that is here, wire form; `undefined`: there is none. */
  own: Uint8Array | undefined;
  /** Fetch the zone whole, whatever its serial is. */
  isForced: boolean;
  /** A serial behind ours is as good as any: what is here is not served any more. */
  takesAnySerial: boolean;
  /** False: the primary is known not to give differences. */
  asksIxfr: boolean;
  /** Called when the check is over and the transfer begins. */
  onTransfer: () => void;
  /** Asked before the zone is changed: whether it is still to be fetched. */
  isWanted: () => boolean;
}

export interface Fetched {
  kind: 'check' | 'axfr' | 'ixfr';
  /** Of the zone as it is now. */
  serial: number;
  /** Seconds that the primary may still serve the zone itself (RFC 7314). */
  expireSeconds: number | undefined;
  octets: number;
  /** The primary does not give differences: do not ask it again for a while. */
  refusedIxfr: boolean;
}

/** Whether what is here is of an earlier incarnation of the zone: its serial says nothing then. */
export function isOutlived(zones: ZoneDb, apex: Name): boolean {
  const settings = zones.find(apex)?.row.settings;
  return settings !== undefined && hasOutlivedContent(settings);
}

/** @throws TransferError; ChangeError of a zone that cannot be served or is there no more */
export async function fetchZone(options: FetchOptions, asked: FetchRequest): Promise<Fetched> {
  const { apex, session, own } = asked;
  const isForced = asked.isForced || isOutlived(options.zones, apex);
  const request = { ...asked, isForced };
  const confirmed = { kind: 'check', octets: 0, refusedIxfr: false } as const;
  let refusedIxfr = false;
  if (own !== undefined && !isForced) {
    const soa = await session.askSoa(apex);
    const ahead = compareSerials(soa.serial, soaSerial(own));
    if (ahead === 0) return { ...confirmed, ...soa };
    if (ahead < 0 && !request.takesAnySerial) throw behind(request, soa.serial, soaSerial(own));
    request.onTransfer();
    if (request.asksIxfr && ahead > 0) {
      try {
        return await inRoom(options, (share) => fetchDifferences(options, request, own, share));
      } catch (error) {
        if (!isWorthAxfr(error)) throw error;
        refusedIxfr = refusesIxfr(error);
        const zone = formatName(apex);
        const said = { zone, code: errorCode(error), reason: errorMessage(error) };
        options.log.info(said, `the differences of ${zone} are of no use; it is fetched whole`);
      }
    }
  }
  request.onTransfer();
  const fetched = await inRoom(options, (share) => fetchWhole(options, request, share));
  return { ...fetched, refusedIxfr };
}

async function inRoom<T>(
  { room }: FetchOptions,
  step: (share: IncomingShare) => Promise<T>,
): Promise<T> {
  const share = room.open();
  try {
    return await step(share);
  } finally {
    share.giveBack();
  }
}

async function fetchDifferences(
  options: FetchOptions,
  request: FetchRequest,
  own: Uint8Array,
  share: IncomingShare,
): Promise<Fetched> {
  const { apex, session } = request;
  const { deltaRecordsMax } = options.limits;
  const reader = new TransferReader(apex, soaSerial(own));
  const incoming = new IncomingZone(apex, incomingLimits(options.limits));
  const edits: TransferEdit[] = [];
  const statistics = await session.transfer(apex, own, reader, (role, record) => {
    const { owner, type, ttl, rdata } = record;
    share.take(record);
    if (role === 'content') incoming.add(owner, type, ttl, rdata);
    if (role !== 'removed' && role !== 'added') return;
    if (edits.length === deltaRecordsMax) {
      const text = `differences of more than ${deltaRecordsMax} records`;
      throw new TransferError('TRANSFER_DELTA', text);
    }
    edits.push({ kind: role === 'removed' ? 'remove' : 'add', owner, type, ttl, rdata });
  });
  const { serial, form } = reader;
  const fetched = { serial, ...statistics, refusedIxfr: false };
  if (form === 'current') {
    if (compareSerials(serial, soaSerial(own)) < 0) throw behind(request, serial, soaSerial(own));
    return { kind: 'check', ...fetched };
  }
  checkWanted(request);
  const context = transferContext(options, request);
  if (form === 'whole') {
    await importTransfer(options.zones, { incoming, context });
    return { kind: 'axfr', ...fetched };
  }
  const fromSerial = soaSerial(own);
  const transfer = { zone: apex, fromSerial, toSerial: serial, edits, context };
  await options.zones.applyTransfer(transfer);
  return { kind: 'ixfr', ...fetched };
}

async function fetchWhole(
  options: FetchOptions,
  request: FetchRequest,
  share: IncomingShare,
): Promise<Fetched> {
  const { apex, session, own } = request;
  const { zones } = options;
  const label = catalogLabelOf(zones, apex);
  const reader = new TransferReader(apex, undefined);
  const incoming = new IncomingZone(apex, incomingLimits(options.limits));
  const statistics = await session.transfer(apex, undefined, reader, (role, record) => {
    if (role !== 'content') return;
    share.take(record);
    incoming.add(record.owner, record.type, record.ttl, record.rdata);
  });
  checkWanted(request);
  const anySerial = request.isForced || request.takesAnySerial || own === undefined;
  const context = transferContext(options, request);
  await importTransfer(zones, { incoming, context, anySerial });
  if (isOutlived(zones, apex)) {
    await zones.changeSettings(apex, ({ settings }) => withContentOf(label, settings), context);
  }
  return { kind: 'axfr', serial: reader.serial, ...statistics, refusedIxfr: false };
}

/** Of the incarnation that a catalog speaks of now. */
function catalogLabelOf(zones: ZoneDb, apex: Name): string | undefined {
  const settings = zones.find(apex)?.row.settings;
  return settings && catalogLabel(settings);
}

/** @throws TransferError TRANSFER_PRIMARY when the zone became ours to keep in the meantime */
function checkWanted({ apex, isWanted }: FetchRequest): void {
  if (isWanted()) return;
  const text = `zone ${formatName(apex)} is not fetched from a primary any more`;
  throw new TransferError('TRANSFER_PRIMARY', text);
}

function transferContext({ clock }: FetchOptions, { primary }: FetchRequest): ChangeContext {
  const actor = formatPrimary(primary);
  return { source: 'transfer', actor, transactionId: '', receivedAtMs: clock.nowMs() };
}

function incomingLimits({ recordsMax, octetsMax }: TransferLimits) {
  return { recordsMax, octetsMax };
}

/** Why the zone database may refuse differences and take the whole zone. */
const WHOLE_INSTEAD: ReadonlySet<string> = new Set([
  'TRANSFER_INVALID',
  'TRANSFER_SERIAL',
  'ZONE_DAMAGED',
]);

/** Whether the whole zone may be had where the differences were not. */
function isWorthAxfr(error: unknown): boolean {
  if (error instanceof ChangeError) {
    // A zone that is damaged here takes no differences, and is well again with a whole content.
    return WHOLE_INSTEAD.has(error.code);
  }
  if (!(error instanceof TransferError)) return false;
  switch (error.code) {
    case 'TRANSFER_REFUSED':
    case 'TRANSFER_MALFORMED':
    case 'TRANSFER_DELTA':
    case 'TRANSFER_TIMEOUT':
    case 'TRANSFER_UNREACHABLE':
      return true;
    default:
      return false;
  }
}

function refusesIxfr(error: unknown): boolean {
  if (!(error instanceof TransferError)) return false;
  const { rcode } = error;
  return rcode === RCODE.NOTIMP || rcode === RCODE.FORMERR || rcode === RCODE.REFUSED;
}

function behind({ apex, primary }: FetchRequest, serial: number, ownSerial: number): TransferError {
  const text =
    `${formatPrimary(primary)}: has serial ${serial} of ${formatName(apex)}, which is behind ` +
    `${ownSerial} that is served here; raise it there, or retrieve the zone by hand`;
  return new TransferError('TRANSFER_SERIAL', text);
}
