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
import type { Log } from '#base/log.ts';
import type { TsigKey, TsigKeyring } from '#dns/tsig/tsig-key.ts';
import type { Edns, EdnsOption, ExtendedError } from '#dns/wire/edns.ts';
import type { Message } from '#dns/wire/message.ts';
import type { PeerCertificateFacts } from '#net/peer-certificate.ts';
import type { PeerAddress } from '#net/return-path.ts';

/** A request as it came in. */
export interface TransferRequest {
  /** The whole message. */
  bytes: Uint8Array;
  transport: 'udp' | 'tcp' | 'tls';
  peer: PeerAddress;
  /** What a TLS client showed of itself. */
  certificate?: PeerCertificateFacts | undefined;
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
  peer: PeerAddress;
  transport: 'udp' | 'tcp' | 'tls';
  certificate?: PeerCertificateFacts | undefined;
}

/** Octets of EDNS options that a part may add to a reply, heads (4 each) included. */
export const PART_OPTIONS_SIZE_MAX = 128;

/** A reply without records. */
export interface ReplyStatus {
  /** Up to 12 bits. */
  rcode: number;
  /** `FLAG_*` beside QR and the query's RD, such as FLAG_AA. */
  flags?: number;
  /** Said only to clients with EDNS (RFC 8914). */
  extendedError?: ExtendedError;
}

/** How a part answers one request. */
export interface Replies {
  /** Octets that a message given to `send` may have: room is kept for OPT and signature. */
  readonly sizeMax: number;
  /**
   * Sends a message that has neither OPT nor TSIG; both are added where the request had them. The
   * octets are copied before this returns. Over UDP one message is sent.
   * @param options EDNS options of the part's own, PART_OPTIONS_SIZE_MAX octets at most; left out
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
  clock: Clock;
  log: Log;
}
