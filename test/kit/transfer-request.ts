/** Requests for transfers as the router hands them on, and what a part replied to one, kept. */
import type { CheckedRequest, Replies } from '#dns/transfer/request-router.ts';
import type { ReplyStatus } from '#dns/transfer/sealed-replies.ts';
import { type EdnsOption, EXTENDED_ERROR } from '#dns/wire/edns.ts';
import { RCODE } from '#dns/wire/header.ts';
import type { Message } from '#dns/wire/message.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { formatName, parseName } from '#dns/wire/name.ts';
import { formatRdata, formatTypeCode } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_IN, type ResourceRecord } from '#dns/wire/record.ts';
import { soaOf } from './arbitrary-zones.ts';

export interface AskedTransfer {
  zone: string;
  /** Of the client, for IXFR; none: AXFR. */
  serial?: number;
  transport?: 'udp' | 'tcp' | 'tls';
  /** With `tls`; 1.3 unless said. */
  tlsVersion?: string;
  address?: string;
  /** Name of the TSIG key that signed it. */
  key?: string;
  options?: EdnsOption[];
  class?: number;
}

export function transferRequest(asked: AskedTransfer): CheckedRequest {
  const { zone, serial, transport = 'tcp', address = '127.0.0.1', options } = asked;
  const name = parseName(zone);
  const message: Message = {
    id: 4711,
    flags: 0,
    opcode: 0,
    rcode: 0,
    question: {
      name,
      type: serial === undefined ? TYPE.AXFR : TYPE.IXFR,
      class: asked.class ?? CLASS_IN,
    },
    answer: [],
    authority: serial === undefined ? [] : [soaRecordOf(zone, serial)],
    additional: [],
    edns: options && { payloadSize: 1232, version: 0, flags: 0, options },
  };
  const key = asked.key && {
    name: parseName(asked.key),
    algorithm: 'hmac-sha256' as const,
    secret: new Uint8Array(32),
  };
  const peer = { address, port: 4711, family: 4 as const };
  const tlsVersion = transport === 'tls' ? (asked.tlsVersion ?? 'TLSv1.3') : undefined;
  const signed = { octets: new Uint8Array(), key: key || undefined };
  return { message, ...signed, peer, transport, tlsVersion };
}

function soaRecordOf(zone: string, serial: number): ResourceRecord {
  const { owner, type, ttl, rdatas } = soaOf(zone, serial);
  return { owner, type, class: CLASS_IN, ttl, rdata: rdatas[0] };
}

/** Keeps what a part replies. */
export class KeptReplies implements Replies {
  readonly sizeMax: number;
  readonly messages: Message[] = [];
  readonly sizes: number[] = [];
  readonly options: EdnsOption[][] = [];
  readonly statuses: ReplyStatus[] = [];
  /** The client goes once it has got so many messages. */
  readonly #takes: number;

  constructor(sizeMax = 65_535, takes = Number.POSITIVE_INFINITY) {
    this.sizeMax = sizeMax;
    this.#takes = takes;
  }

  async send(message: Uint8Array, options: readonly EdnsOption[] = []): Promise<boolean> {
    this.messages.push(readMessage(Uint8Array.from(message)));
    this.sizes.push(message.length);
    this.options.push([...options]);
    return this.messages.length < this.#takes;
  }

  async sendStatus(status: ReplyStatus): Promise<boolean> {
    this.statuses.push(status);
    return true;
  }

  /** All records, as `owner ttl TYPE data`. */
  records(): string[] {
    return this.messages.flatMap(({ answer }) =>
      answer.map(
        ({ owner, ttl, type, rdata }) =>
          `${formatName(owner)} ${ttl} ${formatTypeCode(type)} ${formatRdata(type, rdata)}`,
      ),
    );
  }

  /** `REFUSED prohibited: reason` of the one status sent. */
  status(): string {
    const [{ rcode, extendedError } = { rcode: -1 }] = this.statuses;
    const name = Object.entries(RCODE).find(([, code]) => code === rcode)?.[0] ?? `${rcode}`;
    if (extendedError === undefined) return name;
    const { infoCode, text } = extendedError;
    const error = Object.entries(EXTENDED_ERROR).find(([, code]) => code === infoCode)?.[0];
    return `${name} ${error?.toLowerCase()}: ${text}`;
  }
}
