/**
 * One record of the mirror: a batch of writes that the store was given, as it was given it.
 *
 *     size u32 | CRC u32 | number u64 | time u64 | body: writes one after the other
 *     of body    of number, Unix ms                kind u8 | key size u16 | value size u32 |
 *                time, body                        key | value
 *                                                  (kind 0: the key was deleted, 1: it was put)
 *
 * Big-endian; the CRC is ISO 3309's. The time is read before the batch is written, so whoever was
 * told by then that a change is done finds it in a batch that is not later. A record whose CRC
 * fails is the torn end of a file or damage: nothing behind it can be trusted, because its size
 * cannot.
 */
import { crc32 } from 'node:zlib';
import { assert } from '#base/assert.ts';
import { asPlainBytes } from '#base/bytes.ts';
import type { Write } from '../key-value-store.ts';

export const RECORD_HEAD_SIZE = 24;
const WRITE_HEAD_SIZE = 7;
const KEY_SIZE_MAX = 0xffff;

const DELETE = 0;
const PUT = 1;

/** What stands in front of a body. */
export interface RecordHead {
  /** Octets of the body. */
  readonly size: number;
  readonly checksum: number;
  /** Batches are numbered from 1; a number that is skipped was not mirrored. */
  readonly number: number;
  /** When it was given to the store, Unix milliseconds; the clock may have stepped in between. */
  readonly atMs: number;
}

/** The octets of a record, and the checksum in its head. */
export function formatRecord(
  number: number,
  atMs: number,
  writes: readonly Write[],
): { octets: Buffer; checksum: number } {
  let size = 0;
  for (const { key, ...rest } of writes) {
    assert(key.length <= KEY_SIZE_MAX, 'a key that the mirror can hold');
    size += WRITE_HEAD_SIZE + key.length + ('value' in rest ? rest.value.length : 0);
  }
  const octets = Buffer.allocUnsafe(RECORD_HEAD_SIZE + size);
  octets.writeUInt32BE(size, 0);
  octets.writeBigUInt64BE(BigInt(number), 8);
  octets.writeBigUInt64BE(BigInt(atMs), 16);
  let at = RECORD_HEAD_SIZE;
  for (const write of writes) at = formatWrite(write, octets, at);
  const checksum = crc32(octets.subarray(8));
  octets.writeUInt32BE(checksum, 4);
  return { octets, checksum };
}

function formatWrite(write: Write, octets: Buffer, start: number): number {
  const value = 'value' in write ? write.value : undefined;
  octets[start] = value === undefined ? DELETE : PUT;
  octets.writeUInt16BE(write.key.length, start + 1);
  octets.writeUInt32BE(value?.length ?? 0, start + 3);
  octets.set(write.key, start + WRITE_HEAD_SIZE);
  const valueAt = start + WRITE_HEAD_SIZE + write.key.length;
  if (value !== undefined) octets.set(value, valueAt);
  return valueAt + (value?.length ?? 0);
}

export function parseHead(octets: Buffer): RecordHead {
  return {
    size: octets.readUInt32BE(0),
    checksum: octets.readUInt32BE(4),
    number: Number(octets.readBigUInt64BE(8)),
    atMs: Number(octets.readBigUInt64BE(16)),
  };
}

/** The checksum that the head of a record must have. @param octets the record from its number on */
export function recordChecksum(octets: Uint8Array): number {
  return crc32(octets);
}

/** The writes of a body whose checksum holds; views of it. */
export function parseWrites(body: Buffer): Write[] {
  const writes: Write[] = [];
  let at = 0;
  while (at < body.length) {
    const keyEnd = at + WRITE_HEAD_SIZE + body.readUInt16BE(at + 1);
    const end = keyEnd + body.readUInt32BE(at + 3);
    const key = asPlainBytes(body.subarray(at + WRITE_HEAD_SIZE, keyEnd));
    if (body[at] === DELETE) writes.push({ key, delete: true });
    else writes.push({ key, value: asPlainBytes(body.subarray(keyEnd, end)) });
    at = end;
  }
  return writes;
}
