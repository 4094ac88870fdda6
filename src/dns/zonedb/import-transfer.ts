/**
 * An entire zone transfer (RFC 5936) becomes the content of a zone: collected as it comes, checked
 * and refused whole if the zone could not be served, in which case the version there goes on.
 */
import type { Name } from '#dns/wire/name.ts';
import type { ChangeContext, ChangeOutcome } from './change.ts';
import type { ZoneDb } from './zone-db.ts';

export interface IncomingZoneLimits {
  /** Default: 50,000,000. */
  recordsMax: number;
  /** Octets of names and RDATA. Default: 2 GiB. */
  octetsMax: number;
}

/** The records of one transfer, in any order, without the closing SOA. */
export class IncomingZone {
  readonly apex: Name;

  constructor(apex: Name, _limits: Partial<IncomingZoneLimits> = {}) {
    this.apex = apex;
  }

  /**
   * @param rdata uncompressed; copied
   * @throws ChangeError TRANSFER_INVALID, TRANSFER_TOO_LARGE
   */
  add(_owner: Name, _type: number, _ttl: number, _rdata: Uint8Array): void {
    throw new Error('not built yet');
  }
}

export interface TransferImport {
  incoming: IncomingZone;
  context: ChangeContext;
  /** Takes a serial that is not newer than the zone's (axfr-retrieve, an expired zone). */
  anySerial?: boolean;
}

/**
 * The zone must be there, with content or without.
 * @throws ChangeError ZONE_MISSING, TRANSFER_INVALID, TRANSFER_SERIAL
 */
export async function importTransfer(
  _zones: ZoneDb,
  _transfer: TransferImport,
): Promise<ChangeOutcome> {
  throw new Error('not built yet');
}
