/**
 * Brings a store that was restored from a backup on to where the mirror of the lost store ends: a
 * backup is one moment of the batches that the mirror has, and says which by its position row.
 *
 *     backup      ... 41 [42]
 *     mirror            40 41 42 43 44 45 ... 97     43 to 97 are made again, in their order
 *                              ^ the same checksum, or it is the mirror of another store
 *
 * It ends where the numbers do not go on: a batch that was never mirrored, or a record that is
 * damaged. A torn end of the newest file is what a killed process leaves, and no damage. The files
 * are only read. Writes of `writeBulk` are in no mirror: whoever makes such has to look after them.
 */
import { formatInstant } from '#base/clock.ts';
import { fileReason } from '#base/coded-error.ts';
import type { KeyValueStore, Write } from '../key-value-store.ts';
import { findLastUntil } from '../mirror/mirror-moment.ts';
import { positionWrite, readPosition } from '../mirror/mirror-position.ts';
import { parseWrites } from '../mirror/mirror-record.ts';
import {
  findBehindDamage,
  listSegments,
  type MirroredBatch,
  readBatches,
} from '../mirror/mirror-segment.ts';
import { BackupError } from './backup-error.ts';

export interface ApplyOptions {
  /** Folder of the mirror. */
  readonly folder: string;
  /** Batches behind the last that is not later are left out, Unix milliseconds. Default: none. */
  readonly untilMs?: number;
  /**
   * Sees each batch before it is written. What it returns is run when all batches before are
   * written, with the store.
   */
  readonly before?: (
    writes: readonly Write[],
  ) => ((store: KeyValueStore) => Promise<void>) | undefined;
}

export interface AppliedMirror {
  /** How many batches were made again. */
  readonly batches: number;
  /** When the newest batch was that the store has now, Unix milliseconds. */
  readonly reachedMs: number;
  /** Why later batches of the mirror are not there; absent: all that it has are. */
  readonly stopped?: string;
}

/** Octets of keys and values that are written together. */
const OCTETS_TOGETHER = 1 << 20;

/**
 * @param store nobody else's, as a backup had it; written in bulk, so a `write` must follow
 * @throws BackupError RESTORE_MIRROR, and nothing is written, when the mirror does not lead on from
 *   what the store has
 */
export async function applyMirror(
  store: KeyValueStore,
  { folder, untilMs, before }: ApplyOptions,
): Promise<AppliedMirror> {
  const { number, checksum } = await readPosition(store);
  await using batches = readBatches(folder, number - 1);
  const first = await readFirst(folder, batches);
  if (first?.number !== number || first.checksum !== checksum) {
    throw await unfit(folder, number, first);
  }
  const last = await findLast(folder, number, untilMs);
  let reached = first;
  let stopped: string | undefined;
  let together: Write[] = [];
  let octets = 0;
  const flush = async (): Promise<void> => {
    const writes = [...together, positionWrite(reached.number, reached.checksum)];
    together = [];
    octets = 0;
    await store.writeBulk(writes);
  };
  for await (const batch of batches) {
    stopped = whyNot(batch, reached.number, last);
    if (stopped !== undefined) break;
    const writes = parseWrites(batch.body);
    const work = before?.(writes);
    if (work !== undefined) {
      await flush();
      await work(store);
    }
    for (const write of writes) together.push(write);
    octets += batch.body.length;
    reached = batch;
    if (octets >= OCTETS_TOGETHER) await flush();
  }
  await flush();
  if (stopped === undefined) {
    const behind = await findBehindDamage(folder, reached.number);
    if (behind !== undefined) stopped = lacking(reached.number, behind);
  }
  const reachedMs = reached.atMs;
  return { batches: reached.number - number, reachedMs, ...(stopped !== undefined && { stopped }) };
}

async function readFirst(
  folder: string,
  batches: AsyncGenerator<MirroredBatch>,
): Promise<MirroredBatch | undefined> {
  try {
    const { value, done } = await batches.next();
    return done === true ? undefined : value;
  } catch (error) {
    throw refusal(`${folder} cannot be read: ${fileReason(error)}`, error);
  }
}

/** Number of the last batch that is wanted, of those that follow on the store's without a gap. */
async function findLast(
  folder: string,
  number: number,
  untilMs: number | undefined,
): Promise<number> {
  if (untilMs === undefined) return Number.POSITIVE_INFINITY;
  return findLastUntil(readFollowing(folder, number), untilMs);
}

async function* readFollowing(folder: string, number: number): AsyncGenerator<MirroredBatch> {
  let reached = number;
  for await (const batch of readBatches(folder, number)) {
    reached++;
    if (batch.number !== reached) return;
    yield batch;
  }
}

/**
 * Why a batch is not made again; `undefined`: it is the next one.
 * @param last number of the last one that is wanted
 */
function whyNot(batch: MirroredBatch, reached: number, last: number): string | undefined {
  if (batch.number <= reached) return `batch ${batch.number} is there twice`;
  if (batch.number > reached + 1) return lacking(reached, batch);
  return batch.number > last ? `the next is of ${formatInstant(batch.atMs)}` : undefined;
}

function lacking(reached: number, { number, atMs }: MirroredBatch): string {
  const missing =
    number === reached + 2 ? `batch ${reached + 1}` : `batches ${reached + 1} to ${number - 1}`;
  return `${missing} cannot be read or never came there; the next is of ${formatInstant(atMs)}`;
}

/** @param first the batch of the store's number or the first one after it */
async function unfit(
  folder: string,
  number: number,
  first: MirroredBatch | undefined,
): Promise<BackupError> {
  if ((await listSegments(folder)).length === 0) {
    return refusal(`${folder} holds no mirror: name the folder with the .mirror files`);
  }
  if (number === 0) return refusal('the backup was made without a mirror');
  if (first === undefined) return refusal(`${folder} ends before the backup (batch ${number})`);
  if (first.number === number) return refusal(`${folder} is not the mirror of the backup's store`);
  return refusal(
    `${folder} begins with batch ${first.number}, after the backup (batch ${number}): take a ` +
      'later backup, by --id or from another location',
  );
}

function refusal(why: string, cause?: unknown): BackupError {
  return new BackupError(
    'RESTORE_MIRROR',
    `${why}; nothing was restored; without --mirror the backup alone is`,
    { cause },
  );
}
