/**
 * Unsigned numbers in network order, and what is written with them: durations with units, as SOA
 * and TTLs take them (an extension that all servers share: `1h30m`), and the times of RRSIG
 * (RFC 4034 section 3.2).
 */
import { readU16, readU32 } from '#dns/wire/header.ts';
import { copyOctets, type Field } from './field.ts';

/** One octet. `what` with its article: 'a preference'. */
export function u8(what: string): Field {
  return {
    parse: (tokens, out) => out.u8(tokens.takeNumber(what, 0xff)),
    format: (rdata, at) => String(rdata[at]),
    read: (message, at, end, out) => copyOctets(message, at, 1, end, out, what),
    size: () => 1,
  };
}

export function u16(what: string): Field {
  return {
    parse: (tokens, out) => out.u16(tokens.takeNumber(what, 0xffff)),
    format: (rdata, at) => String(readU16(rdata, at)),
    read: (message, at, end, out) => copyOctets(message, at, 2, end, out, what),
    size: () => 2,
  };
}

export function u32(what: string): Field {
  return {
    parse: (tokens, out) => out.u32(tokens.takeNumber(what, 0xffff_ffff)),
    format: (rdata, at) => String(readU32(rdata, at)),
    read: (message, at, end, out) => copyOctets(message, at, 4, end, out, what),
    size: () => 4,
  };
}

/** Seconds in 32 bits: a number, or with units on input; always a number on output. */
export function duration(what: string): Field {
  return {
    ...u32(what),
    parse(tokens, out) {
      const index = tokens.take(what);
      const seconds = parseDuration(tokens.source, tokens.starts[index], tokens.ends[index]);
      if (seconds < 0) tokens.fail(`expected ${what}, in seconds or like 1h30m`, index);
      out.u32(seconds);
    },
  };
}

/**
 * Seconds for `3600`, `1h`, `1W2D3H4M5S`: numbers with units, either case, any order, added up;
 * the last may lack one. Also the TTL column of master files.
 * @returns -1 when the octets are not a duration or exceed 32 bits
 */
export function parseDuration(source: Uint8Array, start: number, end: number): number {
  let total = 0;
  let value = 0;
  let digitCount = 0;
  let unitCount = 0;
  for (let at = start; at < end; at++) {
    const digit = source[at] - 0x30;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digitCount += 1;
      if (value > 0xffff_ffff) return -1;
      continue;
    }
    const unit = secondsOfUnit(source[at]);
    if (unit === 0 || digitCount === 0) return -1;
    total += value * unit;
    value = 0;
    digitCount = 0;
    unitCount += 1;
  }
  if (digitCount === 0 && unitCount === 0) return -1;
  total += value;
  return total > 0xffff_ffff ? -1 : total;
}

function secondsOfUnit(octet: number): number {
  switch (octet | 0x20) {
    case 0x73:
      return 1;
    case 0x6d:
      return 60;
    case 0x68:
      return 3600;
    case 0x64:
      return 86_400;
    case 0x77:
      return 604_800;
    default:
      return 0;
  }
}

/** A time of RRSIG: `YYYYMMDDHHMMSS` in UTC or seconds since 1970; printed in the long form. */
export function time(what: string): Field {
  return {
    ...u32(what),
    parse(tokens, out) {
      const index = tokens.take(what);
      const seconds = parseTime(tokens.text(index));
      if (seconds === undefined) {
        tokens.fail(`expected ${what}, as YYYYMMDDHHMMSS or in seconds since 1970`, index);
      } else out.u32(seconds);
    },
    format: (rdata, at) => formatTime(readU32(rdata, at)),
  };
}

function parseTime(text: string): number | undefined {
  if (!/^\d{1,14}$/.test(text)) return undefined;
  if (text.length <= 10) {
    const seconds = Number(text);
    return seconds <= 0xffff_ffff ? seconds : undefined;
  }
  if (text.length !== 14) return undefined;
  const iso = text.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z');
  const ms = Date.parse(iso);
  if (Number.isNaN(ms) || ms < 0 || ms > 0xffff_ffff * 1000) return undefined;
  const seconds = ms / 1000;
  return formatTime(seconds) === text ? seconds : undefined;
}

function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/[-:T]|\.\d+Z$/g, '');
}
