/**
 * The header of a message (RFC 1035 section 4.1.1, RFC 4035 section 3.2 for AD and CD) as plain
 * numbers, which the packet path shares:
 *
 *       0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
 *     |                      ID                       |   octets 0-1
 *     |QR|   opcode  |AA|TC|RD|RA| Z|AD|CD|   rcode   |   octets 2-3, "flag word"
 *     |  QDCOUNT  ANCOUNT  NSCOUNT  ARCOUNT           |   octets 4-11, 16 bits each
 */
import { WireError } from './wire-error.ts';

export const HEADER_SIZE = 12;
/** Where ARCOUNT stands. */
export const ADDITIONAL_COUNT_AT = 10;
/** What a stream's two-octet length can say (RFC 1035 section 4.2.2). */
export const MESSAGE_SIZE_MAX = 65_535;
/** Largest UDP message without EDNS (RFC 1035 section 4.2.1). */
export const UDP_SIZE_PLAIN = 512;

export const FLAG_QR = 0x8000;
export const FLAG_AA = 0x0400;
export const FLAG_TC = 0x0200;
export const FLAG_RD = 0x0100;
export const FLAG_RA = 0x0080;
export const FLAG_Z = 0x0040;
export const FLAG_AD = 0x0020;
export const FLAG_CD = 0x0010;
/** All single-bit flags: the flag word without opcode and rcode. */
export const FLAGS_MASK =
  FLAG_QR | FLAG_AA | FLAG_TC | FLAG_RD | FLAG_RA | FLAG_Z | FLAG_AD | FLAG_CD;

export const OPCODE_SHIFT = 11;
export const OPCODE_MASK = 0x7800;
export const RCODE_MASK = 0x000f;

/** IANA: DNS OpCodes. */
export const OPCODE = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5, DSO: 6 } as const;

/** IANA: DNS RCODEs. From 16 on the high bits travel in the OPT record or in TSIG's own field. */
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  DSOTYPENI: 11,
  BADVERS: 16,
  BADKEY: 17,
  BADTIME: 18,
  BADMODE: 19,
  BADNAME: 20,
  BADALG: 21,
  BADTRUNC: 22,
  BADCOOKIE: 23,
} as const;

const RCODE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(RCODE).map(([name, value]) => [value, name]),
);
const OPCODE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(OPCODE).map(([name, value]) => [value, name]),
);

/** `NXDOMAIN`, or `RCODE3841` for one without a name. 16 is BADVERS (TSIG calls it BADSIG). */
export function formatRcode(rcode: number): string {
  return RCODE_NAMES.get(rcode) ?? `RCODE${rcode}`;
}

/** `NOTIFY`, or `OPCODE15` for one without a name. */
export function formatOpcode(opcode: number): string {
  return OPCODE_NAMES.get(opcode) ?? `OPCODE${opcode}`;
}

export interface Header {
  id: number;
  /** The `FLAG_*` bits, in place; opcode and rcode are not in it. */
  flags: number;
  opcode: number;
  /** The four bits of the header. */
  rcode: number;
  questionCount: number;
  answerCount: number;
  authorityCount: number;
  additionalCount: number;
}

/**
 * The first 12 octets: enough to answer FORMERR to a message that is otherwise unreadable.
 * @throws WireError WIRE_TRUNCATED when there are fewer
 */
export function readHeader(message: Uint8Array): Header {
  if (message.length < HEADER_SIZE) {
    throw new WireError('WIRE_TRUNCATED', `a message of ${message.length} octets has no header`);
  }
  const word = readU16(message, 2);
  return {
    id: readU16(message, 0),
    flags: word & FLAGS_MASK,
    opcode: (word & OPCODE_MASK) >>> OPCODE_SHIFT,
    rcode: word & RCODE_MASK,
    questionCount: readU16(message, 4),
    answerCount: readU16(message, 6),
    authorityCount: readU16(message, 8),
    additionalCount: readU16(message, 10),
  };
}

/** Two octets, network order. The caller has checked that they are there. */
export function readU16(octets: Uint8Array, at: number): number {
  return (octets[at] << 8) | octets[at + 1];
}

/** Writes two octets, network order. */
export function writeU16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 8;
  octets[at + 1] = value;
}

/** Four octets, network order, unsigned. The caller has checked that they are there. */
export function readU32(octets: Uint8Array, at: number): number {
  return readU16(octets, at) * 0x1_0000 + readU16(octets, at + 2);
}
