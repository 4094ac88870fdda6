/**
 * The lines that begin with a dollar sign: `$ORIGIN`, `$TTL` (RFC 2308 section 4), `$INCLUDE` and
 * `$GENERATE`. The first two are done on the spot; the others are handed back, because they take
 * input and time.
 */
import { type FilePlace } from '#base/coded-error.ts';
import { type Name, NameError, parseNameBytes } from '#dns/wire/name.ts';
import type { EntryTokenizer } from './entry-tokenizer.ts';
import {
  GenerateError,
  generateCount,
  parseGenerateRange,
  parseGenerateTemplate,
} from './generate.ts';
import type { GenerateJob } from './generate-run.ts';
import { type RecordReader, shorten } from './record-reader.ts';
import type { ZonefileReport } from './zonefile-report.ts';

export type Directive =
  | { kind: 'done' }
  | { kind: 'include'; path: string; origin: Name; place: FilePlace }
  | { kind: 'generate'; job: GenerateJob };

const DONE: Directive = { kind: 'done' };
const KNOWN = '$ORIGIN, $TTL, $INCLUDE or $GENERATE';

export class DirectiveReader {
  readonly #reader: RecordReader;
  readonly #report: ZonefileReport;
  /** Records that `$GENERATE` may still make in this reading. */
  #generateLeft: number;
  readonly #generateCountMax: number;

  constructor(
    reader: RecordReader,
    report: ZonefileReport,
    limits: { generateCountMax: number; generateTotalMax: number },
  ) {
    this.#reader = reader;
    this.#report = report;
    this.#generateCountMax = limits.generateCountMax;
    this.#generateLeft = limits.generateTotalMax;
  }

  /** Reads an entry whose first token begins with `$`; mistakes go to the report. */
  read(entry: EntryTokenizer): Directive {
    const name = entry.tokens.text(0).toUpperCase();
    switch (name) {
      case '$ORIGIN':
        return this.#readOrigin(entry);
      case '$TTL':
        return this.#readTtl(entry);
      case '$INCLUDE':
        return this.#readInclude(entry);
      case '$GENERATE':
        return this.#readGenerate(entry);
      default:
        return this.#fail(entry, 0, `expected ${KNOWN}, found '${shorten(name)}'`);
    }
  }

  #readOrigin(entry: EntryTokenizer): Directive {
    if (!this.#hasCount(entry, 2, 2, 'one domain name behind $ORIGIN')) return DONE;
    const origin = this.#readName(entry, 1);
    if (origin !== undefined) this.#reader.origin = origin;
    return DONE;
  }

  #readTtl(entry: EntryTokenizer): Directive {
    if (!this.#hasCount(entry, 2, 2, 'one TTL behind $TTL')) return DONE;
    const ttl = this.#reader.readTtl(entry, 1);
    if (ttl !== undefined) this.#reader.setDefaultTtl(ttl);
    return DONE;
  }

  #readInclude(entry: EntryTokenizer): Directive {
    if (!this.#hasCount(entry, 2, 3, 'a file name, and at most an origin, behind $INCLUDE')) {
      return DONE;
    }
    const { tokens } = entry;
    const origin = tokens.count === 3 ? this.#readName(entry, 2) : this.#reader.origin;
    if (origin === undefined) return DONE;
    const path = Buffer.from(tokens.octets(1)).toString('utf8').replace(/\\(.)/g, '$1');
    return { kind: 'include', path, origin, place: entry.place(tokens.starts[1]) };
  }

  #readGenerate(entry: EntryTokenizer): Directive {
    const { tokens } = entry;
    const isShort = tokens.count < 5;
    if (isShort) {
      return this.#fail(
        entry,
        tokens.count,
        'expected $GENERATE range owner [ttl] [class] type rdata',
      );
    }
    if (!this.#reader.readHead(entry, 3)) return DONE;
    const rdataFrom = tokens.position;
    if (tokens.atEnd) return this.#fail(entry, tokens.count, 'expected RDATA behind the type');
    try {
      const range = parseGenerateRange(tokens.text(1));
      const job = {
        range,
        owner: parseGenerateTemplate(tokens.text(2)),
        head: joinTokens(entry, 3, rdataFrom),
        rdata: parseGenerateTemplate(rdataText(entry, rdataFrom)),
        place: entry.place(tokens.starts[0]),
      };
      return this.#isWithinLimits(entry, generateCount(range)) ? { kind: 'generate', job } : DONE;
    } catch (error) {
      if (!(error instanceof GenerateError)) throw error;
      this.#report.error('ZONEFILE_GENERATE', entry.place(tokens.starts[1]), error.message);
      return DONE;
    }
  }

  #isWithinLimits(entry: EntryTokenizer, count: number): boolean {
    const isWithin = count <= this.#generateCountMax && count <= this.#generateLeft;
    if (isWithin) this.#generateLeft -= count;
    else {
      const message =
        `$GENERATE would make ${count} records, the limit is ${this.#generateCountMax} ` +
        `a directive, ${this.#generateLeft} left for the file`;
      this.#report.error('ZONEFILE_LIMIT', entry.place(entry.tokens.starts[1]), message);
    }
    return isWithin;
  }

  #readName(entry: EntryTokenizer, index: number): Name | undefined {
    const octets = entry.tokens.octets(index);
    try {
      const isOrigin = octets.length === 1 && octets[0] === AT;
      return isOrigin ? this.#reader.origin : parseNameBytes(octets, this.#reader.origin);
    } catch (error) {
      if (!(error instanceof NameError)) throw error;
      this.#fail(entry, index, `expected a domain name: ${error.message}`);
      return undefined;
    }
  }

  #hasCount(entry: EntryTokenizer, min: number, max: number, expected: string): boolean {
    const { tokens } = entry;
    if (tokens.count < min) {
      this.#fail(entry, tokens.count, `expected ${expected}, found the end of the line`);
    } else if (tokens.count > max) {
      this.#fail(entry, max, `expected ${expected}, found '${shorten(tokens.text(max))}' as well`);
    }
    return tokens.count >= min && tokens.count <= max;
  }

  #fail(entry: EntryTokenizer, index: number, message: string): Directive {
    const { tokens } = entry;
    const isBehind = index >= tokens.count;
    const offset = isBehind ? tokens.ends[tokens.count - 1] : tokens.starts[index];
    this.#report.error('ZONEFILE_DIRECTIVE', entry.place(offset), message);
    return DONE;
  }
}

const AT = 0x40;

/** One quoted token is what is inside its quotes, as in BIND: `MX "10 mail$"`. */
function rdataText(entry: EntryTokenizer, from: number): string {
  const { tokens } = entry;
  return tokens.count === from + 1 ? tokens.text(from) : joinTokens(entry, from, tokens.count);
}

function joinTokens({ tokens }: EntryTokenizer, from: number, to: number): string {
  const texts: string[] = [];
  for (let index = from; index < to; index++) {
    texts.push(tokens.quoted[index] ? `"${tokens.text(index)}"` : tokens.text(index));
  }
  return texts.join(' ');
}
