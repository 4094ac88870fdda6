/**
 * One file of the mirror: records one after the other, named after the number of its first. The
 * last record of a file may be torn by a crash; that a file was begun anew behind a torn one, or
 * after a time in which nothing could be mirrored, shows in the numbers.
 */
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '#base/coded-error.ts';
import { readAt } from '#base/read-at.ts';
import { parseHead, RECORD_HEAD_SIZE, recordChecksum } from './mirror-record.ts';

const NAME_DIGITS = 16;
const NAME_PATTERN = /^(\d{16})\.mirror$/;
/** Where what the checksum covers begins in a record: at its number. */
const CHECKED_AT = 8;
/** Batches that damage may have taken; what claims a higher number is no record. */
const SKIPPED_MAX = 1_000_000;
/** Octets that are read together; a larger record is read by itself. */
const WINDOW_OCTETS = 1 << 20;

/** A batch as the mirror has it. */
export interface MirroredBatch {
  readonly number: number;
  /** When it was given to the store, Unix milliseconds. */
  readonly atMs: number;
  readonly checksum: number;
  /** For `parseWrites`. */
  readonly body: Buffer;
  /** Octets up to the end of this record, of the file or of what it was read from. */
  readonly end: number;
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

/**
 * The batches of a file, up to the first record that is not whole. A window of the file is in
 * memory at a time, which lives as long as a body in it. @throws an error of the system
 */
export async function* readSegment(folder: string, first: number): AsyncGenerator<MirroredBatch> {
  const file = await open(segmentPath(folder, first), 'r');
  try {
    const { size } = await file.stat();
    let window: Buffer = Buffer.alloc(0);
    let windowAt = 0;
    for (let at = 0; ; ) {
      const rest = window.subarray(at - windowAt);
      const isHeadThere = rest.length >= RECORD_HEAD_SIZE;
      const needed = RECORD_HEAD_SIZE + (isHeadThere ? parseHead(rest).size : 0);
      if (at + needed > size) return;
      if (rest.length < needed) {
        window = await readAt(file, at, Math.min(size - at, Math.max(needed, WINDOW_OCTETS)));
        windowAt = at;
        if (window.length < needed) return;
        continue;
      }
      const batch = readRecord(rest, 0);
      if (batch === undefined) return;
      at += batch.end;
      yield { ...batch, end: at };
    }
  } finally {
    await file.close();
  }
}

/** The last whole batch of a file that is not after `last`, without its body. */
export async function findEnd(
  folder: string,
  first: number,
  last = Number.POSITIVE_INFINITY,
): Promise<Omit<MirroredBatch, 'body'> | undefined> {
  let found: Omit<MirroredBatch, 'body'> | undefined;
  for await (const { body: _, ...batch } of readSegment(folder, first)) {
    if (batch.number <= last) found = batch;
  }
  return found;
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
    try {
      for await (const batch of readSegment(folder, first)) {
        if (batch.number > number) yield batch;
      }
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
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
  const end = (await findEnd(folder, newest))?.end ?? 0;
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
