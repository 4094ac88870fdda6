/**
 * Reads a master file (RFC 1035 section 5, RFC 2308 section 4), with BIND's `$GENERATE`, from any
 * source of octets, and hands each record to a sink as soon as it is read. Memory does not grow
 * with the file. Any octets give records, reported mistakes, or both; nothing else is thrown but
 * coded errors of the source and what the sink throws.
 *
 * Files that include each other form a stack; only its top is read. Records reach the sink before
 * a later mistake is found, so the sink must be able to throw everything away: a zone with an
 * error is refused whole.
 */
import { realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { FileError, FilePlace } from '#base/coded-error.ts';
import type { Name } from '#dns/wire/name.ts';
import { DirectiveReader } from './directive-reader.ts';
import { END, ENTRY_SIZE_MAX, EntryTokenizer, MORE } from './entry-tokenizer.ts';
import { GenerateRun } from './generate-run.ts';
import { RecordReader } from './record-reader.ts';
import type { RecordSink } from './record-sink.ts';
import { type FileWarning, ZonefileReport } from './zonefile-report.ts';
import { openZonefile, unreadableError } from './zonefile-source.ts';

export interface ZonefileOptions {
  /** What messages call the source: its path, or a word like `request`. */
  file: string;
  /** Absolute; `@`, and what completes relative names at first. */
  origin: Name;
  /** Seconds, until the file says `$TTL`. */
  defaultTtl?: number;
  /**
   * The folder that `$INCLUDE` in the source itself is relative to (in an included file: that
   * file's folder), or false to refuse `$INCLUDE`, as for text that comes over the network.
   */
  includes: string | false;
  /** Mistakes to collect before reading stops. Default 20. */
  errorsMax?: number;
  /** Records that one `$GENERATE` may make. Default 1,000,000. */
  generateCountMax?: number;
  /** Records that all of them may make. Default 5,000,000. */
  generateTotalMax?: number;
}

export interface ZonefileOutcome {
  /** Records that the sink was given. */
  recordCount: number;
  /** In order; not empty means that the zone must be refused. At most `errorsMax`. */
  errors: FileError[];
  /** Reading stopped at an error beyond `errorsMax`. */
  moreErrors: boolean;
  warnings: FileWarning[];
  moreWarnings: boolean;
  /** What was read: the source as `file` names it, then included files by absolute path. */
  files: string[];
}

const ERRORS_MAX = 20;
/** Octets of the longest byte order mark. */
const MARK_SIZE_MAX = 3;
const GENERATE_COUNT_MAX = 1_000_000;
const GENERATE_TOTAL_MAX = 5_000_000;
/** Files inside files. */
export const INCLUDE_DEPTH_MAX = 16;
/** Files in one reading, so that a few files cannot multiply without end. */
export const INCLUDE_COUNT_MAX = 10_000;
/** Records of a `$GENERATE` between two looks at the event loop: some milliseconds. */
const GENERATE_SLICE = 5_000;

/**
 * Reads the source to its end, or to one mistake more than `errorsMax`.
 * @throws ZonefileUnreadableError when the source itself fails
 */
export async function parseZonefile(
  source: AsyncIterable<Uint8Array>,
  options: ZonefileOptions,
  sink: RecordSink,
): Promise<ZonefileOutcome> {
  return new ZonefileParser(options, sink).parse(source);
}

/** A file on the stack. */
interface Frame {
  entry: EntryTokenizer;
  pieces: AsyncIterator<Uint8Array>;
  /** Resolved path where there is one, to notice a file that includes itself. */
  path: string | undefined;
  folder: string | false;
  /** Nothing was read yet. */
  isFresh: boolean;
  /** What the including file goes on with. */
  outerOrigin: Name;
  outerOwner: Name | undefined;
}

class ZonefileParser {
  readonly #report: ZonefileReport;
  readonly #reader: RecordReader;
  readonly #directives: DirectiveReader;
  readonly #options: ZonefileOptions;
  readonly #files: string[];
  readonly #stack: Frame[] = [];

  constructor(options: ZonefileOptions, sink: RecordSink) {
    this.#options = options;
    this.#files = [options.file];
    this.#report = new ZonefileReport(options.errorsMax ?? ERRORS_MAX);
    this.#reader = new RecordReader(options.origin, options.defaultTtl, this.#report, sink);
    this.#directives = new DirectiveReader(this.#reader, this.#report, {
      generateCountMax: options.generateCountMax ?? GENERATE_COUNT_MAX,
      generateTotalMax: options.generateTotalMax ?? GENERATE_TOTAL_MAX,
    });
  }

  async parse(source: AsyncIterable<Uint8Array>): Promise<ZonefileOutcome> {
    const { file, includes } = this.#options;
    this.#push(file, undefined, includes, source);
    try {
      let top = this.#stack.at(-1);
      while (top !== undefined && !this.#report.moreErrors) {
        await this.#advance(top);
        top = this.#stack.at(-1);
      }
    } finally {
      for (const frame of this.#stack) await frame.pieces.return?.();
    }
    const { errors, moreErrors, warnings, moreWarnings } = this.#report;
    const { recordCount } = this.#reader;
    return { recordCount, errors, moreErrors, warnings, moreWarnings, files: this.#files };
  }

  /** Reads what the window of the top file holds, and then whatever must be waited for. */
  async #advance(frame: Frame): Promise<void> {
    const { entry } = frame;
    if (frame.isFresh) await this.#begin(frame);
    for (;;) {
      const found = entry.next();
      if (found === MORE) return this.#feed(frame);
      if (found === END) return this.#pop(frame);
      if (entry.problem !== undefined) {
        this.#report.error('ZONEFILE_SYNTAX', entry.place(entry.problemAt), entry.problem);
      } else if (isDirective(entry)) {
        const directive = this.#directives.read(entry);
        if (directive.kind === 'include') {
          return this.#include(frame, directive.path, directive.origin, directive.place);
        }
        if (directive.kind === 'generate') {
          return runSlices(new GenerateRun(directive.job, this.#reader, this.#report));
        }
      } else this.#reader.read(entry);
      if (this.#report.moreErrors) return undefined;
    }
  }

  async #feed(frame: Frame): Promise<void> {
    const { entry } = frame;
    if (entry.unreadSize > ENTRY_SIZE_MAX) {
      entry.abandonEntry(`the record or line is longer than ${ENTRY_SIZE_MAX} octets`);
      this.#report.error('ZONEFILE_LIMIT', entry.place(entry.problemAt), entry.problem ?? '');
      return;
    }
    const piece = await this.#nextPiece(frame);
    if (piece === undefined) entry.feedEnd();
    else entry.feed(piece);
  }

  async #nextPiece(frame: Frame): Promise<Uint8Array | undefined> {
    try {
      const step = await frame.pieces.next();
      return step.done === true ? undefined : step.value;
    } catch (error) {
      throw unreadableError(frame.entry.file, error);
    }
  }

  /** Looks for a byte order mark, which would become part of the first name. */
  async #begin(frame: Frame): Promise<void> {
    const { entry } = frame;
    while (entry.unreadSize < MARK_SIZE_MAX && !entry.isEnded) await this.#feed(frame);
    frame.isFresh = false;
    if (!entry.skipByteOrderMark()) return;
    const place = { file: entry.file, line: 1, column: 1 };
    const found = 'expected text, found a byte order mark';
    const message = `${found}: save the file as ASCII or as UTF-8 without one`;
    this.#report.error('ZONEFILE_SYNTAX', place, message);
  }

  async #include(outer: Frame, name: string, origin: Name, place: FilePlace): Promise<void> {
    const refused = this.#refuseInclude(outer);
    if (refused !== undefined || outer.folder === false) {
      this.#report.error('ZONEFILE_INCLUDE', place, refused ?? '');
      return;
    }
    const named = resolve(outer.folder, name);
    try {
      // Asked for only now: most files include none, and a folder has thousands.
      this.#stack[0].path ??= await realpath(this.#options.file).catch(() => undefined);
      const path = await realpath(named);
      if (this.#stack.some((frame) => frame.path === path)) {
        const message = `expected a file that is not being read already, found ${path}`;
        this.#report.error('ZONEFILE_INCLUDE', place, message);
        return;
      }
      this.#files.push(path);
      this.#push(path, path, dirname(path), openZonefile(path));
      await this.#feed(this.#stack[this.#stack.length - 1]);
      this.#reader.origin = origin;
    } catch (error) {
      this.#dropAbove(outer);
      const { message } = unreadableError(named, error);
      this.#report.error('ZONEFILE_INCLUDE', place, `cannot be included: ${message}`);
    }
  }

  #refuseInclude(outer: Frame): string | undefined {
    if (outer.folder === false) {
      return '$INCLUDE is not allowed here: put its records into this text, or import from a file';
    }
    if (this.#stack.length > INCLUDE_DEPTH_MAX) {
      return `files include each other more than ${INCLUDE_DEPTH_MAX} deep`;
    }
    if (this.#files.length > INCLUDE_COUNT_MAX) return `more than ${INCLUDE_COUNT_MAX} files`;
    return undefined;
  }

  #dropAbove(frame: Frame): void {
    while (this.#stack.at(-1) !== frame && this.#stack.length > 0) this.#stack.pop();
  }

  #push(
    file: string,
    path: string | undefined,
    folder: string | false,
    source: AsyncIterable<Uint8Array>,
  ): void {
    this.#stack.push({
      entry: new EntryTokenizer(file),
      pieces: source[Symbol.asyncIterator](),
      path,
      folder,
      isFresh: true,
      outerOrigin: this.#reader.origin,
      outerOwner: this.#reader.owners.owner,
    });
  }

  /**
   * Origin and owner are the including file's again (RFC 1035 section 5.1). A source that was given
   * up before its end is told so, and can be closed or drained by who gave it.
   */
  async #pop(frame: Frame): Promise<void> {
    this.#stack.pop();
    this.#reader.origin = frame.outerOrigin;
    this.#reader.owners.restore(frame.outerOwner);
    await frame.pieces.return?.();
  }
}

const DOLLAR = 0x24;

function isDirective(entry: EntryTokenizer): boolean {
  const { tokens } = entry;
  return !entry.isOwnerOmitted && tokens.source[tokens.starts[0]] === DOLLAR && !tokens.quoted[0];
}

async function runSlices(run: GenerateRun): Promise<void> {
  while (!run.step(GENERATE_SLICE)) await setImmediate();
}
