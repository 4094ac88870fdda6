/**
 * IPv4 and IPv6 addresses in text, over octets and without strings on the way in: dotted quads
 * without leading zeros, and RFC 4291 section 2.2 in full. On the way out IPv6 is RFC 5952, with
 * the dotted form for ::ffff:0:0/96 and ::/96 as inet_ntop and the DNS tools print them.
 */

const DOT = 0x2e;
const COLON = 0x3a;

/** Writes four octets to `out`; false when `text[start..end)` is not an IPv4 address. */
export function parseIpv4Into(
  text: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  outAt: number,
): boolean {
  let part = 0;
  let value = 0;
  let digitCount = 0;
  for (let at = start; at < end; at++) {
    const octet = text[at];
    if (octet === DOT) {
      if (digitCount === 0 || part === 3) return false;
      out[outAt + part] = value;
      part += 1;
      value = 0;
      digitCount = 0;
      continue;
    }
    if (octet < 0x30 || octet > 0x39 || (digitCount > 0 && value === 0)) return false;
    value = value * 10 + octet - 0x30;
    digitCount += 1;
    if (value > 255) return false;
  }
  if (part !== 3 || digitCount === 0) return false;
  out[outAt + 3] = value;
  return true;
}

/** Writes sixteen octets to `out`; false when `text[start..end)` is not an IPv6 address. */
export function parseIpv6Into(
  text: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  outAt: number,
): boolean {
  let size = 0;
  /** How many octets stand before `::`; -1 until it was seen. */
  let gapAt = -1;
  let at = start;
  if (end - start >= 2 && text[at] === COLON && text[at + 1] === COLON) {
    gapAt = 0;
    at += 2;
  }
  while (at < end) {
    const groupAt = at;
    let value = 0;
    while (at < end && hexDigit(text[at]) >= 0) {
      value = (value << 4) | hexDigit(text[at]);
      at += 1;
    }
    if (at < end && text[at] === DOT) {
      if (size > 12 || !parseIpv4Into(text, groupAt, end, out, outAt + size)) return false;
      size += 4;
      break;
    }
    if (at === groupAt || at - groupAt > 4 || size > 14) return false;
    out[outAt + size] = value >>> 8;
    out[outAt + size + 1] = value;
    size += 2;
    if (at === end) break;
    if (text[at] !== COLON) return false;
    at += 1;
    if (at === end) return false;
    if (text[at] === COLON) {
      if (gapAt >= 0) return false;
      gapAt = size;
      at += 1;
    }
  }
  return gapAt < 0 ? size === 16 : openGap(out, outAt, gapAt, size);
}

/** Moves what stands behind `::` to the end and fills the middle with zeros. */
function openGap(out: Uint8Array, outAt: number, gapAt: number, size: number): boolean {
  if (size > 14) return false;
  const tail = size - gapAt;
  out.copyWithin(outAt + 16 - tail, outAt + gapAt, outAt + size);
  out.fill(0, outAt + gapAt, outAt + 16 - tail);
  return true;
}

/** 0-15, or -1 for an octet that is no hexadecimal digit. */
export function hexDigit(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** `192.0.2.1` for the four octets at `at`. */
export function formatIpv4(octets: Uint8Array, at: number): string {
  return `${octets[at]}.${octets[at + 1]}.${octets[at + 2]}.${octets[at + 3]}`;
}

/** `2001:db8::1` for the sixteen octets at `at`. */
export function formatIpv6(octets: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let step = 0; step < 16; step += 2) {
    groups.push((octets[at + step] << 8) | octets[at + step + 1]);
  }
  const gap = findGap(groups);
  const dotted =
    gap.at === 0 && (gap.count === 6 || (gap.count === 5 && groups[5] === 0xffff))
      ? formatIpv4(octets, at + 12)
      : undefined;
  const hex = groups.slice(0, dotted === undefined ? 8 : 6).map((group) => group.toString(16));
  if (dotted !== undefined) hex.push(dotted);
  if (gap.count < 2) return hex.join(':');
  const head = hex.slice(0, gap.at).join(':');
  const tail = hex.slice(gap.at + gap.count).join(':');
  return `${head}::${tail}`;
}

/** The first of the longest runs of zero groups. */
function findGap(groups: readonly number[]): { at: number; count: number } {
  let best = { at: -1, count: 0 };
  let at = -1;
  let count = 0;
  groups.forEach((group, index) => {
    if (group !== 0) {
      count = 0;
      return;
    }
    if (count === 0) at = index;
    count += 1;
    if (count > best.count) best = { at, count };
  });
  return best;
}
