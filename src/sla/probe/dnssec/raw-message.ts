/**
 * A DNS message as DNSSEC needs it: every record with its RDATA in canonical form (RFC 4034 section
 * 6.2). dns-packet decodes RDATA into fields and loses the octets that were signed, so this reads
 * the message a second time and keeps them: names in RDATA uncompressed and, for the types of the
 * RFC's list, in lower case; everything else untouched.
 */
import { type Labels, lowerAscii, wireOf } from './domain-labels.ts';

export interface RawRecord {
  owner: Labels;
  type: number;
  ttl: number;
  /** Canonical. */
  rdata: Buffer;
}

export interface RawQuestion {
  name: Labels;
  type: number;
}

export interface RawMessage {
  rcode: number;
  isAuthoritative: boolean;
  isTruncated: boolean;
  questions: RawQuestion[];
  answers: RawRecord[];
  authorities: RawRecord[];
}

export const TYPE = {
  a: 1,
  ns: 2,
  cname: 5,
  soa: 6,
  dname: 39,
  opt: 41,
  ds: 43,
  rrsig: 46,
  nsec: 47,
  dnskey: 48,
  nsec3: 50,
} as const;

const HEADER_SIZE = 12;
const QUESTION_FIXED_SIZE = 4;
const RECORD_FIXED_SIZE = 10;
const NAME_SIZE_MAX = 255;
const CLASS_IN = 1;

/**
 * Where names stand in RDATA that are made lower case: a number skips octets, `name` is a name,
 * `text` a character string. What follows the last entry is taken as it is.
 */
const NAMES_IN_RDATA: ReadonlyMap<number, readonly (number | 'name' | 'text')[]> = new Map([
  [TYPE.ns, ['name']],
  [3, ['name']],
  [4, ['name']],
  [TYPE.cname, ['name']],
  [TYPE.soa, ['name', 'name']],
  [7, ['name']],
  [8, ['name']],
  [9, ['name']],
  [12, ['name']],
  [14, ['name', 'name']],
  [15, [2, 'name']],
  [17, ['name', 'name']],
  [18, [2, 'name']],
  [21, [2, 'name']],
  [24, [18, 'name']],
  [26, [2, 'name', 'name']],
  [33, [6, 'name']],
  [35, [4, 'text', 'text', 'text', 'name']],
  [36, [2, 'name']],
  [TYPE.dname, ['name']],
  [TYPE.rrsig, [18, 'name']],
]);

/** `undefined` if the octets are no message; records of other classes and OPT are left out. */
export function readRawMessage(octets: Uint8Array): RawMessage | undefined {
  try {
    return readMessage(Buffer.from(octets));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readMessage(message: Buffer): RawMessage {
  const flags = message.readUInt16BE(2);
  let at = HEADER_SIZE;
  const questions: RawQuestion[] = [];
  for (let left = message.readUInt16BE(4); left > 0; left--) {
    const { labels: name, end } = readName(message, at);
    questions.push({ name, type: message.readUInt16BE(end) });
    at = end + QUESTION_FIXED_SIZE;
  }
  const readSection = (count: number): RawRecord[] => {
    const records: RawRecord[] = [];
    for (let left = count; left > 0; left--) {
      const { record, end } = readRecord(message, at);
      if (record !== undefined) records.push(record);
      at = end;
    }
    return records;
  };
  return {
    rcode: flags & 0x0f,
    isAuthoritative: (flags & 0x0400) !== 0,
    isTruncated: (flags & 0x0200) !== 0,
    questions,
    answers: readSection(message.readUInt16BE(6)),
    authorities: readSection(message.readUInt16BE(8)),
  };
}

function readRecord(message: Buffer, start: number): { record?: RawRecord; end: number } {
  const { labels: owner, end: at } = readName(message, start);
  const type = message.readUInt16BE(at);
  const recordClass = message.readUInt16BE(at + 2);
  const ttl = message.readUInt32BE(at + 4);
  const first = at + RECORD_FIXED_SIZE;
  const end = first + message.readUInt16BE(at + 8);
  if (end > message.length) throw new RangeError('RDATA beyond the message');
  if (recordClass !== CLASS_IN || type === TYPE.opt) return { end };
  return { record: { owner, type, ttl, rdata: canonicalRdata(message, type, first, end) }, end };
}

function canonicalRdata(message: Buffer, type: number, first: number, end: number): Buffer {
  const layout = NAMES_IN_RDATA.get(type);
  if (layout === undefined) return Buffer.from(message.subarray(first, end));
  const parts: Buffer[] = [];
  let at = first;
  for (const part of layout) {
    if (part === 'name') {
      const name = readName(message, at);
      parts.push(wireOf(name.labels));
      at = name.end;
    } else {
      const size = part === 'text' ? 1 + message.readUInt8(at) : part;
      parts.push(message.subarray(at, at + size));
      at += size;
    }
    if (at > end) throw new RangeError('a field beyond its RDATA');
  }
  return Buffer.concat([...parts, message.subarray(at, end)]);
}

/**
 * A name at `start`, its labels in lower case, and where the octets after it begin. Pointers go
 * back only (RFC 1035 4.1.4), so reading ends. Raises RangeError for what is no name.
 */
export function readName(message: Buffer, start: number): { labels: string[]; end: number } {
  const labels: string[] = [];
  let end: number | undefined;
  let at = start;
  let lowest = start;
  let size = 1;
  for (;;) {
    const length = message.readUInt8(at);
    if (length === 0) return { labels, end: end ?? at + 1 };
    if (length >= 0xc0) {
      const target = message.readUInt16BE(at) & 0x3fff;
      if (target >= lowest) throw new RangeError('a pointer that does not go back');
      end ??= at + 2;
      at = target;
      lowest = target;
      continue;
    }
    size += length + 1;
    if (length > 63 || size > NAME_SIZE_MAX || at + 1 + length > message.length) {
      throw new RangeError('not a name');
    }
    labels.push(lowerAscii(message.toString('latin1', at + 1, at + 1 + length)));
    at += 1 + length;
  }
}
