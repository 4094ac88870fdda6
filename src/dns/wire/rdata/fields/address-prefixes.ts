/**
 * The list of APL (RFC 3123 section 4 and 5): `[!]family:address/prefix`, any number of times. On
 * the wire an address ends with its last octet that is not zero.
 *
 *     | family (16) | prefix (8) | negation (1) and length (7) | address (length octets) |
 *
 * Families 1 and 2 are IPv4 and IPv6. Others have no text.
 */
import { readU16 } from '#dns/wire/header.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import { formatIpv4, formatIpv6, parseIpv4Into, parseIpv6Into } from '../address-text.ts';
import type { RdataWriter } from '../rdata-writer.ts';
import type { Tokens } from '../tokens.ts';
import { copyOctets, type Field } from './field.ts';

interface AddressFamily {
  /** Octets of an address. */
  size: number;
  parseInto: typeof parseIpv4Into;
  format: typeof formatIpv4;
}

const FAMILIES: readonly (AddressFamily | undefined)[] = [
  undefined,
  { size: 4, parseInto: parseIpv4Into, format: formatIpv4 },
  { size: 16, parseInto: parseIpv6Into, format: formatIpv6 },
];

const HEADER_SIZE = 4;
const LENGTH_MASK = 0x7f;
const NEGATION = 0x80;

export const addressPrefixes: Field = {
  parse(tokens, out) {
    while (!tokens.atEnd) writeItem(tokens, tokens.take('an address prefix'), out);
  },
  format: (rdata, at) =>
    itemOffsets(rdata, at)
      .map((itemAt) => formatItem(rdata, itemAt))
      .join(' '),
  read(message, at, end, out) {
    let next = at;
    while (next < end) next = checkItem(message, next, end);
    return copyOctets(message, at, end - at, end, out, 'an address prefix');
  },
  size: (rdata, at) => rdata.length - at,
};

/** True if every item of valid RDATA is of a family that has a text form. */
export function hasOnlyKnownFamilies(rdata: Uint8Array): boolean {
  return itemOffsets(rdata, 0).every((at) => FAMILIES[readU16(rdata, at)] !== undefined);
}

function itemOffsets(rdata: Uint8Array, at: number): number[] {
  const offsets: number[] = [];
  let next = at;
  while (next < rdata.length) {
    offsets.push(next);
    next += HEADER_SIZE + (rdata[next + 3] & LENGTH_MASK);
  }
  return offsets;
}

function writeItem(tokens: Tokens, index: number, out: RdataWriter): void {
  const match = /^(!?)([12]):([^/]+)\/(\d{1,3})$/.exec(tokens.text(index));
  const family = FAMILIES[Number(match?.[2] ?? 0)];
  if (match === null || family === undefined) {
    return tokens.fail('expected an address prefix like 1:192.0.2.0/24 or !2:2001:db8::/32', index);
  }
  const address = new Uint8Array(family.size);
  const text = Buffer.from(match[3], 'latin1');
  const prefix = Number(match[4]);
  if (!family.parseInto(text, 0, text.length, address, 0) || prefix > family.size * 8) {
    return tokens.fail('expected an address prefix of its family', index);
  }
  let size = family.size;
  while (size > 0 && address[size - 1] === 0) size -= 1;
  out.u16(Number(match[2]));
  out.u8(prefix);
  out.u8(size | (match[1] === '!' ? NEGATION : 0));
  return out.range(address, 0, size);
}

/** `at` begins an item of a known family. */
function formatItem(rdata: Uint8Array, at: number): string {
  const familyNumber = readU16(rdata, at);
  const address = new Uint8Array(16);
  const addressAt = at + HEADER_SIZE;
  address.set(rdata.subarray(addressAt, addressAt + (rdata[at + 3] & LENGTH_MASK)));
  const text = FAMILIES[familyNumber]?.format(address, 0) ?? '';
  const sign = (rdata[at + 3] & NEGATION) === 0 ? '' : '!';
  return `${sign}${familyNumber}:${text}/${rdata[at + 2]}`;
}

/** @returns the offset behind the item @throws WireError WIRE_RDATA */
function checkItem(octets: Uint8Array, at: number, end: number): number {
  const next = at + HEADER_SIZE + (at + 3 < end ? octets[at + 3] & LENGTH_MASK : 0);
  if (next > end) throw new WireError('WIRE_RDATA', 'an address prefix is cut off');
  const family = FAMILIES[readU16(octets, at)];
  const size = next - at - HEADER_SIZE;
  const isTooLong =
    family !== undefined && (size > family.size || octets[at + 2] > family.size * 8);
  if (isTooLong || (size > 0 && octets[next - 1] === 0)) {
    throw new WireError('WIRE_RDATA', 'an address prefix that is too long or ends in a zero octet');
  }
  return next;
}
