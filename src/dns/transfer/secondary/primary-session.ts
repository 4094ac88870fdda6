/**
 * One conversation with a primary about a zone: what is its serial, what changed, give it whole.
 * Its questions share a connection over TCP or TLS (RFC 9103 section 6.1); the SOA is asked over
 * UDP first where the primary is reached in the clear. Every message is verified before it counts,
 * and what a stream brought counts only when its last message is good.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Clock } from '#base/clock.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Random } from '#base/random.ts';
import { signRequest, type TsigVerifier } from '#dns/tsig/tsig-client.ts';
import { TsigError } from '#dns/tsig/tsig-error.ts';
import type { TsigKey } from '#dns/tsig/tsig-key.ts';
import { FLAG_AA, FLAG_TC } from '#dns/wire/header.ts';
import type { Message } from '#dns/wire/message.ts';
import { MessageReader, readMessage } from '#dns/wire/message-reader.ts';
import { equalNames, formatName, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import { familyOf } from '#net/ip-address.ts';
import { formatPrimary, type Primary } from './primary.ts';
import { PrimaryStream } from './primary-stream.ts';
import { TransferError } from './transfer-error.ts';
import type { TransferLimits } from './transfer-limits.ts';
import {
  checkReply,
  deniesEdns,
  isReplyTo,
  readExpireOption,
  type TransferQuestion,
  type TransferType,
  writeTransferQuestion,
} from './transfer-question.ts';
import type { TransferReader } from './transfer-reader.ts';

/** Datagrams sent for one SOA question before TCP is tried. */
const UDP_ATTEMPTS = 2;

export interface SessionOptions {
  primary: Primary;
  /** The key that `primary.key` names. */
  key: TsigKey | undefined;
  limits: TransferLimits;
  clock: Clock;
  random: Random;
  /** Breaks off what is under way. */
  signal: AbortSignal;
}

/** What a primary says of its version of a zone. */
export interface PrimarySoa {
  serial: number;
  /** Seconds that it may still serve the zone itself (RFC 7314). */
  expireSeconds: number | undefined;
}

/** What a transfer took. */
export interface TransferStatistics {
  octets: number;
  records: number;
  expireSeconds: number | undefined;
}

