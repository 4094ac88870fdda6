/**
 * One `$GENERATE` at work: `$GENERATE range owner [ttl] [class] type rdata`. It may stand for a
 * million records, so it is run in slices, and the caller gives way to others between them.
 */
import type { FilePlace } from '#base/coded-error.ts';
import { NameError } from '#dns/wire/name.ts';
import { ENTRY, EntryTokenizer } from './entry-tokenizer.ts';
import {
  expandGenerateTemplate,
  GenerateError,
  type GenerateRange,
  type GenerateTemplate,
} from './generate.ts';
import type { RecordReader } from './record-reader.ts';
import type { ZonefileReport } from './zonefile-report.ts';

export interface GenerateJob {
  range: GenerateRange;
  owner: GenerateTemplate;
  /** TTL, class and type as they stand. */
  head: string;
  rdata: GenerateTemplate;
  place: FilePlace;
}

export class GenerateRun {
  readonly #job: GenerateJob;
  readonly #reader: RecordReader;
  readonly #report: ZonefileReport;
  readonly #line: EntryTokenizer;
  #next: number;

  constructor(job: GenerateJob, reader: RecordReader, report: ZonefileReport) {
    this.#job = job;
    this.#reader = reader;
    this.#report = report;
    this.#line = new EntryTokenizer(job.place.file, job.place);
    this.#next = job.range.start;
  }

  /**
   * Makes up to `countMax` records.
   * @returns true when there is nothing left to make, also after a mistake (it would repeat)
   */
  step(countMax: number): boolean {
    const { range } = this.#job;
    for (let count = 0; count < countMax && this.#next <= range.stop; count++) {
      if (!this.#makeRecord(this.#next)) return true;
      this.#next += range.step;
    }
    return this.#next > range.stop;
  }

  #makeRecord(number: number): boolean {
    const { owner, head, rdata, place } = this.#job;
    const before = this.#report.errors.length;
    try {
      const ownerText = latin1Octets(expandGenerateTemplate(owner, number));
      const name = this.#reader.owners.read(ownerText, 0, ownerText.length, this.#reader.origin);
      const text = `${head} ${expandGenerateTemplate(rdata, number)}`;
      const line = this.#line;
      line.restart(latin1Octets(text));
      line.tokens.origin = this.#reader.origin;
      if (line.next() !== ENTRY || line.problem !== undefined) {
        this.#report.error('ZONEFILE_GENERATE', place, `${line.problem ?? 'no record'}: ${text}`);
        return false;
      }
      if (this.#reader.readHead(line, 0)) this.#reader.readRdata(line, name, place);
    } catch (error) {
      if (!(error instanceof GenerateError || error instanceof NameError)) throw error;
      this.#report.error('ZONEFILE_GENERATE', place, error.message);
      return false;
    }
    return this.#report.errors.length === before && !this.#report.moreErrors;
  }
}

function latin1Octets(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
