/**
 * SOA serial numbers (RFC 1982): 32-bit numbers on a circle. A serial is newer than another when
 * it lies less than half the circle ahead of it. At exactly half the RFC leaves the order open:
 * here neither is newer, so nobody transfers a zone on a guess.
 */

export type SerialStyle = 'DEFAULT' | 'INCREASE' | 'EPOCH';

const HALF = 0x8000_0000;

/**
 * Positive when `a` is newer than `b`, 0 when equal, else negative (also, in both directions, when
 * they are exactly half the circle apart).
 */
export function compareSerials(a: number, b: number): number {
  const ahead = (a - b) >>> 0;
  if (ahead === 0) return 0;
  return ahead < HALF ? 1 : -1;
}

/** Serial addition (RFC 1982 section 3.1); `count` at most 2^31 - 1. */
export function addToSerial(serial: number, count: number): number {
  return (serial + count) >>> 0;
}

/**
 * The serial of the version after `old`, always newer than it and never 0 (which several servers
 * read as "unset").
 * - `DEFAULT`: the day in UTC as YYYYMMDD01, or old + 1 where that is not newer
 * - `INCREASE`: old + 1
 * - `EPOCH`: seconds since 1970, or old + 1 where that is not newer
 * @param nowMs wall clock, Unix milliseconds
 */
export function nextSerial(style: SerialStyle, old: number, nowMs: number): number {
  const increased = addToSerial(old, 1) || 1;
  if (style === 'INCREASE') return increased;
  const wanted = style === 'EPOCH' ? Math.floor(nowMs / 1000) >>> 0 : dateSerial(nowMs);
  return compareSerials(wanted, old) > 0 ? wanted : increased;
}

function dateSerial(nowMs: number): number {
  const day = new Date(nowMs);
  const month = day.getUTCMonth() + 1;
  return day.getUTCFullYear() * 1_000_000 + month * 10_000 + day.getUTCDate() * 100 + 1;
}
