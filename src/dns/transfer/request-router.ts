/**
 * Where requests of the slow lane find who answers them: transfers, NOTIFY, UPDATE, and ordinary
 * queries that are signed. The router reads the message, checks its signature, and puts on every
 * reply what the server adds (OPT record, signature), so that a part knows neither.
 *
 *     octets ──TSIG──> message ──EDNS──> AXFR, IXFR ─> transfer     NOTIFY ─> notify
 *        │               │        │      UPDATE ─────> update       other ──> answers of the image
 *        v               v        v      a part that is not there: REFUSED
 *      NOTAUTH        FORMERR  BADVERS
 */
import type { Clock } from '#base/clock.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { TsigKey, TsigKeyring } from '#dns/tsig/tsig-key.ts';
import { TSIG_BADSIG } from '#dns/tsig/tsig-record.ts';
import { type BadRequest, checkRequest, type TsigCheck } from '#dns/tsig/tsig-request.ts';
import { EDNS_VERSION, type Edns, type EdnsOption, EXTENDED_ERROR } from '#dns/wire/edns.ts';
import { formatOpcode, formatRcode, HEADER_SIZE, OPCODE, RCODE } from '#dns/wire/header.ts';
import type { Message } from '#dns/wire/message.ts';
import { MessageReader } from '#dns/wire/message-reader.ts';
import { MessageWriter } from '#dns/wire/message-writer.ts';
import { formatName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_IN } from '#dns/wire/record.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import type { PeerCertificateFacts } from '#net/peer-certificate.ts';
import type { PeerAddress } from '#net/return-path.ts';
import {
  type ReplySigner,
  type ReplyStatus,
  replySizeMax,
  SealedReplies,
  writeFormerr,
} from './sealed-replies.ts';

const TYPE_AXFR: number = TYPE.AXFR;
const TYPE_IXFR: number = TYPE.IXFR;
/** QR, in the octet that it stands in. */
const RESPONSE_BIT = 0x80;

/** Nobody is configured to answer it: denied by default. */
const REFUSED: ReplyStatus = {
  rcode: RCODE.REFUSED,
  extendedError: { infoCode: EXTENDED_ERROR.PROHIBITED, text: '' },
};

/** A request as it came in. */
export interface TransferRequest {
  /** The whole message. */
  bytes: Uint8Array;
  transport: 'udp' | 'tcp' | 'tls';
  peer: PeerAddress;
  /** What a TLS client showed of itself. */
  certificate?: PeerCertificateFacts | undefined;
  /** Of its connection, as OpenSSL names it: `TLSv1.3`. */
  tlsVersion?: string | undefined;
}

/**
 * Sends one message of a reply. Resolves when there is room for the next one: with true, or with
 * false once the client has gone (or could not be sent to), after which nothing needs to be made.
 */
export type SendReply = (message: Uint8Array) => Promise<boolean>;

/** A request whose signature, if it has one, is good; what it asks is still to be allowed. */
export interface CheckedRequest {
  /** Without its TSIG record. It has a question. */
  message: Message;
  /** The same as octets, TSIG stripped. */
  octets: Uint8Array;
  /** The key that signed it. */
  key: TsigKey | undefined;
  /** Its MAC, when it was signed: the same octets again are the same request again. */
  mac?: Uint8Array | undefined;
  peer: PeerAddress;
  transport: 'udp' | 'tcp' | 'tls';
  certificate?: PeerCertificateFacts | undefined;
  tlsVersion?: string | undefined;
}

/** How a part answers one request. */
export interface Replies {
  /** Octets that a message given to `send` may have: room is kept for OPT and signature. */
  readonly sizeMax: number;
  /**
   * Sends a message that has neither OPT nor TSIG; both are added where the request had them. The
   * octets are copied before this returns. Over UDP one message is sent.
   * @param options EDNS options of the part's own, PART_OPTIONS_SIZE_MAX
   *   (sealed-replies.ts) octets at most; left out
   *   when the request had no OPT
   * @returns as SendReply
   */
  send(message: Uint8Array, options?: readonly EdnsOption[]): Promise<boolean>;
  /** Sends header and question. */
  sendStatus(status: ReplyStatus): Promise<boolean>;
}

