/**
 * The tokens of one record's RDATA in text form (RFC 1035 section 5.1), as places in the source
 * octets: nothing is copied and no string is made until a field asks for one. Master files and the
 * admin API fill it; the files of the record types read it.
 *
 * A token's octets still hold their escapes (`\DDD`, `\X`); the quotes of a quoted string are not
 * part of the token. A quote ends the unquoted token before it: `alpn="h2"` is the token `alpn=`
 * and, touching it, the quoted token `h2`.
 */
import { CodedError } from '#base/coded-error.ts';
import { type Name, NameError, parseNameBytes, parseNameInto } from '../name.ts';
import type { RdataWriter } from './rdata-writer.ts';

/** Octets of a token that an error message quotes. */
const SHOWN_SIZE_MAX = 80;

/** RDATA text that a type cannot take: RDATA_INVALID. `token` is the index of the culprit. */
export class RdataTextError extends CodedError {
  readonly token: number;

  constructor(message: string, token: number) {
    super('RDATA_INVALID', message);
    this.token = token;
  }
}

export class Tokens {
  /** What the offsets refer to. */
  source: Uint8Array = new Uint8Array(0);
  /** Completes relative names; `undefined` where only absolute ones are allowed. */
  origin: Name | undefined = undefined;
  /**
   * Where a type takes any number of strings, cut a quoted one of over 255 octets into several, as
   * the admin API's clients expect; a master file with one is refused.
   */
  splitsLongStrings = false;
  /** Number of tokens. */
  count = 0;
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly quoted: boolean[] = [];
  /** Index of the token that the next `take` gives. */
  #next = 0;

  /** Empties the list for the next record. */
  reset(source: Uint8Array, origin: Name | undefined): void {
    this.source = source;
    this.origin = origin;
    this.count = 0;
    this.#next = 0;
  }

  push(start: number, end: number, quoted: boolean): void {
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.quoted[this.count] = quoted;
    this.count += 1;
  }

  /** Index of the token that `take` would give next. */
  get position(): number {
    return this.#next;
  }

  get atEnd(): boolean {
    return this.#next >= this.count;
  }

  /** Moves the reading position, e.g. past owner, TTL, class and type. */
  seek(index: number): void {
    this.#next = index;
  }

  /**
   * Index of the next token, which is then behind us.
   * @param expected what the caller wants, for the message: 'an IPv4 address'
   * @throws RdataTextError when the record ends here
   */
  take(expected: string): number {
    if (this.#next >= this.count) {
      throw new RdataTextError(`expected ${expected}, found the end of the record`, this.#next);
    }
    const index = this.#next;
    this.#next += 1;
    return index;
  }

  /** The next token as it stands, escapes included. */
  takeText(expected: string): string {
    return this.text(this.take(expected));
  }

  /** Octets of a token as they stand (a view), escapes included. */
  octets(index: number): Uint8Array {
    return this.source.subarray(this.starts[index], this.ends[index]);
  }

  /** The text of a token as it stands: one character per octet. */
  text(index: number): string {
    let text = '';
    for (let at = this.starts[index]; at < this.ends[index]; at++) {
      text += String.fromCharCode(this.source[at]);
    }
    return text;
  }

  /** The next token as a decimal number in [0, max]. */
  takeNumber(expected: string, max: number): number {
    const index = this.take(expected);
    const start = this.starts[index];
    const end = this.ends[index];
    let value = 0;
    for (let at = start; at < end; at++) {
      const digit = this.source[at] - 0x30;
      if (digit < 0 || digit > 9) return this.fail(`expected ${expected}`, index);
      value = value * 10 + digit;
      if (value > max) return this.fail(`expected ${expected}, at most ${max}`, index);
    }
    return end === start ? this.fail(`expected ${expected}`, index) : value;
  }

  /** The next token as a domain name; `@` is the origin. */
  takeName(expected: string): Name {
    const index = this.take(expected);
    const octets = this.octets(index);
    if (octets.length === 1 && octets[0] === 0x40 && this.origin !== undefined) return this.origin;
    try {
      return parseNameBytes(octets, this.origin);
    } catch (error) {
      if (error instanceof NameError) return this.fail(error.message, index);
      throw error;
    }
  }

  /** `takeName` straight into RDATA; nothing is allocated. */
  writeName(expected: string, out: RdataWriter): void {
    const index = this.take(expected);
    const start = this.starts[index];
    const end = this.ends[index];
    if (end === start + 1 && this.source[start] === 0x40 && this.origin !== undefined) {
      out.bytes(this.origin);
      return;
    }
    try {
      out.advance(parseNameInto(this.source, start, end, this.origin, out.buffer, out.size));
    } catch (error) {
      if (error instanceof NameError) this.fail(error.message, index);
      throw error;
    }
  }

  /** True if the token is unquoted and reads exactly so. */
  is(index: number, text: string): boolean {
    const start = this.starts[index];
    if (this.quoted[index] || this.ends[index] - start !== text.length) return false;
    for (let at = 0; at < text.length; at++) {
      if (this.source[start + at] !== text.charCodeAt(at)) return false;
    }
    return true;
  }

  /** Raises RDATA_INVALID at a token (default: the last one taken), quoting what stands there. */
  fail(message: string, index: number = this.#next - 1): never {
    const isHere = index >= 0 && index < this.count;
    const found = isHere && message.startsWith('expected') ? `, found '${this.#shown(index)}'` : '';
    throw new RdataTextError(message + found, index);
  }

  /** A token for a message: as it stands, cut where it is long. */
  #shown(index: number): string {
    const text = this.text(index);
    return text.length <= SHOWN_SIZE_MAX ? text : `${text.slice(0, SHOWN_SIZE_MAX)}...`;
  }
}
