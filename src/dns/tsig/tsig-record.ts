/**
 * The TSIG record (RFC 8945 section 4.2), which signs the message that it ends:
 *
 *     owner   the key's name        class ANY        TTL 0
 *     RDATA   algorithm | time signed 6 | fudge 2 | MAC size 2 | MAC | original id 2 | error 2 |
 *             other size 2 | other
 *
 * It is found, cut off and added on octets: the MAC covers those of the message as they are, so a
 * message that was read and written again could not be verified. Finding it steps over every record
 * once and follows no pointer but that of the key's name.
 */
import { concatBytes } from '#base/bytes.ts';
import { HEADER_SIZE, MESSAGE_SIZE_MAX, readHeader, readU16, readU32 } from '#dns/wire/header.ts';
import type { Name } from '#dns/wire/name.ts';
import { readName } from '#dns/wire/name-wire.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_ANY } from '#dns/wire/record.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import { TsigError } from './tsig-error.ts';

/** Seconds that clocks may be apart (RFC 8945 section 10). */
export const FUDGE_DEFAULT = 300;

/** IANA: TSIG errors share the registry of rcodes, but for 16, which is BADVERS there. */
export const TSIG_BADSIG = 16;

const ADDITIONAL_COUNT_AT = 10;
/** Type, class, TTL and length of a record. */
const FIXED_SIZE = 10;
/** RDATA without algorithm, MAC and other data. */
const RDATA_FIXED_SIZE = 16;

export interface TsigRecord {
  /** The key's name, in the case that it came in. */
  owner: Name;
  /** In the case that it came in. */
  algorithm: Name;
  /** Unix time, seconds, 48 bits. */
  timeSigned: number;
  /** Seconds that the receiver's clock may be apart from it. */
  fudge: number;
  mac: Uint8Array;
  /** The id that the message was signed with; a forwarder may have changed the header's. */
  originalId: number;
  /** RCODE.BADKEY and the like; 16 is BADSIG here. */
  error: number;
  /** The server's time in a BADTIME reply, six octets. */
  other: Uint8Array;
}

export interface FoundTsig extends TsigRecord {
  /** Where in the message the record begins, which is where the signed part ends. */
  at: number;
}

/**
 * The TSIG record of a message, or `undefined` when it has none.
 * @throws TsigError TSIG_FORMERR when it is malformed, misplaced or not the only one, or when the
 *   message cannot be stepped through
 */
export function findTsig(message: Uint8Array): FoundTsig | undefined {
  try {
    return findRecord(message);
  } catch (error) {
    if (error instanceof WireError) throw new TsigError('TSIG_FORMERR', error.message);
    throw error;
  }
}

function findRecord(message: Uint8Array): FoundTsig | undefined {
  const header = readHeader(message);
  let at = HEADER_SIZE;
  for (let left = header.questionCount; left > 0; left--) at = behindFixed(message, at, 4);
  const { answerCount, authorityCount, additionalCount } = header;
  const last = answerCount + authorityCount + additionalCount;
  for (let index = 1; index <= last; index++) {
    const fixedAt = behindFixed(message, at, FIXED_SIZE) - FIXED_SIZE;
    const rdataAt = fixedAt + FIXED_SIZE;
    const end = rdataAt + readU16(message, fixedAt + 8);
    if (end > message.length) throw malformed('the message ends inside RDATA');
    if (readU16(message, fixedAt) === TYPE.TSIG) {
      const isLast = index === last && additionalCount > 0 && end === message.length;
      if (!isLast) throw malformed('a TSIG record that is not the last of the message');
      return readTsig(message, at, fixedAt);
    }
    at = end;
  }
  return undefined;
}

/** Offset behind the name at `at` and `size` octets more. */
function behindFixed(message: Uint8Array, at: number, size: number): number {
  let next = at;
  for (;;) {
    if (next >= message.length) throw malformed('the message ends inside a name');
    const length = message[next];
    if (length >= 0xc0) {
      next += 2;
      break;
    }
    if (length > 63) throw malformed(`unknown label type at octet ${next}`);
    next += 1 + length;
    if (length === 0) break;
  }
  if (next + size > message.length) throw malformed('the message ends inside a record');
  return next + size;
}

