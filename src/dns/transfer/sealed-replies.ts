/**
 * The replies to one request, with everything that the server adds to what a part has written: the
 * OPT record (RFC 6891: only where the request had one), padding where others could read the size
 * (RFC 7830, 8467), and the signature over all of it (RFC 8945 section 5.3).
 *
 *     | message of the part | OPT: server's options, the part's, padding | TSIG |
 *
 * Of a reply of many messages each has OPT, as BIND's are (RFC 5936 section 2.2.5 wants it in the
 * first; dig remarks on every other that comes without).
 */
import { assert } from '#base/assert.ts';
import type { Clock } from '#base/clock.ts';
import {
  appendOpt,
  buildExtendedError,
  EDNS_FLAG_DO,
  EDNS_OPTION,
  EDNS_VERSION,
  type Edns,
  type EdnsOption,
  type ExtendedError,
  ednsSize,
} from '#dns/wire/edns.ts';
import {
  FLAG_QR,
  FLAG_RD,
  MESSAGE_SIZE_MAX,
  RCODE,
  RCODE_MASK,
  UDP_SIZE_PLAIN,
} from '#dns/wire/header.ts';
import type { Message } from '#dns/wire/message.ts';
import type { MessageWriter } from '#dns/wire/message-writer.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import { writeMessage } from '#dns/wire/write-message.ts';

/** Octets of EDNS options that a part may add to a reply, heads (4 each) included. */
export const PART_OPTIONS_SIZE_MAX = 128;
/** Padded replies are a multiple of it, signature included (RFC 8467 section 4.1). */
const PADDING_BLOCK_SIZE = 468;
const OPTION_HEAD_SIZE = 4;

/** A reply without records. */
export interface ReplyStatus {
  /** Up to 12 bits. */
  rcode: number;
  /** `FLAG_*` beside QR and the query's RD, such as FLAG_AA. */
  flags?: number;
  /** Said only to clients with EDNS (RFC 8914). */
  extendedError?: ExtendedError;
}

/** What makes the signature of replies. */
export interface ReplySigner {
  /** Octets that it adds. */
  readonly reserve: number;
  sign(reply: Uint8Array, nowMs: number): Uint8Array;
}

export interface SealedRepliesOptions {
  request: Message;
  transport: 'udp' | 'tcp' | 'tls';
  /** What the server says beside any reply. */
  serverOptions: readonly EdnsOption[];
  /** Of a signed request. */
  signer: ReplySigner | undefined;
  /** Octets over UDP that we send at most and say that we take. */
  udpPayloadSize: number;
  clock: Clock;
  /** Whose memory replies without records are written in: its making costs more than they do. */
  writer: MessageWriter;
  send: (message: Uint8Array) => Promise<boolean>;
}

/** Octets that a reply may have, with everything (RFC 6891 section 6.2.5). */
export function replySizeMax(
  transport: 'udp' | 'tcp' | 'tls',
  edns: Edns | undefined,
  udpPayloadSize: number,
): number {
  if (transport !== 'udp') return MESSAGE_SIZE_MAX;
  const taken = Math.max(UDP_SIZE_PLAIN, edns?.payloadSize ?? 0);
  return Math.min(taken, Math.max(UDP_SIZE_PLAIN, udpPayloadSize));
}

/** See Replies (request-router.ts), which parts are given. */
export class SealedReplies {
  readonly sizeMax: number;
  readonly #options: SealedRepliesOptions;
  /** Of a reply with everything. */
  readonly #wholeSizeMax: number;
  readonly #reserve: number;
  readonly #isPadded: boolean;
  #sentCount = 0;

