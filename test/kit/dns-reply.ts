/**
 * Replies read back to text, without the server's own message reader: header bits, EDNS, and each
 * record as `owner ttl TYPE rdata`, the names of its data decompressed. Only the printing of the
 * data is the server's.
 */
import { formatName } from '#dns/wire/name.ts';
import { formatRdata, formatTypeCode } from '#dns/wire/rdata/registry.ts';

export interface ReplyEdns {
  payloadSize: number;
  version: number;
  dnssecOk: boolean;
  /** The 15 bits behind DO. */
  flags: number;
  options: { code: number; data: Uint8Array }[];
}

export interface Reply {
  id: number;
  /** Of the flags `qr aa tc rd ra z ad cd` those that are set, in this order. */
  flags: string[];
  opcode: number;
  /** With the bits that EDNS adds. */
  rcode: number;
  /** Octets of the question section. */
  question: Uint8Array;
  answer: string[];
  authority: string[];
  /** Without OPT. */
  additional: string[];
  edns: ReplyEdns | undefined;
  sizeBytes: number;
}

const TYPE_OPT = 41;
const FLAGS = [
  ['qr', 0x8000],
  ['aa', 0x0400],
  ['tc', 0x0200],
  ['rd', 0x0100],
  ['ra', 0x0080],
  ['z', 0x0040],
  ['ad', 0x0020],
  ['cd', 0x0010],
] as const;

/** Where names stand in the data: octets before the first, names, octets between are none. */
const NAMES_IN_RDATA = new Map<number, { before: number; names: number }>([
  [2, { before: 0, names: 1 }],
  [5, { before: 0, names: 1 }],
  [6, { before: 0, names: 2 }],
  [12, { before: 0, names: 1 }],
  [14, { before: 0, names: 2 }],
  [15, { before: 2, names: 1 }],
  [17, { before: 0, names: 2 }],
  [18, { before: 2, names: 1 }],
  [21, { before: 2, names: 1 }],
  [26, { before: 2, names: 2 }],
  [33, { before: 6, names: 1 }],
  [36, { before: 2, names: 1 }],
  [39, { before: 0, names: 1 }],
  [46, { before: 18, names: 1 }],
  [47, { before: 0, names: 1 }],
]);

/** @param foldCase names in lower case, for comparing servers that compress differently */
export function readReply(message: Uint8Array, foldCase = false): Reply {
  return new ReplyReader(message, foldCase).read();
}

class ReplyReader {
  readonly #message: Uint8Array;
  readonly #view: DataView;
  readonly #foldCase: boolean;
  #at = 12;
  #edns: ReplyEdns | undefined;
  #rcodeHigh = 0;

  constructor(message: Uint8Array, foldCase: boolean) {
    this.#message = message;
    this.#view = new DataView(message.buffer, message.byteOffset, message.length);
    this.#foldCase = foldCase;
  }

  read(): Reply {
    const view = this.#view;
    const bits = view.getUint16(2);
    if (view.getUint16(4) === 1) {
      this.#name();
      this.#at += 4;
    }
    const question = this.#message.slice(12, this.#at);
    const answer = this.#section(6);
    const authority = this.#section(8);
    const additional = this.#section(10);
    if (this.#at !== this.#message.length) throw new Error('octets behind the message');
    return {
      id: view.getUint16(0),
      flags: FLAGS.filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name),
      opcode: (bits >>> 11) & 0x0f,
      rcode: (this.#rcodeHigh << 4) | (bits & 0x0f),
      question,
      answer,
      authority,
      additional,
      edns: this.#edns,
      sizeBytes: this.#message.length,
    };
  }

  #section(countAt: number): string[] {
    const records: string[] = [];
    for (let count = this.#view.getUint16(countAt); count > 0; count--) {
      const record = this.#record();
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  #record(): string | undefined {
    const owner = this.#name();
    const view = this.#view;
    const type = view.getUint16(this.#at);
    const qclass = view.getUint16(this.#at + 2);
    const ttl = view.getUint32(this.#at + 4);
    const dataAt = this.#at + 10;
    const end = dataAt + view.getUint16(this.#at + 8);
    if (end > this.#message.length) throw new Error('data behind the end of the message');
    this.#at = dataAt;
    if (type === TYPE_OPT) {
      this.#readOpt(qclass, ttl, end);
      return undefined;
    }
    const rdata = this.#rdata(type, end);
    const data = formatRdata(type, Uint8Array.from(rdata));
    return `${formatName(Uint8Array.from(owner))} ${ttl} ${formatTypeCode(type)} ${data}`;
  }

  #rdata(type: number, end: number): number[] {
    const names = NAMES_IN_RDATA.get(type);
    const rdata: number[] = [];
    if (names !== undefined && end > this.#at) {
      rdata.push(...this.#message.subarray(this.#at, this.#at + names.before));
      this.#at += names.before;
      for (let count = 0; count < names.names; count++) rdata.push(...this.#name());
    }
    if (this.#at > end) throw new Error('a name goes over the end of its data');
    rdata.push(...this.#message.subarray(this.#at, end));
    this.#at = end;
    return rdata;
  }

  #readOpt(payloadSize: number, ttl: number, end: number): void {
    if (this.#edns !== undefined) throw new Error('two OPT records');
    this.#rcodeHigh = ttl >>> 24;
    const options: ReplyEdns['options'] = [];
    while (this.#at < end) {
      const size = this.#view.getUint16(this.#at + 2);
      const data = this.#message.slice(this.#at + 4, this.#at + 4 + size);
      options.push({ code: this.#view.getUint16(this.#at), data });
      this.#at += 4 + size;
    }
    const version = (ttl >>> 16) & 0xff;
    const dnssecOk = (ttl & 0x8000) !== 0;
    this.#edns = { payloadSize, version, dnssecOk, flags: ttl & 0x7fff, options };
  }

  /** The name at the cursor, pointers followed backwards only. */
  #name(): number[] {
    const octets: number[] = [];
    let at = this.#at;
    let isJumped = false;
    for (;;) {
      const size = this.#view.getUint8(at);
      if (size >= 0xc0) {
        const target = this.#view.getUint16(at) & 0x3fff;
        if (target >= at) throw new Error('a compression pointer does not point backwards');
        if (!isJumped) this.#at = at + 2;
        isJumped = true;
        at = target;
        continue;
      }
      octets.push(size);
      for (const octet of this.#message.subarray(at + 1, at + 1 + size)) {
        octets.push(this.#foldCase && octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet);
      }
      at += 1 + size;
      if (size === 0) break;
    }
    if (!isJumped) this.#at = at;
    if (octets.length > 255) throw new Error('a name of more than 255 octets');
    return octets;
  }
}