/** The record at `at`, which ends the message and whose type stands at `fixedAt`. */
function readTsig(message: Uint8Array, at: number, fixedAt: number): FoundTsig {
  const isOfClass = readU16(message, fixedAt + 2) === CLASS_ANY;
  if (!isOfClass || readU32(message, fixedAt + 4) !== 0) {
    throw malformed('a TSIG record whose class is not ANY or whose TTL is not 0');
  }
  const rdataAt = fixedAt + FIXED_SIZE;
  const owner = readName(message, at);
  // RFC 3597 section 4: no pointers in the RDATA of a type this young.
  const timeAt = behindFixed(message, rdataAt, RDATA_FIXED_SIZE) - RDATA_FIXED_SIZE;
  const algorithm = readName(message, rdataAt);
  if (algorithm.length !== timeAt - rdataAt) throw malformed('a compressed name in TSIG');
  const macAt = timeAt + 10;
  const idAt = macAt + readU16(message, timeAt + 8);
  const otherAt = idAt + 6;
  const isWhole =
    otherAt <= message.length && otherAt + readU16(message, idAt + 4) === message.length;
  if (!isWhole) throw malformed('a TSIG record whose sizes do not add up');
  return {
    at,
    owner,
    algorithm,
    timeSigned: readU16(message, timeAt) * 0x1_0000_0000 + readU32(message, timeAt + 2),
    fudge: readU16(message, timeAt + 6),
    mac: Uint8Array.from(message.subarray(macAt, idAt)),
    originalId: readU16(message, idAt),
    error: readU16(message, idAt + 2),
    other: Uint8Array.from(message.subarray(otherAt)),
  };
}

/** A copy of the message without the record that ends it; its id stays as it came. */
export function cutTsig(message: Uint8Array, at: number): Uint8Array {
  const cut = Uint8Array.from(message.subarray(0, at));
  writeU16(cut, ADDITIONAL_COUNT_AT, readU16(message, ADDITIONAL_COUNT_AT) - 1);
  return cut;
}

/**
 * A copy of the message with the record behind it, its names uncompressed.
 * @throws WireError WIRE_TOO_LONG when both are more than a message may be
 */
export function appendTsig(message: Uint8Array, record: TsigRecord): Uint8Array {
  const { owner, algorithm, mac, other } = record;
  const fixed = new Uint8Array(FIXED_SIZE);
  writeU16(fixed, 0, TYPE.TSIG);
  writeU16(fixed, 2, CLASS_ANY);
  writeU16(fixed, 8, algorithm.length + RDATA_FIXED_SIZE + mac.length + other.length);
  const macSize = new Uint8Array(2);
  writeU16(macSize, 0, mac.length);
  const behindMac = new Uint8Array(6);
  writeU16(behindMac, 0, record.originalId);
  writeU16(behindMac, 2, record.error);
  writeU16(behindMac, 4, other.length);
  const timers = writeTimers(record);
  const signed = concatBytes([
    message,
    owner,
    fixed,
    algorithm,
    timers,
    macSize,
    mac,
    behindMac,
    other,
  ]);
  if (signed.length > MESSAGE_SIZE_MAX) {
    throw new WireError('WIRE_TOO_LONG', `${message.length} octets leave no room for a TSIG`);
  }
  writeU16(signed, ADDITIONAL_COUNT_AT, readU16(message, ADDITIONAL_COUNT_AT) + 1);
  return signed;
}

/** Octets that `appendTsig` adds. */
export function tsigSize(owner: Name, algorithm: Name, macSize: number): number {
  return owner.length + FIXED_SIZE + algorithm.length + RDATA_FIXED_SIZE + macSize;
}

/** Time signed and fudge, as they stand in the record and in the digest. */
export function writeTimers({ timeSigned, fudge }: TsigRecord): Uint8Array {
  const timers = new Uint8Array(8);
  timers.set(writeTime(timeSigned));
  writeU16(timers, 6, fudge);
  return timers;
}

/** 48 bits of seconds. */
export function writeTime(seconds: number): Uint8Array {
  const time = new Uint8Array(6);
  writeU16(time, 0, Math.floor(seconds / 0x1_0000_0000));
  writeU16(time, 2, Math.floor(seconds / 0x1_0000));
  writeU16(time, 4, seconds);
  return time;
}

/** Two octets, network order; higher bits of the value are left out. */
export function writeU16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 8;
  octets[at + 1] = value;
}

function malformed(message: string): TsigError {
  return new TsigError('TSIG_FORMERR', message);
}
