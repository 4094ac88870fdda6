/**
 * Many questions to one server: one UDP socket and one TCP connection, replies matched by message
 * id, so that hundreds of questions can be in flight. Ids are the caller's and must differ while
 * their questions are open.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { buildFrame } from './stream-client.ts';

const REPLY_TIMEOUT_MS = 1500;
const UDP_ATTEMPTS = 4;

export class DnsExchange {
  readonly #port: number;
  readonly #address: string;
  readonly #udp: UdpSocket;
  readonly #waiting = new Map<string, (message: Uint8Array) => void>();
  #stream: Promise<Socket> | undefined;

  private constructor(port: number, address: string, udp: UdpSocket) {
    this.#port = port;
    this.#address = address;
    this.#udp = udp;
    udp.on('message', (message) => this.#take('udp', message));
    udp.on('error', () => undefined);
  }

  /** Closed by the caller. */
  static async open(port: number, address = '127.0.0.1'): Promise<DnsExchange> {
    const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    udp.connect(port, address);
    await once(udp, 'connect');
    return new DnsExchange(port, address, udp);
  }

  close(): void {
    this.#udp.close();
    void this.#stream?.then((stream) => stream.destroy());
  }

  /** The reply, or `undefined` when there is none after some attempts. */
  async askUdp(query: Uint8Array): Promise<Uint8Array | undefined> {
    for (let attempt = 0; attempt < UDP_ATTEMPTS; attempt++) {
      const reply = this.#wait('udp', query);
      this.#udp.send(query, () => undefined);
      const message = await reply;
      if (message !== undefined) return message;
    }
    return undefined;
  }

  async askTcp(query: Uint8Array): Promise<Uint8Array | undefined> {
    const reply = this.#wait('tcp', query);
    const stream = await this.#openStream();
    stream.write(buildFrame(query));
    return reply;
  }

  async #openStream(): Promise<Socket> {
    this.#stream ??= this.#connect();
    return this.#stream;
  }

  async #connect(): Promise<Socket> {
    const stream = connect({ host: this.#address, port: this.#port, noDelay: true });
    let held = Buffer.alloc(0);
    stream.on('data', (chunk: Uint8Array) => {
      held = Buffer.concat([held, chunk]);
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const end = 2 + held.readUInt16BE(0);
        this.#take('tcp', held.subarray(2, end));
        held = held.subarray(end);
      }
    });
    stream.on('error', () => undefined);
    stream.on('close', () => {
      this.#stream = undefined;
    });
    await once(stream, 'connect');
    return stream;
  }

  #take(transport: string, message: Uint8Array): void {
    this.#waiting.get(keyOf(transport, message))?.(message);
  }

  async #wait(transport: string, query: Uint8Array): Promise<Uint8Array | undefined> {
    const key = keyOf(transport, query);
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
    const timer = setTimeout(() => resolve(undefined), REPLY_TIMEOUT_MS);
    this.#waiting.set(key, resolve);
    const message = await promise;
    clearTimeout(timer);
    this.#waiting.delete(key);
    return message;
  }
}

function keyOf(transport: string, message: Uint8Array): string {
  return `${transport} ${message[0]} ${message[1]}`;
}