/** Answers one kind of request; what it throws is logged and answered SERVFAIL. */
export interface RequestPart {
  handle(request: CheckedRequest, replies: Replies): Promise<void>;
}

/** Those that are configured. */
export interface RequestParts {
  /** AXFR and IXFR: TransferOut. */
  transfer?: RequestPart | undefined;
  /** NotifyReceiver. */
  notify?: RequestPart | undefined;
  /** UpdateDoor. */
  update?: RequestPart | undefined;
}

/** Ordinary queries, answered as the packet threads do. */
export interface ImageAnswers {
  /**
   * The whole reply, OPT included; `undefined` where nothing is to be sent.
   * @param query without TSIG
   * @param sizeMax octets that the reply may have
   */
  answer(
    query: Uint8Array,
    from: Pick<TransferRequest, 'peer' | 'transport'>,
    sizeMax: number,
  ): Uint8Array | undefined;
}

/** What the server says beside any reply: cookie, NSID, keepalive. Padding is not among it. */
export interface ServerOptions {
  /**
   * The options that a query's EDNS asks for; `undefined` if it must be answered FORMERR.
   * @param edns of version 0
   */
  reply(
    edns: Edns,
    from: Pick<TransferRequest, 'peer' | 'transport'>,
  ): readonly EdnsOption[] | undefined;
}

export interface RequestRouterOptions {
  keyring: TsigKeyring;
  parts: RequestParts;
  answers: ImageAnswers;
  serverOptions: ServerOptions;
  /** Octets over UDP that we send at most and say that we take. */
  udpPayloadSize: number;
  clock: Clock;
  log: Log;
}

export class RequestRouter {
  readonly #options: RequestRouterOptions;
  readonly #reader = new MessageReader();
  readonly #writer = new MessageWriter();

  constructor(options: RequestRouterOptions) {
    this.#options = options;
  }

  /**
   * Answers a request, whatever its octets are; resolves when nothing more is to be sent.
   * What is not a request (no header, or a response) gets nothing.
   */
  async handle(request: TransferRequest, send: SendReply): Promise<void> {
    const { keyring, clock } = this.#options;
    const { bytes } = request;
    if (bytes.length < HEADER_SIZE || (bytes[2] & RESPONSE_BIT) !== 0) return;
    const check = checkRequest(bytes, keyring, clock.nowMs());
    const octets = check.kind === 'good' ? check.message : bytes;
    const signer = signerOf(check);
    const message = this.#read(octets);
    if (message === undefined || (check.kind === 'bad' && check.rcode === RCODE.FORMERR)) {
      const formerr = writeFormerr(bytes);
      await send(check.kind === 'good' ? check.signer.sign(formerr, clock.nowMs()) : formerr);
      return;
    }
    if (check.kind === 'bad') this.#logRejected(request, check);
    const { peer, transport, certificate, tlsVersion } = request;
    const key = check.kind === 'good' ? check.key : undefined;
    const mac = check.kind === 'good' ? check.mac : undefined;
    const checked = { message, octets, key, mac, peer, transport, certificate, tlsVersion };
    await this.#answer(checked, check.kind === 'bad' ? check.rcode : undefined, signer, send);
  }

