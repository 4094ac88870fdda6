/**
 * The part `log` of a backup: what was written since the backup before it in that location, batch
 * by batch with its time, so that rows which have no history of their own can be brought to any
 * moment in between. It comes out of the mirror, which has every synced batch, and holds of it what
 * the owner of the rows wants.
 *
 *     "HFLOG1\n\n", then records as the mirror has them (mirror-record.ts), their numbers ascending
 *
 * A batch that is missing would not be noticed later. So the mirror must have every batch from that
 * of the backup before to that of this one, both by number and checksum, or there is no such part.
 */
import { equalBytes, utf8 } from '#base/bytes.ts';
import type { Write } from '../key-value-store.ts';
import type { MirrorPosition } from '../mirror/mirror-position.ts';
import { formatRecord, parseHead, parseWrites, RECORD_HEAD_SIZE } from '../mirror/mirror-record.ts';
import { type MirroredBatch, readBatches, readRecord } from '../mirror/mirror-segment.ts';
import { damaged } from './manifest.ts';

const MAGIC = utf8('HFLOG1\n\n');
/** Of one batch; what the register writes together is far smaller. */
const BATCH_OCTETS_MAX = 64 << 20;

/** What of a write goes into the log; `undefined`: nothing. */
export type LogFilter = (write: Write) => Write | undefined;

export interface LogSource {
  readonly mirrorFolder: string;
  /** Of the backup before. */
  readonly after: MirrorPosition;
  /** Of this one. */
  readonly upTo: MirrorPosition;
  readonly filter: LogFilter;
}

/** One batch of the log. */
export interface LoggedBatch {
  readonly number: number;
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly writes: readonly Write[];
}

/** A log while it is written. */
export class LogWriter {
  /** Why the mirror has not all of it, once `octets` has failed for that. */
  gap: string | undefined;
  readonly #source: LogSource;

  constructor(source: LogSource) {
    this.#source = source;
  }

  /** @throws an error of the system, or one that `gap` tells of */
  async *octets(): AsyncGenerator<Uint8Array> {
    const { mirrorFolder, after, upTo, filter } = this.#source;
    yield MAGIC;
    let reached: number | undefined;
    for await (const batch of readBatches(mirrorFolder, after.number - 1)) {
      if (batch.number > upTo.number) break;
      this.#check(batch, reached);
      const record = reached === undefined ? undefined : filterRecord(batch, filter);
      if (record !== undefined) yield this.#demandSmall(record, batch.number);
      reached = batch.number;
    }
    if (reached !== upTo.number) throw this.#isGap(`it ends with batch ${reached ?? 0}`);
  }

  #check({ number, checksum }: MirroredBatch, reached: number | undefined): void {
    const { after, upTo } = this.#source;
    const expected = reached === undefined ? after.number : reached + 1;
    if (number !== expected) throw this.#isGap(`it has no batch ${expected}`);
    for (const position of [after, upTo]) {
      if (number === position.number && checksum !== position.checksum) {
        throw this.#isGap(`its batch ${number} is another one`);
      }
    }
  }

  #demandSmall(record: Uint8Array, number: number): Uint8Array {
    if (record.length <= RECORD_HEAD_SIZE + BATCH_OCTETS_MAX) return record;
    throw this.#isGap(`its batch ${number} is too large for a log`);
  }

  #isGap(what: string): Error {
    this.gap = `the mirror does not reach from the backup before to this one: ${what}`;
    return new Error(this.gap);
  }
}

/** `undefined` where nothing of the batch is wanted. */
function filterRecord(
  { number, atMs, body }: MirroredBatch,
  filter: LogFilter,
): Uint8Array | undefined {
  const wanted = parseWrites(body).flatMap((write) => filter(write) ?? []);
  return wanted.length === 0 ? undefined : formatRecord(number, atMs, wanted).octets;
}

/**
 * The batches of a log, in order.
 * @throws BackupError BACKUP_DAMAGED for what `LogWriter` cannot have written
 */
export async function* readLog(
  content: AsyncIterable<Uint8Array>,
  where: string,
): AsyncGenerator<LoggedBatch> {
  let waiting: Uint8Array[] = [];
  let octets = 0;
  let needed = MAGIC.length;
  let isBegun = false;
  let last = 0;
  for await (const chunk of content) {
    waiting.push(chunk);
    octets += chunk.length;
    // Put together only when that is of use: a record may come in very many chunks.
    if (octets < needed) continue;
    let rest: Buffer = Buffer.concat(waiting);
    if (!isBegun) {
      if (!equalBytes(rest.subarray(0, MAGIC.length), MAGIC)) {
        throw damaged(where, 'its log begins otherwise');
      }
      rest = rest.subarray(MAGIC.length);
      isBegun = true;
    }
    for (needed = firstSize(rest, where); needed <= rest.length; needed = firstSize(rest, where)) {
      const record = readRecord(rest, 0);
      if (record === undefined || record.number <= last) {
        throw damaged(where, 'a batch of its log is not as it was written');
      }
      last = record.number;
      yield { number: last, atMs: record.atMs, writes: readWrites(record.body, where) };
      rest = rest.subarray(needed);
    }
    waiting = [rest];
    octets = rest.length;
  }
  if (!isBegun || octets > 0) throw damaged(where, 'its log ends early');
}

function readWrites(body: Buffer, where: string): Write[] {
  try {
    return parseWrites(body);
  } catch (error) {
    throw damaged(where, 'a batch of its log has a write that ends outside of it', error);
  }
}

/** Octets of the record that stands in front, or of its head while not all of that is there. */
function firstSize(octets: Buffer, where: string): number {
  if (octets.length < RECORD_HEAD_SIZE) return RECORD_HEAD_SIZE;
  const { size } = parseHead(octets);
  if (size > BATCH_OCTETS_MAX) throw damaged(where, 'a batch of its log has an impossible size');
  return RECORD_HEAD_SIZE + size;
}
