/**
 * Splits master file octets into entries and their tokens (RFC 1035 section 5.1). An entry is a
 * line, or several joined by parentheses. Works on a window of the file that its owner refills:
 * `next` either finds a whole entry or changes nothing and asks for more octets.
 *
 *     window   [ … done … | entryAt … at … | unread … ] LF
 *                                                     ^ one extra newline behind the last octet, so
 *                                                       that no inner loop has to look for the end
 *
 * Tokens are places in the window; no string and no object is made per token. Lines are counted
 * as entries end; the place of a token inside an entry is reckoned only when an error needs it.
 */
import type { FilePlace } from '#base/coded-error.ts';
import { Tokens } from '#dns/wire/rdata/tokens.ts';

/**
 * One entry, with its parentheses and comments, may be this long: over 3 times the longest RDATA.
 */
export const ENTRY_SIZE_MAX = 1 << 20;

/** What `next` found. */
export const ENTRY = 1;
export const MORE = 2;
export const END = 3;

const PLAIN = 0;
const BLANK = 1;
const NEWLINE = 2;
const QUOTE = 3;
const COMMENT = 4;
const OPEN = 5;
const CLOSE = 6;
const ESCAPE = 7;

/** What each octet means to the scanner. A carriage return counts as a blank: CRLF files read. */
const KIND: Readonly<Uint8Array> = (() => {
  const kinds = new Uint8Array(256);
  kinds[0x20] = BLANK;
  kinds[0x09] = BLANK;
  kinds[0x0d] = BLANK;
  kinds[0x0a] = NEWLINE;
  kinds[0x22] = QUOTE;
  kinds[0x3b] = COMMENT;
  kinds[0x28] = OPEN;
  kinds[0x29] = CLOSE;
  kinds[0x5c] = ESCAPE;
  return kinds;
})();

const LF = 0x0a;
/** What `#scanPlain` and `#scanQuoted` return when the window ends inside the token. */
const CUT_OFF = -1;

export class EntryTokenizer {
  readonly file: string;
  /** The tokens of the entry that `next` found. */
  readonly tokens = new Tokens();
  /** The entry's first line begins with a blank: its owner is the one before. */
  isOwnerOmitted = false;
  /** What is wrong with the entry's punctuation, or `undefined`; at offset `problemAt`. */
  problem: string | undefined;
  problemAt = 0;
  /** Line (from 1) on which the entry's first token stands. */
  firstLine = 1;
  #window: Uint8Array = Uint8Array.of(LF);
  /** Offset of the extra newline. */
  #end = 0;
  /** No octets follow those in the window. */
  #isLast = false;
  #at = 0;
  #line = 1;
  #entryAt = 0;
  #entryLine = 1;
  #firstLineAt = 0;
  readonly #fixedPlace: FilePlace | undefined;

  /**
   * @param fixedPlace what every mistake is blamed on, where the octets are made from a template
   */
  constructor(file: string, fixedPlace?: FilePlace) {
    this.file = file;
    this.#fixedPlace = fixedPlace;
  }

  /** Octets of the window that belong to no finished entry. */
  get unreadSize(): number {
    return this.#end - this.#at;
  }