export class PrimarySession {
  readonly #options: SessionOptions;
  readonly #where: string;
  readonly #reader = new MessageReader();
  #stream: PrimaryStream | undefined;
  #hasEdns = true;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#where = formatPrimary(options.primary);
  }

  /** @throws TransferError */
  async askSoa(apex: Name): Promise<PrimarySoa> {
    const message = await this.#withEdnsFallback(async () => {
      const question = this.#write(apex, TYPE.SOA, undefined);
      const overUdp =
        this.#options.primary.tls === undefined ? await this.#askUdp(question) : undefined;
      return overUdp ?? this.#askStream(question);
    });
    const soa = message.answer.find(
      ({ type, owner }) => type === TYPE.SOA && equalNames(owner, apex),
    );
    if (soa === undefined || (message.flags & FLAG_AA) === 0) {
      const text = `${this.#where}: is not authoritative for ${formatName(apex)}`;
      throw new TransferError('TRANSFER_REFUSED', text);
    }
    return { serial: soaSerial(soa.rdata), expireSeconds: readExpireOption(message) };
  }

  /**
   * Asks for the zone and hands every record on until the reader has seen the end. What was handed
   * on is good only when this resolves.
   * @param own of an incremental transfer: the SOA of the version that is here, wire form
   * @throws TransferError, and what `take` throws
   */
  async transfer(
    apex: Name,
    own: Uint8Array | undefined,
    reader: TransferReader,
    take: Parameters<TransferReader['push']>[1],
  ): Promise<TransferStatistics> {
    const type = own === undefined ? TYPE.AXFR : TYPE.IXFR;
    return this.#withEdnsFallback(async () => {
      const question = this.#write(apex, type, own);
      const { octets, verifier } = this.#sign(question);
      const pace = new TransferPace(this.#options, this.#where);
      const statistics: TransferStatistics = { octets: 0, records: 0, expireSeconds: undefined };
      try {
        const { stream, reply } = await this.#ask(octets, pace.waitMs());
        for (let isFirst = true; !reader.isDone; isFirst = false) {
          const received = isFirst ? reply : await stream.next(pace.waitMs());
          pace.took(received.length);
          const message = this.#read(received, verifier);
          checkReply(question, message, isFirst, this.#where);
          if (isFirst) statistics.expireSeconds = readExpireOption(message);
          for (const record of message.answer) reader.push(record, take);
          statistics.records += message.answer.length;
          statistics.octets += received.length;
          this.#checkAmount(message, statistics);
        }
        endOf(verifier, this.#where);
        return statistics;
      } catch (error) {
        // What is still on its way belongs to a transfer that nobody wants.
        this.close();
        throw error;
      }
    });
  }

  /** Ends the connection, if there is one. */
  close(): void {
    this.#stream?.close();
    this.#stream = undefined;
  }

  #write(apex: Name, type: TransferType, own: Uint8Array | undefined): TransferQuestion {
    return writeTransferQuestion(apex, type, own, this.#hasEdns, this.#options.random);
  }

  #sign({ octets }: TransferQuestion): {
    octets: Uint8Array;
    verifier: TsigVerifier | undefined;
  } {
    const { key, clock } = this.#options;
    if (key === undefined) return { octets, verifier: undefined };
    const { message, verifier } = signRequest(octets, key, clock.nowMs());
    return { octets: message, verifier };
  }

  /** @throws TransferError TRANSFER_KEY, TRANSFER_MALFORMED */
  #read(octets: Uint8Array, verifier: TsigVerifier | undefined): Message {
    try {
      const verified =
        verifier === undefined ? octets : verifier.verify(octets, this.#options.clock.nowMs());
      return this.#reader.read(verified);
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  #unreadable(error: unknown): unknown {
    if (error instanceof TsigError) return keyError(this.#where, error);
    if (!(error instanceof WireError)) return error;
    const text = `${this.#where}: unreadable message: ${error.message}`;
    return new TransferError('TRANSFER_MALFORMED', text, { cause: error });
  }

  #checkAmount(message: Message, { octets, records }: TransferStatistics): void {
    const { octetsMax, recordsMax } = this.#options.limits;
    if (octets > octetsMax || records > recordsMax) {
      const most = `${recordsMax} records or ${octetsMax} octets`;
      throw new TransferError('TRANSFER_LIMIT', `${this.#where}: a zone of more than ${most}`);
    }
    if (message.answer.length > 0) return;
    throw new TransferError('TRANSFER_MALFORMED', `${this.#where}: a message without any record`);
  }

  async #withEdnsFallback<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!this.#hasEdns || !deniesEdns(error)) throw error;
      this.#hasEdns = false;
      return ask();
    }
  }

  async #open(): Promise<PrimaryStream> {
    if (this.#stream?.isUsable === true) return this.#stream;
    const { primary, limits, signal } = this.#options;
    this.#stream = await PrimaryStream.open(primary, limits.connectMsMax, signal);
    return this.#stream;
  }

  /** The first reply. A primary may have closed a connection that was kept: then on a new one. */
  async #ask(
    octets: Uint8Array,
    waitMsMax: number,
  ): Promise<{ stream: PrimaryStream; reply: Uint8Array }> {
    const kept = this.#stream;
    const stream = await this.#open();
    try {
      stream.send(octets);
      return { stream, reply: await stream.next(waitMsMax) };
    } catch (error) {
      this.close();
      const isClosed = error instanceof TransferError && error.code === 'TRANSFER_UNREACHABLE';
      if (stream !== kept || !isClosed) throw error;
      return this.#ask(octets, waitMsMax);
    }
  }

  async #askStream(question: TransferQuestion): Promise<Message> {
    const { octets, verifier } = this.#sign(question);
    try {
      const { reply } = await this.#ask(octets, this.#options.limits.replyMsMax);
      const message = this.#read(reply, verifier);
      checkReply(question, message, true, this.#where);
      return message;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * The reply over UDP; `undefined`: there was none, or it is truncated or badly signed, and TCP
   * has to tell. What is no reply to the question may be anybody's and is passed over.
   */
  async #askUdp(question: TransferQuestion): Promise<Message | undefined> {
    const { primary, signal, limits } = this.#options;
    const socket = createSocket(familyOf(primary.address) === 6 ? 'udp6' : 'udp4');
    const stop = AbortSignal.any([signal, AbortSignal.timeout(limits.replyMsMax * UDP_ATTEMPTS)]);
    try {
      if (primary.source !== undefined) {
        socket.bind({ address: primary.source, port: 0 });
        await once(socket, 'listening', { signal: stop });
      }
      socket.connect(primary.port, primary.address);
      await once(socket, 'connect', { signal: stop });
      return await this.#exchangeUdp(socket, question, stop);
    } catch (error) {
      if (error instanceof TransferError && error.code !== 'TRANSFER_KEY') throw error;
      // Refused, lost or badly signed, which anybody can bring about: the stream will tell.
      return undefined;
    } finally {
      socket.close();
    }
  }

  async #exchangeUdp(
    socket: Socket,
    question: TransferQuestion,
    signal: AbortSignal,
  ): Promise<Message | undefined> {
    const { octets, verifier } = this.#sign(question);
    const { limits } = this.#options;
    socket.send(octets, () => undefined);
    const again = setTimeout(() => socket.send(octets, () => undefined), limits.replyMsMax);
    try {
      for (;;) {
        const [received] = (await once(socket, 'message', { signal })) as [Uint8Array];
        const message = this.#readDatagram(received, question, verifier);
        if (message === undefined) continue;
        if ((message.flags & FLAG_TC) !== 0) return undefined;
        checkReply(question, message, true, this.#where);
        return message;
      }
    } finally {
      clearTimeout(again);
    }
  }

  #readDatagram(
    octets: Uint8Array,
    question: TransferQuestion,
    verifier: TsigVerifier | undefined,
  ): Message | undefined {
    try {
      if (!isReplyTo(question, readMessage(octets, { questionOnly: true }))) return undefined;
      return this.#read(octets, verifier);
    } catch (error) {
      if (error instanceof WireError) return undefined;
      if (error instanceof TransferError && error.code === 'TRANSFER_MALFORMED') return undefined;
      throw error;
    }
  }
}

