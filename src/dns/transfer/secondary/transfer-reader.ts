/**
 * Follows the records of a transfer (RFC 5936 section 2.2, RFC 1995 section 4) and says what each
 * of them is. `new` is the serial of the first SOA, `own` the serial that the question named.
 *
 *     start ──SOA──> first ──anything else──> whole ──SOA new──> done: a whole zone
 *       │              │                        └─ any record: content
 *       │              └──SOA own──> removing ──SOA s──> adding ──SOA new, s = new──> done: steps
 *       │                               ^                  │
 *       │                               └────SOA s─────────┘   the next step begins where it ends
 *       └──SOA, not newer than own──> done: current
 *
 * A question for the whole zone has no `own`. Nothing may follow the end of a transfer.
 */
import { equalNames, formatName, isAtOrBelow, type Name } from '#dns/wire/name.ts';
import { formatTypeCode } from '#dns/wire/rdata/registry.ts';
import { isMetaType, TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_IN, type ResourceRecord } from '#dns/wire/record.ts';
import { compareSerials } from '#dns/zone/serial.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import { TransferError } from './transfer-error.ts';

/** What a record is; `closing` and `heading` SOA records are no content. */
export type RecordRole = 'content' | 'removed' | 'added' | 'closing' | 'heading';

export type TransferForm = 'whole' | 'steps' | 'current';

type State = 'start' | 'first' | 'whole' | 'removing' | 'adding' | 'done';

export class TransferReader {
  readonly #apex: Name;
  readonly #ownSerial: number | undefined;
  #state: State = 'start';
  #form: TransferForm | undefined;
  #newSerial = 0;
  #stepSerial = 0;
  #first: ResourceRecord | undefined;

  /** @param ownSerial of an incremental transfer: the version that is here */
  constructor(apex: Name, ownSerial: number | undefined) {
    this.#apex = apex;
    this.#ownSerial = ownSerial;
  }

  get isDone(): boolean {
    return this.#state === 'done';
  }

  /** `undefined` until it shows, with the second record at the latest. */
  get form(): TransferForm | undefined {
    return this.#form;
  }

  /** Of the first SOA. */
  get serial(): number {
    return this.#newSerial;
  }

  /**
   * Calls `take` for the record, and for the first SOA when its role shows.
   * @throws TransferError TRANSFER_MALFORMED; TRANSFER_DELTA for steps that do not join
   */
  push(record: ResourceRecord, take: (role: RecordRole, record: ResourceRecord) => void): void {
    this.#check(record);
    const serial = record.type === TYPE.SOA ? soaSerial(record.rdata) : undefined;
    switch (this.#state) {
      case 'start':
        this.#begin(record, serial);
        break;
      case 'first':
        this.#choose(record, serial, take);
        break;
      case 'whole':
        this.#pushWhole(record, serial, take);
        break;
      case 'removing':
        this.#pushRemoving(record, serial, take);
        break;
      case 'adding':
        this.#pushAdding(record, serial, take);
        break;
      default:
        // Whoever sends an old version whole instead of its SOA alone means no harm.
        if (this.#form === 'current') return;
        throw this.#malformed(`${describe(record)} behind the end of the transfer`);
    }
  }

  #begin(record: ResourceRecord, serial: number | undefined): void {
    if (serial === undefined) throw this.#malformed(`begins with ${describe(record)}, not SOA`);
    this.#first = record;
    this.#newSerial = serial;
    const isNewer = this.#ownSerial === undefined || compareSerials(serial, this.#ownSerial) > 0;
    this.#state = isNewer ? 'first' : 'done';
    if (!isNewer) this.#form = 'current';
  }

  #choose(
    record: ResourceRecord,
    serial: number | undefined,
    take: (role: RecordRole, record: ResourceRecord) => void,
  ): void {
    const first = this.#first as ResourceRecord;
    if (serial !== undefined && this.#ownSerial !== undefined && serial === this.#ownSerial) {
      this.#form = 'steps';
      this.#state = 'removing';
      this.#stepSerial = serial;
      take('removed', record);
      return;
    }
    this.#form = 'whole';
    this.#state = 'whole';
    take('content', first);
    this.#pushWhole(record, serial, take);
  }

  #pushWhole(
    record: ResourceRecord,
    serial: number | undefined,
    take: (role: RecordRole, record: ResourceRecord) => void,
  ): void {
    if (serial === undefined) {
      take('content', record);
      return;
    }
    if (serial !== this.#newSerial) {
      throw this.#malformed(`begins with serial ${this.#newSerial} and ends with ${serial}`);
    }
    this.#state = 'done';
    take('closing', record);
  }

  #pushRemoving(
    record: ResourceRecord,
    serial: number | undefined,
    take: (role: RecordRole, record: ResourceRecord) => void,
  ): void {
    if (serial === undefined) {
      take('removed', record);
      return;
    }
    if (compareSerials(serial, this.#stepSerial) <= 0) {
      throw this.#delta(`a step from serial ${this.#stepSerial} to ${serial}`);
    }
    this.#stepSerial = serial;
    this.#state = 'adding';
    take('added', record);
  }

  #pushAdding(
    record: ResourceRecord,
    serial: number | undefined,
    take: (role: RecordRole, record: ResourceRecord) => void,
  ): void {
    if (serial === undefined) {
      take('added', record);
      return;
    }
    if (serial !== this.#stepSerial) {
      throw this.#delta(`a step to serial ${this.#stepSerial}, then one from ${serial}`);
    }
    if (serial === this.#newSerial) {
      this.#state = 'done';
      take('closing', record);
      return;
    }
    this.#state = 'removing';
    take('removed', record);
  }

  /** What no record of a transfer may be. */
  #check(record: ResourceRecord): void {
    const { owner, type } = record;
    if (record.class !== CLASS_IN) {
      throw this.#malformed(`${describe(record)} has class ${record.class}`);
    }
    if (!isAtOrBelow(owner, this.#apex)) {
      throw this.#malformed(`${describe(record)} is not in the zone`);
    }
    if (isMetaType(type)) {
      throw this.#malformed(`${describe(record)} is no record that a zone may have`);
    }
    if (type === TYPE.SOA && !equalNames(owner, this.#apex)) {
      throw this.#malformed(`${describe(record)}: a zone has its SOA at its apex`);
    }
  }

  #malformed(what: string): TransferError {
    const zone = formatName(this.#apex);
    return new TransferError('TRANSFER_MALFORMED', `the transfer of ${zone} is refused: ${what}`);
  }

  #delta(what: string): TransferError {
    const zone = formatName(this.#apex);
    return new TransferError('TRANSFER_DELTA', `the differences of ${zone} do not join: ${what}`);
  }
}

function describe({ owner, type }: ResourceRecord): string {
  return `${formatName(owner)} ${formatTypeCode(type)}`;
}
