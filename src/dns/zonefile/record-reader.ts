/**
 * From the tokens of an entry to a record: `[owner] [ttl] [class] type rdata`, TTL and class in
 * either order (RFC 1035 section 5.1). Holds what one entry leaves to the next: the owner, the
 * origin and the TTLs.
 *
 * A record without a TTL gets that of `$TTL` (RFC 2308 section 4), else the last one written
 * (RFC 1035), else, for the SOA, its own minimum field, with a warning, as BIND does.
 */
import { CodedError, type FilePlace } from '#base/coded-error.ts';
import { readU32 } from '#dns/wire/header.ts';
import { type Name, NameError } from '#dns/wire/name.ts';
import { parseDuration } from '#dns/wire/rdata/fields/number-fields.ts';
import { RdataWriter } from '#dns/wire/rdata/rdata-writer.ts';
import { parseRdata } from '#dns/wire/rdata/registry.ts';
import { RdataTextError, type Tokens } from '#dns/wire/rdata/tokens.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { TTL_MAX } from '#dns/wire/record.ts';
import type { EntryTokenizer } from './entry-tokenizer.ts';
import { OwnerReader } from './owner-reader.ts';
import type { RecordSink } from './record-sink.ts';
import { TypeReader } from './type-reader.ts';
import type { ZonefileReport } from './zonefile-report.ts';

/** No TTL was given. */
const NONE = -1;

export class RecordReader {
  /** Completes relative names; `$ORIGIN` changes it. */
  origin: Name;
  readonly owners = new OwnerReader();
  recordCount = 0;
  /** What `$TTL` said, in seconds, or NONE. */
  #defaultTtl: number;
  #lastTtl = NONE;
  readonly #types = new TypeReader();
  readonly #rdata = new RdataWriter();
  readonly #place: FilePlace = { file: '', line: 0, column: 0 };
  readonly #report: ZonefileReport;
  readonly #sink: RecordSink;
  /** What `readHead` found for the current record. */
  #ttl = NONE;
  #type = 0;

  constructor(
    origin: Name,
    defaultTtl: number | undefined,
    report: ZonefileReport,
    sink: RecordSink,
  ) {
    this.origin = origin;
    this.#defaultTtl = defaultTtl ?? NONE;
    this.#report = report;
    this.#sink = sink;
  }

  /** Reads an entry that is a record; mistakes go to the report. */
  read(entry: EntryTokenizer): void {
    const { tokens } = entry;
    tokens.origin = this.origin;
    const owner = entry.isOwnerOmitted ? this.#lastOwner(entry) : this.#readOwner(entry);
    if (owner === undefined) return;
    if (!this.readHead(entry, entry.isOwnerOmitted ? 0 : 1)) return;
    const place = this.#place;
    place.file = entry.file;
    place.line = entry.firstLine;
    place.column = entry.firstColumn;
    this.readRdata(entry, owner, place);
  }

  /** Reads RDATA from the entry's tokens and hands the record to the sink. */
  readRdata(entry: EntryTokenizer, owner: Name, place: FilePlace): boolean {
    const { tokens } = entry;
    const type = this.#type;
    this.#rdata.reset();
    try {
      parseRdata(type, tokens, this.#rdata);
    } catch (error) {
      this.#reportRdata(entry, error);
      return false;
    }
    if (this.#ttl === NONE) this.#ttl = this.#soaTtl(entry);
    this.#lastTtl = this.#ttl;
    this.recordCount += 1;
    this.#sink.record(owner, type, this.#ttl, this.#rdata, place);
    return true;
  }

  /** A TTL as `$TTL` takes it, or `undefined` with the mistake in the report. */
  readTtl(entry: EntryTokenizer, index: number): number | undefined {
    const { source, starts, ends } = entry.tokens;
    const ttl = parseDuration(source, starts[index], ends[index]);
    if (ttl < 0) {
      const found = entry.tokens.text(index);
      this.#fail(
        entry,
        index,
        'ZONEFILE_TTL',
        `expected a TTL (seconds, or like 1h30m), found '${shorten(found)}'`,
      );
      return undefined;
    }
    if (ttl <= TTL_MAX) return ttl;
    this.#report.warn(
      'ZONEFILE_TTL',
      entry.place(starts[index]),
      `TTL ${ttl} is above ${TTL_MAX} and read as 0 (RFC 2181 section 8)`,
    );
    return 0;
  }

  setDefaultTtl(ttl: number): void {
    this.#defaultTtl = ttl;
  }