  /** Appends octets of the file; places given out before are void. */
  feed(octets: Uint8Array): void {
    const kept = this.unreadSize;
    const needed = kept + octets.length + 1;
    if (needed > this.#window.length) {
      const larger = new Uint8Array(Math.max(needed, this.#window.length * 2));
      larger.set(this.#window.subarray(this.#at, this.#end));
      this.#window = larger;
    } else this.#window.copyWithin(0, this.#at, this.#end);
    this.#window.set(octets, kept);
    this.#end = kept + octets.length;
    this.#window[this.#end] = LF;
    this.#at = 0;
  }

  /** Says that the file ends with what was fed. */
  feedEnd(): void {
    this.#isLast = true;
  }

  /** `feedEnd` was called. */
  get isEnded(): boolean {
    return this.#isLast;
  }

  /** Passes over a byte order mark of UTF-8 or UTF-16; true if there is one. */
  skipByteOrderMark(): boolean {
    const [first, second, third] = this.#window.subarray(this.#at, this.#end);
    const isUtf8 = first === 0xef && second === 0xbb && third === 0xbf;
    const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
    if (isUtf8) this.#at += 3;
    else if (isUtf16) this.#at += 2;
    return isUtf8 || isUtf16;
  }

  /** Reads the whole of `octets` as a file of its own from here on. */
  restart(octets: Uint8Array): void {
    this.#at = 0;
    this.#end = 0;
    this.#isLast = true;
    this.#line = 1;
    this.feed(octets);
  }

  /** Column (from 1, in octets) of the entry's first token. */
  get firstColumn(): number {
    return this.tokens.starts[0] - this.#firstLineAt + 1;
  }

  /**
   * Line and column of an offset in the entry that `next` found last.
   * @param offset into the window, as the tokens have them
   */
  place(offset: number): FilePlace {
    if (this.#fixedPlace !== undefined) return this.#fixedPlace;
    let line = this.#entryLine;
    let lineAt = this.#entryAt;
    for (let at = this.#entryAt; at < offset; at++) {
      if (this.#window[at] !== LF) continue;
      line += 1;
      lineAt = at + 1;
    }
    return { file: this.file, line, column: offset - lineAt + 1 };
  }

  /**
   * Finds the next entry that has a token or a problem.
   * @returns ENTRY; MORE when octets are missing; END when the file is through
   */
  next(): typeof ENTRY | typeof MORE | typeof END {
    for (;;) {
      if (this.#at >= this.#end) return this.#isLast ? END : MORE;
      const found = this.#scanEntry();
      if (found === MORE) return MORE;
      if (this.tokens.count > 0 || this.problem !== undefined) return ENTRY;
    }
  }

  /** Gives up an entry that does not end, so that it can be reported; nothing follows it. */
  abandonEntry(problem: string): void {
    this.#begin();
    this.problem = problem;
    this.problemAt = this.#entryAt;
    this.#at = this.#end;
    this.#isLast = true;
  }

  #begin(): void {
    this.tokens.reset(this.#window, this.tokens.origin);
    this.problem = undefined;
    this.#entryAt = this.#at;
    this.#entryLine = this.#line;
    this.#firstLineAt = this.#at;
    this.firstLine = this.#line;
    this.isOwnerOmitted = KIND[this.#window[this.#at]] === BLANK;
  }

  /** The hot loop. Longer than a rule would have it: every call in it is paid per token. */
  #scanEntry(): typeof ENTRY | typeof MORE {
    this.#begin();
    const window = this.#window;
    const { tokens } = this;
    let at = this.#at;
    let line = this.#line;
    let depth = 0;
    let openAt = 0;
    for (;;) {
      switch (KIND[window[at]]) {
        case PLAIN:
        case ESCAPE: {
          const start = at;
          at = this.#scanPlain(at);
          if (at === CUT_OFF) return MORE;
          tokens.push(start, at, false);
          break;
        }
        case BLANK:
          at += 1;
          break;
        case NEWLINE:
          if (at >= this.#end) {
            if (!this.#isLast) return MORE;
            if (depth > 0) this.#flag("'(' is never closed", openAt);
            depth = 0;
          }
          line += 1;
          at += 1;
          if (depth > 0) {
            if (tokens.count === 0) {
              this.firstLine = line;
              this.#firstLineAt = at;
            }
            break;
          }
          this.#at = Math.min(at, this.#end);
          this.#line = line;
          return ENTRY;
        case QUOTE: {
          const start = at + 1;
          at = this.#scanQuoted(start);
          if (at === CUT_OFF) return MORE;
          tokens.push(start, at, true);
          if (KIND[window[at]] === QUOTE) at += 1;
          break;
        }
        case COMMENT:
          at = window.indexOf(LF, at);
          break;
        case OPEN:
          if (depth === 0) openAt = at;
          depth += 1;
          at += 1;
          break;
        default:
          if (depth > 0) depth -= 1;
          else this.#flag("')' without a '(' before it", at);
          at += 1;
      }
    }
  }

  /** @returns the offset behind an unquoted token that begins at `start`, or CUT_OFF */
  #scanPlain(start: number): number {
    const window = this.#window;
    let at = start;
    for (;;) {
      while (KIND[window[at]] === PLAIN) at += 1;
      if (KIND[window[at]] !== ESCAPE) return at;
      if (window[at + 1] === LF) {
        if (at + 1 >= this.#end && !this.#isLast) return CUT_OFF;
        this.#flag('a backslash at the end of the line escapes nothing', at);
        return at + 1;
      }
      at += 2;
    }
  }

  /** @returns the offset of the closing quote, of the newline where it is missing, or CUT_OFF */
  #scanQuoted(start: number): number {
    const window = this.#window;
    let at = start;
    for (;;) {
      const kind = KIND[window[at]];
      if (kind === QUOTE) return at;
      if (kind === NEWLINE) {
        if (at >= this.#end && !this.#isLast) return CUT_OFF;
        this.#flag('the quoted string is not closed on its line', start - 1);
        return at;
      }
      at += kind === ESCAPE && window[at + 1] !== LF ? 2 : 1;
    }
  }

  /** Keeps the first problem of the entry. */
  #flag(problem: string, at: number): void {
    if (this.problem !== undefined) return;
    this.problem = problem;
    this.problemAt = at;
  }
}