  /** @param rcode of a signature that is not good */
  async #answer(
    request: CheckedRequest,
    rcode: number | undefined,
    signer: ReplySigner | undefined,
    send: SendReply,
  ): Promise<void> {
    const { serverOptions, udpPayloadSize, clock, log } = this.#options;
    const { message, transport } = request;
    const { edns } = message;
    const isOtherVersion = edns !== undefined && edns.version > EDNS_VERSION;
    const options = edns === undefined || isOtherVersion ? [] : serverOptions.reply(edns, request);
    const replies = new SealedReplies({
      request: message,
      transport,
      serverOptions: options ?? [],
      signer,
      udpPayloadSize,
      clock,
      writer: this.#writer,
      send,
    });
    const status = rcode ?? (isOtherVersion ? RCODE.BADVERS : undefined);
    if (status !== undefined) await replies.sendStatus({ rcode: status });
    else if (options === undefined) await replies.sendStatus({ rcode: RCODE.FORMERR });
    else if (isOrdinary(message)) await this.#answerFromImage(request, signer, send);
    else {
      try {
        await this.#route(request, replies);
      } catch (error) {
        const facts = { peer: request.peer, opcode: formatOpcode(message.opcode) };
        log.error({ ...facts, error: errorMessage(error) }, 'a request could not be answered');
        const isPossible = replies.sentCount === 0 || transport !== 'udp';
        if (isPossible) await replies.sendStatus({ rcode: RCODE.SERVFAIL });
      }
    }
  }

  async #route(request: CheckedRequest, replies: Replies): Promise<void> {
    const { opcode, question } = request.message;
    const { notify, update, transfer } = this.#options.parts;
    const isKnown = opcode === OPCODE.NOTIFY || opcode === OPCODE.UPDATE || opcode === OPCODE.QUERY;
    if (!isKnown) {
      await replies.sendStatus({ rcode: RCODE.NOTIMP });
    } else if (question === undefined) {
      await replies.sendStatus({ rcode: RCODE.FORMERR });
    } else if (
      opcode === OPCODE.QUERY &&
      question.type === TYPE_AXFR &&
      request.transport === 'udp'
    ) {
      // Not defined over UDP (RFC 5936 section 4.2); unsigned ones get the same of a packet thread.
      await replies.sendStatus({ rcode: RCODE.NOTIMP });
    } else {
      const part = opcode === OPCODE.NOTIFY ? notify : opcode === OPCODE.UPDATE ? update : transfer;
      if (part === undefined) await replies.sendStatus(REFUSED);
      else await part.handle(request, replies);
    }
  }

  /** What comes here is signed: whatever is not goes to the packet threads. */
  async #answerFromImage(
    request: CheckedRequest,
    signer: ReplySigner | undefined,
    send: SendReply,
  ): Promise<void> {
    const { answers, clock, udpPayloadSize } = this.#options;
    const { transport, message } = request;
    const sizeMax = replySizeMax(transport, message.edns, udpPayloadSize);
    const reply = answers.answer(request.octets, request, sizeMax - (signer?.reserve ?? 0));
    if (reply === undefined) return;
    await send(signer === undefined ? reply : signer.sign(reply, clock.nowMs()));
  }

  /** `undefined` for octets that are no message. */
  #read(octets: Uint8Array): Message | undefined {
    try {
      return this.#reader.read(octets);
    } catch (error) {
      if (error instanceof WireError) return undefined;
      throw error;
    }
  }

  #logRejected({ peer }: TransferRequest, { keyName, error }: BadRequest): void {
    const key = keyName && formatName(keyName);
    const reason = error === TSIG_BADSIG ? 'BADSIG' : formatRcode(error);
    this.#options.log.debug({ peer, key, reason }, 'a signature was not good');
  }
}

function signerOf(check: TsigCheck): ReplySigner | undefined {
  if (check.kind === 'good') return check.signer;
  if (check.kind === 'unsigned') return undefined;
  return { reserve: check.reserve, sign: (reply) => check.reject(reply) };
}

/** A query that the packet threads would answer, if it were not signed. */
function isOrdinary({ opcode, question }: Message): boolean {
  if (opcode !== OPCODE.QUERY) return false;
  const isTransfer = question?.type === TYPE_AXFR || question?.type === TYPE_IXFR;
  return !isTransfer || question?.class !== CLASS_IN;
}
