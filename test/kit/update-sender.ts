/**
 * A client of DNS UPDATE that is made for loads: one UDP socket or TCP connection of its own to a
 * server on 127.0.0.1, one message at a time, signed or not, for our server and others alike. What
 * is sent is made by the caller (update-message.ts), so that the time it takes is not measured.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { signRequest } from '#dns/tsig/tsig-client.ts';
import type { TsigKey } from '#dns/tsig/tsig-key.ts';
import { buildFrame } from './stream-client.ts';

/** A datagram is sent again after so long without a reply. */
const RESEND_MS = 2000;
const ATTEMPTS_MAX = 5;
const RCODE_MASK = 0x0f;

export interface SenderOptions {
  port: number;
  transport: 'udp' | 'tcp';
  key?: TsigKey;
  /** Of each datagram, one right behind the other; default 1. */
  copies?: number;
}

export class UpdateSender {
  readonly #options: SenderOptions;
  readonly #udp: UdpSocket | undefined;
  readonly #tcp: Socket | undefined;
  #waiting: { id: number; resolve: (reply: Uint8Array | undefined) => void } | undefined;
  #held = Buffer.alloc(0);

  private constructor(options: SenderOptions, udp: UdpSocket | undefined, tcp: Socket | undefined) {
    this.#options = options;
    this.#udp = udp;
    this.#tcp = tcp;
    udp?.on('message', (message) => this.#take(message));
    tcp?.on('data', (chunk: Uint8Array) => this.#takeChunk(chunk));
    for (const socket of [udp, tcp]) socket?.on('error', () => this.#waiting?.resolve(undefined));
  }

  /** Closed by the caller. */
  static async open(options: SenderOptions): Promise<UpdateSender> {
    if (options.transport === 'udp') {
      const udp = createSocket('udp4');
      udp.connect(options.port, '127.0.0.1');
      await once(udp, 'connect');
      return new UpdateSender(options, udp, undefined);
    }
    const tcp = connect({ host: '127.0.0.1', port: options.port, noDelay: true });
    await once(tcp, 'connect');
    return new UpdateSender(options, undefined, tcp);
  }

  close(): void {
    this.#udp?.close();
    this.#tcp?.destroy();
  }

  /** The reply's RCODE, its signature verified where there is a key; rejects without a reply. */
  async send(message: Uint8Array): Promise<number> {
    const { key, transport } = this.#options;
    const signed = key && signRequest(message, key, Date.now());
    const octets = signed?.message ?? message;
    const attemptsMax = transport === 'udp' ? ATTEMPTS_MAX : 1;
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const reply = await this.#exchange(octets, RESEND_MS * (ATTEMPTS_MAX / attemptsMax));
      if (reply === undefined) continue;
      signed?.verifier.verify(Uint8Array.from(reply), Date.now());
      return reply[3] & RCODE_MASK;
    }
    throw new Error(`no reply to an update over ${transport}`);
  }

  async #exchange(octets: Uint8Array, timeoutMs: number): Promise<Uint8Array | undefined> {
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
    this.#waiting = { id: idOf(octets), resolve };
    const timer = setTimeout(() => resolve(undefined), timeoutMs);
    this.#tcp?.write(buildFrame(octets));
    const { copies = 1 } = this.#options;
    for (let copy = 0; copy < copies; copy++) this.#udp?.send(octets);
    const reply = await promise;
    clearTimeout(timer);
    return reply;
  }

  #takeChunk(chunk: Uint8Array): void {
    this.#held = this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk]);
    while (this.#held.length >= 2 && this.#held.length >= 2 + this.#held.readUInt16BE(0)) {
      const end = 2 + this.#held.readUInt16BE(0);
      this.#take(this.#held.subarray(2, end));
      this.#held = this.#held.subarray(end);
    }
  }

  /** A reply to an earlier message, to its second copy, is passed over. */
  #take(reply: Uint8Array): void {
    if (this.#waiting?.id === idOf(reply)) this.#waiting.resolve(reply);
  }
}

function idOf(message: Uint8Array): number {
  return (message[0] << 8) | message[1];
}
