/**
 * The start of authority (RFC 1035 section 3.3.13) as fields: two names and five 32-bit numbers,
 * which are always the last 20 octets of the RDATA.
 */
import { assert } from '#base/assert.ts';
import { readU32 } from '#dns/wire/header.ts';
import type { Name } from '#dns/wire/name.ts';

export interface Soa {
  /** The primary name server (MNAME). */
  primary: Name;
  /** The mailbox of who is responsible (RNAME). */
  mailbox: Name;
  serial: number;
  /** Seconds. */
  refresh: number;
  /** Seconds. */
  retry: number;
  /** Seconds. */
  expire: number;
  /** Seconds that a negative answer lasts, at most (RFC 2308 section 4). */
  minimum: number;
}

const NUMBERS_SIZE = 20;

/** @param rdata valid SOA RDATA, uncompressed; the names are views into it */
export function readSoa(rdata: Uint8Array): Soa {
  const numbersAt = rdata.length - NUMBERS_SIZE;
  const mailboxAt = nameEnd(rdata, 0);
  assert(nameEnd(rdata, mailboxAt) === numbersAt, 'SOA RDATA is two names and five numbers');
  return {
    primary: rdata.subarray(0, mailboxAt),
    mailbox: rdata.subarray(mailboxAt, numbersAt),
    serial: readU32(rdata, numbersAt),
    refresh: readU32(rdata, numbersAt + 4),
    retry: readU32(rdata, numbersAt + 8),
    expire: readU32(rdata, numbersAt + 12),
    minimum: readU32(rdata, numbersAt + 16),
  };
}

/** The inverse of `readSoa`, in fresh memory. */
export function writeSoa(soa: Soa): Uint8Array {
  const numbersAt = soa.primary.length + soa.mailbox.length;
  const rdata = new Uint8Array(numbersAt + NUMBERS_SIZE);
  rdata.set(soa.primary);
  rdata.set(soa.mailbox, soa.primary.length);
  writeU32(rdata, numbersAt, soa.serial);
  writeU32(rdata, numbersAt + 4, soa.refresh);
  writeU32(rdata, numbersAt + 8, soa.retry);
  writeU32(rdata, numbersAt + 12, soa.expire);
  writeU32(rdata, numbersAt + 16, soa.minimum);
  return rdata;
}

/** The serial alone, without looking at the names. */
export function soaSerial(rdata: Uint8Array): number {
  return readU32(rdata, rdata.length - NUMBERS_SIZE);
}

/** A copy of SOA RDATA with another serial. */
export function replaceSoaSerial(rdata: Uint8Array, serial: number): Uint8Array {
  // Not `slice`: that of a Buffer is no copy.
  const copy = new Uint8Array(rdata);
  writeU32(copy, copy.length - NUMBERS_SIZE, serial);
  return copy;
}

function nameEnd(rdata: Uint8Array, at: number): number {
  let end = at;
  while (rdata[end] !== 0) end += 1 + rdata[end];
  return end + 1;
}

function writeU32(rdata: Uint8Array, at: number, value: number): void {
  rdata[at] = value >>> 24;
  rdata[at + 1] = value >>> 16;
  rdata[at + 2] = value >>> 8;
  rdata[at + 3] = value;
}
