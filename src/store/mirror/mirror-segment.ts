/**
 * One file of the mirror: records one after the other, named after the number of its first. The
 * last record of a file may be torn by a crash; that a file was begun anew behind a torn one, or
 * after a time in which nothing could be mirrored, shows in the numbers.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '#base/coded-error.ts';
import { parseHead, RECORD_HEAD_SIZE, recordChecksum } from './mirror-record.ts';

const NAME_DIGITS = 16;
const NAME_PATTERN = /^(\d{16})\.mirror$/;
/** Where what the checksum covers begins in a record: at its number. */
const CHECKED_AT = 8;
/** Batches that damage may have taken; what claims a higher number is no record. */
const SKIPPED_MAX = 1_000_000;

/** A batch as the mirror has it. */
export interface MirroredBatch {
  readonly number: number;
  /** When it was given to the store, Unix milliseconds. */
  readonly atMs: number;
  readonly checksum: number;
  /** For `parseWrites`. */
  readonly body: Buffer;
  /** Octets of the file up to the end of this record. */
  readonly end: number;
}

/** What a file holds. */
export interface Segment {
  readonly batches: readonly MirroredBatch[];
  /** Octets up to the end of the last whole record; the file ends there if it is sound. */
  readonly end: number;
  /** Octets of the file. */
  readonly size: number;
}

export function segmentPath(folder: string, first: number): string {
  return join(folder, `${String(first).padStart(NAME_DIGITS, '0')}.mirror`);
}

/** Numbers of the first records of the files in `folder`, ascending; none for a missing folder. */
export async function listSegments(folder: string): Promise<number[]> {
  try {
    const names = await readdir(folder);
    return names
      .flatMap((name) => NAME_PATTERN.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** A file as a whole: it has the size of a segment, or that of one large batch. */
export async function readSegment(folder: string, first: number): Promise<Segment> {
  const octets = await readFile(segmentPath(folder, first));
  const batches: MirroredBatch[] = [];
  let end = 0;
  for (let batch = readRecord(octets, 0); batch !== undefined; batch = readRecord(octets, end)) {
    batches.push(batch);
    end = batch.end;
  }
  return { batches, end, size: octets.length };
}

/** The record that begins at `at`; `undefined`: none does that is whole. */
export function readRecord(octets: Buffer, at: number): MirroredBatch | undefined {
  if (at + RECORD_HEAD_SIZE > octets.length) return undefined;
  const { size, checksum, number, atMs } = parseHead(octets.subarray(at));
  const end = at + RECORD_HEAD_SIZE + size;
  if (end > octets.length) return undefined;
  if (recordChecksum(octets.subarray(at + CHECKED_AT, end)) !== checksum) return undefined;
  return { number, atMs, checksum, body: octets.subarray(at + RECORD_HEAD_SIZE, end), end };
}

/**
 * Batches after `number` in the files of `folder`, oldest first, up to the end of each that is
 * whole. Files are only read, so they may be those of a mirror that is being written; its oldest
 * may go meanwhile. @throws an error of the system
 */
export async function* readBatches(folder: string, number: number): AsyncGenerator<MirroredBatch> {
  const firsts = await listSegments(folder);
  for (const [index, first] of firsts.entries()) {
    const next = firsts[index + 1] ?? Number.POSITIVE_INFINITY;
    if (next <= number + 1) continue;
    const segment = await readSegment(folder, first).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    for (const batch of segment?.batches ?? []) if (batch.number > number) yield batch;
  }
}

/**
 * The first whole record behind one that is not, in the newest file of `folder`: the file is then
 * damaged in its middle, and not torn at its end. `undefined`: there is none.
 * @param last number of the newest batch that could be read
 */
export async function findBehindDamage(
  folder: string,
  last: number,
): Promise<MirroredBatch | undefined> {
  const newest = (await listSegments(folder)).at(-1);
  if (newest === undefined) return undefined;
  const { end } = await readSegment(folder, newest);
  const octets = await readFile(segmentPath(folder, newest));
  for (let at = end + 1; at + RECORD_HEAD_SIZE <= octets.length; at++) {
    // Cheap, for every octet: only a number that may follow is worth a checksum.
    const numberAt = at + CHECKED_AT;
    const high = octets.readUInt32BE(numberAt) * 2 ** 32;
    const skipped = high + octets.readUInt32BE(numberAt + 4) - last;
    if (skipped < 1 || skipped > SKIPPED_MAX) continue;
    const batch = readRecord(octets, at);
    if (batch !== undefined) return batch;
  }
  return undefined;
}