  #lastOwner(entry: EntryTokenizer): Name | undefined {
    if (this.owners.owner === undefined) {
      const expected = 'expected an owner name: the line begins with a blank, and no record is';
      this.#fail(entry, 0, 'ZONEFILE_OWNER', `${expected} before it to take the owner from`);
    }
    return this.owners.owner;
  }

  #readOwner(entry: EntryTokenizer): Name | undefined {
    const { source, starts, ends } = entry.tokens;
    try {
      return this.owners.read(source, starts[0], ends[0], this.origin);
    } catch (error) {
      if (!(error instanceof NameError)) throw error;
      this.#fail(entry, 0, 'ZONEFILE_OWNER', `expected an owner name: ${error.message}`);
      return undefined;
    }
  }

  /**
   * Reads TTL, class and type from token `from` on, and leaves the tokens at the RDATA.
   * @returns false after a mistake, which is then in the report
   */
  readHead(entry: EntryTokenizer, from: number): boolean {
    const { tokens } = entry;
    const { source, starts, ends } = tokens;
    let index = from;
    let classSeen = false;
    this.#ttl = NONE;
    for (; index < tokens.count; index++) {
      const start = starts[index];
      if (source[start] <= NINE && source[start] >= ZERO && this.#ttl === NONE) {
        const ttl = this.readTtl(entry, index);
        if (ttl === undefined) return false;
        this.#ttl = ttl;
      } else if (!classSeen && isClassIn(source, start, ends[index])) classSeen = true;
      else break;
    }
    if (index >= tokens.count) {
      this.#fail(entry, index, 'ZONEFILE_TYPE', 'expected a type, found the end of the record');
      return false;
    }
    const type = this.#types.read(source, starts[index], ends[index]);
    if (type === undefined) {
      this.#reportType(entry, index, classSeen);
      return false;
    }
    this.#type = type;
    tokens.seek(index + 1);
    return this.#settleTtl(entry, index);
  }

  /** Fills in the TTL that was not written; that of an SOA may have to wait for its RDATA. */
  #settleTtl(entry: EntryTokenizer, typeIndex: number): boolean {
    if (this.#ttl !== NONE) return true;
    this.#ttl = this.#defaultTtl === NONE ? this.#lastTtl : this.#defaultTtl;
    if (this.#ttl !== NONE || this.#type === TYPE.SOA) return true;
    const remedy = 'write one, or $TTL at the top of the file';
    this.#fail(entry, typeIndex, 'ZONEFILE_TTL', `expected a TTL before the type: ${remedy}`);
    return false;
  }

  #soaTtl(entry: EntryTokenizer): number {
    const minimum = readU32(this.#rdata.buffer, this.#rdata.size - 4);
    const ttl = minimum > TTL_MAX ? 0 : minimum;
    this.#report.warn(
      'ZONEFILE_TTL',
      entry.place(entry.tokens.starts[0]),
      `no TTL and no $TTL: the SOA's minimum field, ${ttl}, is taken`,
    );
    this.#defaultTtl = ttl;
    return ttl;
  }

  #reportType(entry: EntryTokenizer, index: number, classSeen: boolean): void {
    const found = entry.tokens.text(index);
    if (!classSeen && /^(CH|HS|CS|ANY|NONE|CLASS\d+)$/i.test(found)) {
      this.#fail(entry, index, 'ZONEFILE_CLASS', `expected class IN, found '${found}'`);
      return;
    }
    this.#fail(entry, index, 'ZONEFILE_TYPE', `expected a type, found '${shorten(found)}'`);
  }

  #reportRdata(entry: EntryTokenizer, error: unknown): void {
    if (!(error instanceof CodedError)) throw error;
    const index = error instanceof RdataTextError ? error.token : entry.tokens.position - 1;
    this.#fail(entry, index, error.code, shorten(error.message, MESSAGE_SIZE_MAX));
  }

  #fail(entry: EntryTokenizer, index: number, code: string, message: string): void {
    this.#report.error(code, entry.place(tokenOffset(entry.tokens, index)), message);
  }
}

const ZERO = 0x30;
const NINE = 0x39;
const MESSAGE_SIZE_MAX = 300;

/** Where a token begins; one past the last is the end of the record. */
export function tokenOffset(tokens: Tokens, index: number): number {
  if (index >= tokens.count) return tokens.count === 0 ? 0 : tokens.ends[tokens.count - 1];
  return tokens.starts[Math.max(index, 0)];
}

/** What a message quotes of a file: printable and short. */
export function shorten(text: string, sizeMax = 60): string {
  const shown = text.replace(/[^\x20-\x7e]/g, '?');
  return shown.length <= sizeMax ? shown : `${shown.slice(0, sizeMax - 3)}...`;
}

function isClassIn(source: Uint8Array, start: number, end: number): boolean {
  if (end - start === 2)
    return (source[start] | 0x20) === 0x69 && (source[start + 1] | 0x20) === 0x6e;
  if (end - start !== 6) return false;
  return /^CLASS1$/i.test(String.fromCharCode(...source.subarray(start, end)));
}
