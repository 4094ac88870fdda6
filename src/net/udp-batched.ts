/**
 * UDP by system calls that carry a whole batch: recvmmsg fills up to 64 slots, the handler writes
 * each answer into the send slot beside it, one sendmmsg sends them all. This is a blocking loop
 * and wants a thread of its own; between batches, and at least every `waitMs`, it looks at
 * `isStopped`.
 *
 * One socket is waited for inside recvmmsg (its receive timeout bounds the wait); several are
 * waited for with poll. A reply that the kernel refuses loses only itself: sendmmsg stops in front
 * of it, the loop steps over it and sends the rest.
 */
import { DATAGRAM_DROP, type DatagramHandler, type DatagramOrigin } from './datagram.ts';
import {
  EAGAIN,
  EINTR,
  ENOBUFS,
  type Libc,
  MSG_DONTWAIT,
  MSG_TRUNC,
  MSG_WAITFORONE,
  POLLIN,
} from './libc.ts';
import { MessageSlots, type SlotSizes } from './message-slots.ts';
import { NetError } from './net-error.ts';
import { RETURN_PATH_SIZE } from './return-path.ts';

/** A bound UDP socket, by descriptor; numbers, so that it can be handed to another thread. */
export interface UdpSocket {
  fd: number;
  /** Index of its listen address. */
  listen: number;
  isIpv6: boolean;
}

export interface BatchedLoopOptions extends SlotSizes {
  /** Longest wait without looking at `isStopped`; also the sockets' receive timeout. */
  waitMs: number;
  /** Asked after every wait. */
  isStopped(): boolean;
}

const POLLFD_SIZE = 8;

export class BatchedLoop implements DatagramOrigin {
  listen = 0;
  isIpv6 = false;
  readonly clientOctets: Uint8Array;
  clientAt = 0;
  readonly isEncrypted = false;

  readonly #libc: Libc;
  readonly #sockets: readonly UdpSocket[];
  readonly #handler: DatagramHandler;
  readonly #options: BatchedLoopOptions;
  readonly #slots: MessageSlots;
  readonly #polled: Int16Array;
  readonly #polledAddress: number;
  #current = 0;

  constructor(
    libc: Libc,
    sockets: readonly UdpSocket[],
    handler: DatagramHandler,
    options: BatchedLoopOptions,
  ) {
    this.#libc = libc;
    this.#sockets = sockets;
    this.#handler = handler;
    this.#options = options;
    this.#slots = new MessageSlots(libc, options);
    this.clientOctets = this.#slots.octets;
    const polled = new Uint8Array(new SharedArrayBuffer(sockets.length * POLLFD_SIZE));
    const view = new DataView(polled.buffer);
    for (const [i, socket] of sockets.entries()) {
      view.setInt32(i * POLLFD_SIZE, socket.fd, true);
      view.setInt16(i * POLLFD_SIZE + 4, POLLIN, true);
    }
    this.#polled = new Int16Array(polled.buffer);
    this.#polledAddress = libc.addressOf(polled);
  }

  /** See DatagramOrigin: the datagram in hand. */
  writeReturnPath(out: Uint8Array, at: number): void {
    this.#slots.writeReturnPath(this.#current, out, at);
  }

  /**
   * Returns when stopped.
   * @throws NetError NET_RECEIVE_FAILED when a socket can no longer be read
   */
  run(): void {
    const isAlone = this.#sockets.length === 1;
    while (!this.#options.isStopped()) {
      if (isAlone) this.#serve(this.#sockets[0], MSG_WAITFORONE);
      else this.#serveReadable();
    }
  }

  #serveReadable(): void {
    const count = this.#sockets.length;
    const ready = this.#libc.poll(this.#polledAddress, count, this.#options.waitMs);
    if (ready <= 0) return;
    for (let i = 0; i < count; i++) {
      if (this.#polled[i * 4 + 3] !== 0) this.#serve(this.#sockets[i], MSG_DONTWAIT);
    }
  }

  #serve(socket: UdpSocket, flags: number): void {
    const slots = this.#slots;
    const count = this.#libc.recvmmsg(socket.fd, slots.receiveHeaders, slots.count, flags, 0);
    if (count <= 0) {
      if (count < 0) this.#checkReceive(socket);
      return;
    }
    this.listen = socket.listen;
    this.isIpv6 = socket.isIpv6;
    this.#handler.beginBatch();
    const replies = this.#answer(count);
    if (replies > 0) this.#send(socket.fd, replies);
    this.#handler.endBatch();
    slots.rearm(count);
  }

  #checkReceive(socket: UdpSocket): void {
    const errno = this.#libc.errno();
    if (errno === EAGAIN || errno === EINTR) return;
    const name = this.#libc.errnoName(errno);
    throw new NetError('NET_RECEIVE_FAILED', `cannot read UDP socket ${socket.fd}: ${name}`);
  }

  #answer(count: number): number {
    const slots = this.#slots;
    const { octets, replySizeMax } = slots;
    const handler = this.#handler;
    let replies = 0;
    for (let i = 0; i < count; i++) {
      if ((slots.flags(i) & MSG_TRUNC) !== 0) {
        handler.drop(DATAGRAM_DROP.oversize);
        continue;
      }
      this.#current = i;
      this.clientAt = slots.clientAt(i, this.isIpv6);
      const size = handler.handle(
        this,
        octets,
        slots.queryAt(i),
        slots.querySize(i),
        octets,
        slots.replyAt(replies),
        replySizeMax,
      );
      if (size <= 0) continue;
      slots.reply(replies, i, size);
      replies += 1;
    }
    return replies;
  }

  #send(fd: number, replies: number): void {
    let sent = 0;
    while (sent < replies) {
      const headers = this.#slots.sendHeaders + sent * 64;
      const count = this.#libc.sendmmsg(fd, headers, replies - sent, 0);
      if (count > 0) {
        sent += count;
        continue;
      }
      const errno = this.#libc.errno();
      if (errno === EINTR) continue;
      if (errno === EAGAIN || errno === ENOBUFS) {
        for (; sent < replies; sent++) this.#handler.drop(DATAGRAM_DROP.congested);
        return;
      }
      this.#handler.drop(DATAGRAM_DROP.refused);
      sent += 1;
    }
  }
}

/** Sends single messages on sockets that a loop in another thread reads. */
export class DatagramSender {
  readonly #libc: Libc;
  readonly #slots: MessageSlots;

  constructor(libc: Libc, replySizeMax: number) {
    this.#libc = libc;
    this.#slots = new MessageSlots(libc, { count: 1, querySizeMax: 0, replySizeMax });
  }

  /** False if the message is too long or the kernel refused it. Never waits. */
  send(fd: number, path: Uint8Array, message: Uint8Array): boolean {
    if (message.length > this.#slots.replySizeMax || path.length < RETURN_PATH_SIZE) return false;
    this.#slots.fillFromPath(path, message);
    return this.#libc.sendmmsg(fd, this.#slots.sendHeaders, 1, MSG_DONTWAIT) === 1;
  }
}