  constructor(options: SealedRepliesOptions) {
    const { request, transport, serverOptions, signer, udpPayloadSize } = options;
    const { edns } = request;
    this.#options = options;
    this.#wholeSizeMax = replySizeMax(transport, edns, udpPayloadSize);
    this.#reserve = signer?.reserve ?? 0;
    const wantsPadding = edns?.options.some(({ code }) => code === EDNS_OPTION.PADDING) ?? false;
    this.#isPadded = transport === 'tls' && wantsPadding;
    const optSize = edns === undefined ? 0 : ednsSize(this.#edns(serverOptions));
    const partSize = edns === undefined ? 0 : PART_OPTIONS_SIZE_MAX;
    this.sizeMax = this.#wholeSizeMax - this.#reserve - optSize - partSize;
  }

  /** Messages that were given to `send`. */
  get sentCount(): number {
    return this.#sentCount;
  }

  async send(message: Uint8Array, options: readonly EdnsOption[] = []): Promise<boolean> {
    assert(message.length <= this.sizeMax, 'a part keeps room for OPT and signature');
    const size = options.reduce((sum, { data }) => sum + OPTION_HEAD_SIZE + data.length, 0);
    assert(size <= PART_OPTIONS_SIZE_MAX, 'a part has room for some options of its own');
    return this.#seal(message, options, message[3] & RCODE_MASK);
  }

  async sendStatus({ rcode, flags = 0, extendedError }: ReplyStatus): Promise<boolean> {
    const { id, opcode, flags: asked, question } = this.#options.request;
    const options = extendedError === undefined ? [] : [buildExtendedError(extendedError)];
    const status = {
      id,
      flags: FLAG_QR | (asked & FLAG_RD) | flags,
      opcode,
      rcode: rcode & RCODE_MASK,
      question,
      answer: [],
      authority: [],
      additional: [],
      edns: undefined,
    };
    const octets = writeStatus(status, this.sizeMax, this.#options.writer);
    return this.#seal(octets, options, rcode);
  }

  async #seal(
    message: Uint8Array,
    options: readonly EdnsOption[],
    rcode: number,
  ): Promise<boolean> {
    const { request, serverOptions, signer, clock, send } = this.#options;
    this.#sentCount += 1;
    let whole = message;
    if (request.edns !== undefined) {
      const edns = this.#edns([...serverOptions, ...options]);
      if (this.#isPadded) this.#pad(edns, message.length);
      whole = appendOpt(message, edns, rcode);
    }
    return send(signer === undefined ? whole : signer.sign(whole, clock.nowMs()));
  }

  #edns(options: readonly EdnsOption[]): Edns {
    const { request, udpPayloadSize } = this.#options;
    return {
      payloadSize: udpPayloadSize,
      version: EDNS_VERSION,
      flags: (request.edns?.flags ?? 0) & EDNS_FLAG_DO,
      options: [...options],
    };
  }

  /** Adds the padding option, which has to be the last (RFC 8467 section 4). */
  #pad(edns: Edns, messageSize: number): void {
    const size = messageSize + ednsSize(edns) + OPTION_HEAD_SIZE + this.#reserve;
    const padded = Math.ceil(size / PADDING_BLOCK_SIZE) * PADDING_BLOCK_SIZE;
    const count = Math.min(padded, this.#wholeSizeMax) - size;
    if (count < 0) return;
    edns.options.push({ code: EDNS_OPTION.PADDING, data: new Uint8Array(count) });
  }
}

/** Header and question, or the header alone where a long key's signature needs the room. */
function writeStatus(status: Message, sizeMax: number, writer: MessageWriter): Uint8Array {
  try {
    return writeMessage(status, sizeMax, writer);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return writeMessage({ ...status, question: undefined }, sizeMax, writer);
  }
}

/** A reply to octets that are no message but have a header: its id, opcode and RD, FORMERR. */
export function writeFormerr(request: Uint8Array): Uint8Array {
  const reply = new Uint8Array(12);
  reply.set(request.subarray(0, 2));
  reply[2] = (FLAG_QR >>> 8) | (request[2] & 0x79);
  reply[3] = RCODE.FORMERR;
  return reply;
}
