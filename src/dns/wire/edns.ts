/**
 * EDNS (RFC 6891): the OPT record, whose fixed fields mean other things than a record's:
 *
 *     owner   root
 *     class   UDP payload size that the sender takes
 *     TTL     | high 8 bits of the rcode | version | flags (16), DO the highest |
 *     RDATA   options: | code (16) | length (16) | data |, any number
 *
 * Option data stays octets here, except extended errors (RFC 8914), which we write ourselves.
 * The codes are plain numbers, which the packet path shares.
 */
import { ADDITIONAL_COUNT_AT, MESSAGE_SIZE_MAX, readU16, writeU16 } from './header.ts';
import { TYPE } from './rdata/type-codes.ts';
import { WireError } from './wire-error.ts';

/** OPT without options: root owner, type, class, TTL, length. */
export const OPT_SIZE_MIN = 11;
export const EDNS_FLAG_DO = 0x8000;
/** The only version that there is. A higher one in a query is answered BADVERS. */
export const EDNS_VERSION = 0;

/** IANA: DNS EDNS0 Option Codes. */
export const EDNS_OPTION = {
  NSID: 3,
  DAU: 5,
  DHU: 6,
  N3U: 7,
  CLIENT_SUBNET: 8,
  EXPIRE: 9,
  COOKIE: 10,
  TCP_KEEPALIVE: 11,
  PADDING: 12,
  CHAIN: 13,
  KEY_TAG: 14,
  EXTENDED_ERROR: 15,
  REPORT_CHANNEL: 18,
  ZONEVERSION: 19,
} as const;

/** IANA: Extended DNS Error Codes (RFC 8914 section 4), those that name servers have use for. */
export const EXTENDED_ERROR = {
  OTHER: 0,
  STALE_ANSWER: 3,
  DNSSEC_BOGUS: 6,
  SIGNATURE_EXPIRED: 7,
  DNSKEY_MISSING: 9,
  RRSIGS_MISSING: 10,
  NSEC_MISSING: 12,
  NOT_READY: 14,
  BLOCKED: 15,
  PROHIBITED: 18,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
  NETWORK_ERROR: 23,
  INVALID_DATA: 24,
  INVALID_QUERY_TYPE: 30,
} as const;

export interface EdnsOption {
  code: number;
  data: Uint8Array;
}

export interface Edns {
  /** Octets that the sender takes over UDP; below 512 means 512. */
  payloadSize: number;
  version: number;
  /** `EDNS_FLAG_*`, 16 bits. */
  flags: number;
  options: EdnsOption[];
}

/** INFO-CODE and EXTRA-TEXT of RFC 8914 section 2. */
export interface ExtendedError {
  infoCode: number;
  text: string;
}

/** Octets of the OPT record. */
export function ednsSize(edns: Edns): number {
  return edns.options.reduce((size, option) => size + 4 + option.data.length, OPT_SIZE_MIN);
}

/** Writes the OPT record into `out[at..at + ednsSize(edns))`. @param rcode all 12 bits of it */
export function writeOpt(out: Uint8Array, at: number, edns: Edns, rcode: number): void {
  const { payloadSize, version, flags, options } = edns;
  const end = at + ednsSize(edns);
  out[at] = 0;
  writeU16(out, at + 1, TYPE.OPT);
  writeU16(out, at + 3, payloadSize);
  out[at + 5] = rcode >>> 4;
  out[at + 6] = version;
  writeU16(out, at + 7, flags);
  writeU16(out, at + 9, end - at - OPT_SIZE_MIN);
  let optionAt = at + OPT_SIZE_MIN;
  for (const { code, data } of options) {
    writeU16(out, optionAt, code);
    writeU16(out, optionAt + 2, data.length);
    out.set(data, optionAt + 4);
    optionAt += 4 + data.length;
  }
}

/**
 * The message with an OPT record behind everything else, in fresh memory.
 * @param message has neither OPT nor TSIG; the low 4 bits of its rcode are in its header
 * @param rcode all 12 bits of it
 * @throws WireError WIRE_TOO_LONG
 */
export function appendOpt(message: Uint8Array, edns: Edns, rcode: number): Uint8Array {
  const size = message.length + ednsSize(edns);
  if (size > MESSAGE_SIZE_MAX) {
    throw new WireError('WIRE_TOO_LONG', `no room for OPT behind ${message.length} octets`);
  }
  const whole = new Uint8Array(size);
  whole.set(message);
  writeOpt(whole, message.length, edns, rcode);
  writeU16(whole, ADDITIONAL_COUNT_AT, readU16(whole, ADDITIONAL_COUNT_AT) + 1);
  return whole;
}

/**
 * The options in `message[at..end)`, in their order, repeated ones too.
 * @throws WireError WIRE_EDNS when one is cut off
 */
export function readEdnsOptions(message: Uint8Array, at: number, end: number): EdnsOption[] {
  const options: EdnsOption[] = [];
  let optionAt = at;
  while (optionAt < end) {
    const dataAt = optionAt + 4;
    const dataEnd = dataAt <= end ? dataAt + readU16(message, optionAt + 2) : Infinity;
    if (dataEnd > end) throw new WireError('WIRE_EDNS', 'an EDNS option is cut off');
    options.push({ code: readU16(message, optionAt), data: message.slice(dataAt, dataEnd) });
    optionAt = dataEnd;
  }
  return options;
}

/** The option that says an extended error. */
export function buildExtendedError(error: ExtendedError): EdnsOption {
  const text = new TextEncoder().encode(error.text);
  const data = new Uint8Array(2 + text.length);
  data[0] = error.infoCode >>> 8;
  data[1] = error.infoCode;
  data.set(text, 2);
  return { code: EDNS_OPTION.EXTENDED_ERROR, data };
}

/** `undefined` when the option is another or too short; bad UTF-8 is replaced, a final NUL cut. */
export function readExtendedError(option: EdnsOption): ExtendedError | undefined {
  const { code, data } = option;
  if (code !== EDNS_OPTION.EXTENDED_ERROR || data.length < 2) return undefined;
  const end = data.length > 2 && data[data.length - 1] === 0 ? data.length - 1 : data.length;
  return {
    infoCode: readU16(data, 0),
    text: new TextDecoder().decode(data.subarray(2, end)),
  };
}
