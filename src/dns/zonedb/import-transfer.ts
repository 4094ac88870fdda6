/**
 * An entire zone transfer (RFC 5936) becomes the content of a zone: collected as it comes, about as
 * compact as on the wire, then checked, and refused whole if the zone could not be served, in which
 * case the version that is there goes on. What a primary may answer for and we would only advise
 * against (a zone without NS, missing glue) is taken.
 */
import { asPlainBytes } from '#base/bytes.ts';
import { equalNames, formatName, isAtOrBelow, lowerName, type Name } from '#dns/wire/name.ts';
import { isMetaType, TYPE } from '#dns/wire/rdata/type-codes.ts';
import { TTL_MAX } from '#dns/wire/record.ts';
import type { Finding } from '#dns/zone/finding.ts';
import { compareSerials } from '#dns/zone/serial.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import { checkTable } from '#dns/zonefile/load-zonefile.ts';
import { ZoneTable } from '#dns/zonefile/zone-table.ts';
import { type ChangeContext, ChangeError, type ChangeOutcome } from './change.ts';
import { packedContent } from './packed-content.ts';
import type { PackedContent } from './replace-zone.ts';
import { formatPlace } from './stored-rrset.ts';
import type { ZoneDb } from './zone-db.ts';
import { zoneMissing } from './zone-lifecycle.ts';

export interface IncomingZoneLimits {
  recordsMax: number;
  /** Octets of names and RDATA. */
  octetsMax: number;
}

export const INCOMING_ZONE_LIMITS: Readonly<IncomingZoneLimits> = Object.freeze({
  recordsMax: 50_000_000,
  octetsMax: 2 * 2 ** 30,
});

/** Findings that a zone cannot be served with; the others are the primary's business. */
const FATAL_CODES: ReadonlySet<string> = new Set([
  'ZONE_SOA_MISSING',
  'ZONE_SOA_SEVERAL',
  'ZONE_SOA_BELOW_APEX',
  'ZONE_ALIAS_SEVERAL',
  'ZONE_CNAME_NOT_ALONE',
]);
/** What findings call the transfer; the line is the record's place in it. */
const FILE = 'transfer';

/** The records of one transfer, in any order, without the closing SOA. */
export class IncomingZone {
  /** Lower case. */
  readonly apex: Name;
  readonly #limits: IncomingZoneLimits;
  readonly #table = new ZoneTable();
  /** Neighbours with the same owner are a run of the table. */
  #owner: Name | undefined;
  #octets = 0;
  #serial: number | undefined;

  constructor(apex: Name, limits: Partial<IncomingZoneLimits> = {}) {
    this.apex = lowerName(apex);
    this.#limits = { ...INCOMING_ZONE_LIMITS, ...limits };
  }

  get recordCount(): number {
    return this.#table.recordCount;
  }

  /**
   * @param rdata uncompressed; copied, as is the owner
   * @throws ChangeError TRANSFER_INVALID, TRANSFER_TOO_LARGE
   */
  add(owner: Name, type: number, ttl: number, rdata: Uint8Array): void {
    if (!isAtOrBelow(owner, this.apex)) {
      throw invalid(`${formatPlace(owner, type)}: the name is not in the zone`);
    }
    if (isMetaType(type)) throw invalid(`${formatPlace(owner, type)}: no zone can hold this type`);
    const { recordsMax, octetsMax } = this.#limits;
    this.#octets += owner.length + rdata.length;
    if (this.#table.recordCount >= recordsMax || this.#octets > octetsMax) {
      const zone = formatName(this.apex);
      const limit = `${recordsMax} records or ${octetsMax} octets`;
      throw new ChangeError('TRANSFER_TOO_LARGE', `zone ${zone} has more than ${limit}`);
    }
    if (this.#owner === undefined || !equalNames(this.#owner, owner)) {
      this.#owner = Uint8Array.from(owner);
    }
    if (type === TYPE.SOA && equalNames(owner, this.apex)) this.#serial = soaSerial(rdata);
    // One above the signed range counts as zero (RFC 2181 section 8).
    const ttlSeconds = ttl > TTL_MAX ? 0 : ttl;
    const place = { file: FILE, line: this.#table.recordCount + 1 };
    const written = { buffer: asPlainBytes(rdata), size: rdata.length };
    this.#table.record(this.#owner, type, ttlSeconds, written, place);
  }

  /** Gives its memory back; it is of no use after. */
  release(): void {
    this.#table.release();
  }

  /** Ends the filling. @throws ChangeError TRANSFER_INVALID */
  finish(): { content: PackedContent; serial: number } {
    this.#table.seal();
    let fatal: Finding | undefined;
    const add = (finding: Finding): void => {
      if (FATAL_CODES.has(finding.code)) fatal ??= finding;
    };
    checkTable(this.#table, { origin: this.apex, file: FILE }, { add }, {});
    if (fatal !== undefined) throw invalid(fatal.message);
    if (this.#serial === undefined) {
      throw invalid(`zone ${formatName(this.apex)} came without its SOA`);
    }
    return { content: packedContent(this.#table), serial: this.#serial };
  }
}

function invalid(message: string): ChangeError {
  return new ChangeError('TRANSFER_INVALID', message);
}

export interface TransferImport {
  incoming: IncomingZone;
  context: ChangeContext;
  /** Takes a serial that is behind the zone's (axfr-retrieve, an expired zone). */
  anySerial?: boolean;
}

/**
 * The zone must be there, with content or without. A content that is there already makes no
 * version; whether it had expired is over then.
 * @throws ChangeError ZONE_MISSING, TRANSFER_INVALID, TRANSFER_SERIAL
 */
export async function importTransfer(
  zones: ZoneDb,
  { incoming, context, anySerial = false }: TransferImport,
): Promise<ChangeOutcome> {
  const { apex } = incoming;
  const outcome = await replaceContent(zones, { incoming, context, anySerial }).finally(() =>
    incoming.release(),
  );
  if (!outcome.changed && zones.find(apex)?.expired === true) await zones.setExpired(apex, false);
  return outcome;
}

async function replaceContent(
  zones: ZoneDb,
  { incoming, context, anySerial }: TransferImport,
): Promise<ChangeOutcome> {
  const { apex } = incoming;
  const { content, serial } = incoming.finish();
  return zones.replace(apex, (state) => {
    if (state === undefined) throw zoneMissing(apex);
    const { row } = state;
    if (!anySerial && row.records > 0 && compareSerials(serial, row.serial) < 0) {
      const message = `the primary of zone ${formatName(apex)} has serial ${serial}, behind ours`;
      throw new ChangeError('TRANSFER_SERIAL', message, { serial: row.serial });
    }
    const { settings } = row;
    return { apex, content: { packed: content }, settings, context, edited: false, marks: [] };
  });
}
