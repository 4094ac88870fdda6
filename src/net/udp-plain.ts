/**
 * UDP by Node's own sockets, where the batched system calls cannot be had (udp-batched.ts): the
 * same handler, a batch of one. It runs on its thread's event loop.
 *
 * Node does not tell which of our addresses was asked, so a wildcard is opened as one socket per
 * address that the machine has when the server starts, and the answer leaves from the asked one.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { errorCode } from '#base/coded-error.ts';
import {
  DATAGRAM_DROP,
  DATAGRAM_LIMITS,
  type DatagramHandler,
  type DatagramOrigin,
} from './datagram.ts';
import { parseIpAddress } from './ip-address.ts';
import { formatListenAddress, isWildcard, type ListenAddress } from './listen-address.ts';
import { socketError } from './net-error.ts';
import { RETURN_PATH, readReplyAddress, writePeerAddress } from './return-path.ts';

export interface PlainOptions {
  /** Let the sockets of several threads share the port (SO_REUSEPORT). */
  isShared: boolean;
  /** Octets of the longest reply. */
  replySizeMax: number;
}

interface OpenSocket {
  socket: Socket;
  /** Octets of the bound address. */
  local: Uint8Array;
}

/** The sockets of one listen address on one thread. */
export class PlainGroup implements DatagramOrigin {
  readonly listen: number;
  readonly isIpv6: boolean;
  readonly clientAt = 0;
  readonly isEncrypted = false;

  readonly #handler: DatagramHandler;
  readonly #reply: Uint8Array;
  readonly #open: OpenSocket[] = [];
  #peer: RemoteInfo | undefined;
  #local: Uint8Array = new Uint8Array(0);

  private constructor(
    index: number,
    isIpv6: boolean,
    handler: DatagramHandler,
    options: PlainOptions,
  ) {
    this.listen = index;
    this.isIpv6 = isIpv6;
    this.#handler = handler;
    this.#reply = new Uint8Array(options.replySizeMax);
  }

  /**
   * @param index of the listen address, for `DatagramOrigin.listen`
   * @throws NetError as `openUdpGroup` (listen-sockets.ts)
   */
  static async open(
    listen: ListenAddress,
    index: number,
    handler: DatagramHandler,
    options: PlainOptions,
  ): Promise<PlainGroup> {
    const group = new PlainGroup(index, listen.family === 6, handler, options);
    try {
      for (const address of addressesOf(listen)) {
        await group.#bind({ ...listen, address }, options);
      }
    } catch (error) {
      await group.close();
      throw error;
    }
    return group;
  }

  async #bind(listen: ListenAddress, options: PlainOptions): Promise<void> {
    const socket = await bindPlain(listen, options.isShared);
    const entry = { socket, local: parseIpAddress(listen.address) ?? new Uint8Array(4) };
    this.#open.push(entry);
    socket.on('message', (query, peer) => this.#answer(entry, query, peer));
    // A send error of one datagram is reported to its callback; the socket goes on.
    socket.on('error', () => this.#handler.drop(DATAGRAM_DROP.refused));
  }

  #answer(entry: OpenSocket, query: Uint8Array, peer: RemoteInfo): void {
    this.#handler.beginBatch();
    if (query.length > DATAGRAM_LIMITS.querySizeMax) {
      this.#handler.drop(DATAGRAM_DROP.oversize);
    } else {
      this.#peer = peer;
      this.#local = entry.local;
      const reply = this.#reply;
      const size = query.length;
      const written = this.#handler.handle(this, query, 0, size, reply, 0, reply.length);
      if (written > 0) this.#send(entry.socket, reply.slice(0, written), peer.address, peer.port);
    }
    this.#handler.endBatch();
  }

  #send(socket: Socket, message: Uint8Array, address: string, port: number): void {
    socket.send(message, port, address, (error) => {
      if (error !== null) this.#handler.drop(DATAGRAM_DROP.refused);
    });
  }

  /** See DatagramOrigin. */
  get clientOctets(): Uint8Array {
    const [address] = (this.#peer?.address ?? '').split('%', 1);
    return parseIpAddress(address) ?? new Uint8Array(16);
  }

  /** See DatagramOrigin. */
  writeReturnPath(out: Uint8Array, at: number): void {
    if (this.#peer === undefined) return;
    writePeerAddress(out, at, this.#peer.address, this.#peer.port);
    out[at + RETURN_PATH.hasLocal] = 1;
    out.set(this.#local, at + RETURN_PATH.local);
  }

  /** Sends a message the way back that `writeReturnPath` told. */
  sendTo(path: Uint8Array, message: Uint8Array): void {
    const { address, port } = readReplyAddress(path);
    const local = path.subarray(RETURN_PATH.local, RETURN_PATH.local + (this.isIpv6 ? 16 : 4));
    const entry = this.#open.find((open) => Buffer.compare(open.local, local) === 0);
    if (entry !== undefined) this.#send(entry.socket, message, address, port);
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#open.splice(0).map(({ socket }) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        socket.close(() => resolve());
        return promise;
      }),
    );
  }
}

/**
 * Makes sure that nobody has the port: binds it without sharing, and lets go. Done once, before
 * the threads bind it shared.
 * @throws NetError as `openUdpGroup` (listen-sockets.ts)
 */
export async function probeUdpPort(listen: ListenAddress): Promise<void> {
  const socket = await bindPlain(listen, false);
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.close(() => resolve());
  await promise;
}

async function bindPlain(listen: ListenAddress, isShared: boolean): Promise<Socket> {
  const isIpv6 = listen.family === 6;
  const socket = createSocket({
    type: isIpv6 ? 'udp6' : 'udp4',
    ipv6Only: isIpv6,
    reusePort: isShared,
    recvBufferSize: DATAGRAM_LIMITS.kernelBufferSize,
    sendBufferSize: DATAGRAM_LIMITS.kernelBufferSize,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('error', reject);
  socket.bind({ address: listen.address, port: listen.port, exclusive: true }, () => resolve());
  try {
    await promise;
  } catch (error) {
    throw socketError('listen on UDP', formatListenAddress(listen), errorCode(error) ?? 'EIO');
  }
  socket.removeListener('error', reject);
  return socket;
}

function addressesOf(listen: ListenAddress): string[] {
  if (!isWildcard(listen)) return [listen.address];
  const family = listen.family === 6 ? 'IPv6' : 'IPv4';
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((address) => address.family === family && !isLinkLocal(address.address))
    .map((address) => address.address);
}

/** Link-local addresses need a zone index, which listen addresses do not have. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}