/** Holds a stream to the time that it may take. */
class TransferPace {
  readonly #limits: TransferLimits;
  readonly #clock: Clock;
  readonly #where: string;
  readonly #startMs: number;
  #windowMs: number;
  #windowOctets = 0;

  constructor({ limits, clock }: SessionOptions, where: string) {
    this.#limits = limits;
    this.#clock = clock;
    this.#where = where;
    this.#startMs = this.#nowMs();
    this.#windowMs = this.#startMs;
  }

  /** How long the next message may be waited for. */
  waitMs(): number {
    const { durationMsMax, idleMsMax } = this.#limits;
    const leftMs = this.#startMs + durationMsMax - this.#nowMs();
    return Math.max(1, Math.min(idleMsMax, leftMs));
  }

  /** @throws TransferError TRANSFER_TIMEOUT for a stream that trickles or takes too long */
  took(octets: number): void {
    const { durationMsMax, progressMs, progressOctetsMin } = this.#limits;
    const nowMs = this.#nowMs();
    this.#windowOctets += octets;
    if (nowMs - this.#startMs >= durationMsMax) {
      throw new TransferError(
        'TRANSFER_TIMEOUT',
        `${this.#where}: not over after ${durationMsMax} ms`,
      );
    }
    if (nowMs - this.#windowMs < progressMs) return;
    if (this.#windowOctets < progressOctetsMin) {
      const brought = `${this.#windowOctets} octets in ${nowMs - this.#windowMs} ms`;
      throw new TransferError('TRANSFER_TIMEOUT', `${this.#where}: too slow, ${brought}`);
    }
    this.#windowMs = nowMs;
    this.#windowOctets = 0;
  }

  #nowMs(): number {
    return this.#clock.monotonicUs() / 1000;
  }
}

/** @throws TransferError TRANSFER_KEY when the last message was not signed */
function endOf(verifier: TsigVerifier | undefined, where: string): void {
  try {
    verifier?.end();
  } catch (error) {
    throw error instanceof TsigError ? keyError(where, error) : error;
  }
}

function keyError(where: string, error: TsigError): TransferError {
  const text = `${where}: ${errorMessage(error)}`;
  return new TransferError('TRANSFER_KEY', text, { cause: error });
}
