/**
 * The memory that recvmmsg and sendmmsg work on (man 2 recvmmsg): message headers, vectors, names,
 * control data and packets of `count` slots, laid out once in one block with absolute addresses, so
 * that a batch costs two system calls and no allocation. Slot i of the send side has its own reply
 * buffer and shares name and control data with slot i of the receive side: the reply goes back
 * where its query came from.
 *
 *     mmsghdr (64)    0 name  8 name size  16 iov  24 iov count  32 control  40 control size
 *                     48 flags  56 octets transferred
 *     iovec (16)      0 base  8 size
 *     cmsghdr         0 size (8)  8 level (4)  12 type (4)  16 data
 *     in_pktinfo      0 interface  4 our address (source of the reply)  8 destination in the header
 *     in6_pktinfo     0 destination address (16)  16 interface
 */
import { IP_PKTINFO, IPPROTO_IP, IPPROTO_IPV6, IPV6_PKTINFO, type Libc } from './libc.ts';
import { RETURN_PATH, RETURN_PATH_SIZE } from './return-path.ts';
import {
  ADDRESS_AT_IPV4,
  ADDRESS_AT_IPV6,
  pathToSockaddr,
  SOCKADDR_SIZE_MAX,
  sockaddrToPath,
} from './socket-address.ts';

const HEADER_SIZE = 64;
const VECTOR_SIZE = 16;
const NAME_SIZE = 32;
const CONTROL_SIZE = 64;
const CMSG_DATA = 16;
const PKTINFO4_SIZE = 12;
const PKTINFO6_SIZE = 20;

export interface SlotSizes {
  count: number;
  /** Octets per query buffer. */
  querySizeMax: number;
  /** Octets per reply buffer. */
  replySizeMax: number;
}

export class MessageSlots {
  readonly count: number;
  readonly querySizeMax: number;
  readonly replySizeMax: number;
  /** Everything; queries and replies are at `queryAt(i)` and `replyAt(i)`. */
  readonly octets: Uint8Array;
  /** Absolute addresses of the header arrays. */
  readonly receiveHeaders: number;
  readonly sendHeaders: number;

  readonly #words: Uint32Array;
  readonly #receiveAt: number;
  readonly #sendAt: number;
  readonly #sendVectorAt: number;
  readonly #nameAt: number;
  readonly #controlAt: number;
  readonly #queriesAt: number;
  readonly #repliesAt: number;
  readonly #replyStride: number;

  constructor(libc: Libc, sizes: SlotSizes) {
    const { count } = sizes;
    this.count = count;
    this.querySizeMax = roundUp(sizes.querySizeMax);
    this.replySizeMax = sizes.replySizeMax;
    const replyStride = roundUp(sizes.replySizeMax);
    let size = 0;
    const take = (octets: number): number => {
      const at = size;
      size += octets * count;
      return at;
    };
    this.#receiveAt = take(HEADER_SIZE);
    this.#sendAt = take(HEADER_SIZE);
    const receiveVectorAt = take(VECTOR_SIZE);
    this.#sendVectorAt = take(VECTOR_SIZE);
    this.#nameAt = take(NAME_SIZE);
    this.#controlAt = take(CONTROL_SIZE);
    this.#queriesAt = take(this.querySizeMax);
    this.#repliesAt = take(replyStride);
    this.#replyStride = replyStride;
    this.octets = new Uint8Array(new SharedArrayBuffer(size));
    this.#words = new Uint32Array(this.octets.buffer);
    const base = libc.addressOf(this.octets);
    this.receiveHeaders = base + this.#receiveAt;
    this.sendHeaders = base + this.#sendAt;
    for (let i = 0; i < count; i++) {
      this.#link(base, this.#receiveAt, receiveVectorAt, i, this.queryAt(i), this.querySizeMax);
      this.#link(base, this.#sendAt, this.#sendVectorAt, i, this.replyAt(i), 0);
    }
    this.rearm(count);
  }

  #link(base: number, headers: number, vectors: number, i: number, dataAt: number, size: number) {
    const view = new DataView(this.octets.buffer);
    const header = headers + i * HEADER_SIZE;
    const vector = vectors + i * VECTOR_SIZE;
    const pointer = (at: number, target: number): void =>
      view.setBigUint64(at, BigInt(base + target), true);
    pointer(header, this.#nameAt + i * NAME_SIZE);
    pointer(header + 16, vector);
    view.setUint32(header + 24, 1, true);
    pointer(header + 32, this.#controlAt + i * CONTROL_SIZE);
    pointer(vector, dataAt);
    view.setUint32(vector + 8, size, true);
  }

  queryAt(i: number): number {
    return this.#queriesAt + i * this.querySizeMax;
  }

  replyAt(i: number): number {
    return this.#repliesAt + i * this.#replyStride;
  }

  /** Octets received into slot `i`. */
  querySize(i: number): number {
    return this.#words[(this.#receiveAt + i * HEADER_SIZE + 56) >>> 2];
  }

  /** Where the address of query `i`'s sender stands. */
  clientAt(i: number, isIpv6: boolean): number {
    return this.#nameAt + i * NAME_SIZE + (isIpv6 ? ADDRESS_AT_IPV6 : ADDRESS_AT_IPV4);
  }

  /** MSG_ flags that the kernel set on slot `i`. */
  flags(i: number): number {
    return this.#words[(this.#receiveAt + i * HEADER_SIZE + 48) >>> 2];
  }

  /** Makes the first `count` slots ready to receive; the kernel overwrites the sizes. */
  rearm(count: number): void {
    for (let i = 0; i < count; i++) {
      const header = (this.#receiveAt + i * HEADER_SIZE) >>> 2;
      this.#words[header + 2] = SOCKADDR_SIZE_MAX;
      this.#words[header + 10] = CONTROL_SIZE;
    }
  }

  /**
   * Makes send slot `to` carry `size` octets back to where query `from` came from. Slots are filled
   * in order, so `to <= from` and the name overwritten belongs to a query already handled.
   */
  reply(to: number, from: number, size: number): void {
    const words = this.#words;
    const source = (this.#receiveAt + from * HEADER_SIZE) >>> 2;
    const header = (this.#sendAt + to * HEADER_SIZE) >>> 2;
    if (to !== from) {
      const name = this.#nameAt + from * NAME_SIZE;
      this.octets.copyWithin(this.#nameAt + to * NAME_SIZE, name, name + NAME_SIZE);
      const control = this.#controlAt + from * CONTROL_SIZE;
      this.octets.copyWithin(this.#controlAt + to * CONTROL_SIZE, control, control + CONTROL_SIZE);
    }
    words[header + 2] = words[source + 2];
    const controlSize = words[source + 10];
    words[header + 10] = controlSize;
    words[(this.#sendVectorAt + to * VECTOR_SIZE + 8) >>> 2] = size;
    if (controlSize !== 0) this.#forgetInterface(this.#controlAt + to * CONTROL_SIZE);
  }

  /** The reply's route is the routing table's business, not that of the query's interface. */
  #forgetInterface(control: number): void {
    const words = this.#words;
    const data = (control + CMSG_DATA) >>> 2;
    if (words[(control + 8) >>> 2] === IPPROTO_IPV6) words[data + 4] = 0;
    else words[data] = 0;
  }

  /** The way back to the sender of query `i`. */
  writeReturnPath(i: number, out: Uint8Array, at: number): void {
    out.fill(0, at, at + RETURN_PATH_SIZE);
    sockaddrToPath(this.octets, this.#nameAt + i * NAME_SIZE, out, at);
    const header = (this.#receiveAt + i * HEADER_SIZE) >>> 2;
    if (this.#words[header + 10] === 0) return;
    const isIpv6 = out[at] === 6;
    const local = this.#controlAt + i * CONTROL_SIZE + CMSG_DATA + (isIpv6 ? 0 : 4);
    const localSize = isIpv6 ? 16 : 4;
    out[at + RETURN_PATH.hasLocal] = 1;
    for (let k = 0; k < localSize; k++) out[at + RETURN_PATH.local + k] = this.octets[local + k];
  }

  /** Aims send slot 0 at the end of a return path with a message of at most `replySizeMax`. */
  fillFromPath(path: Uint8Array, message: Uint8Array): void {
    const header = this.#sendAt >>> 2;
    this.#words[header + 2] = pathToSockaddr(path, this.octets, this.#nameAt);
    this.octets.set(message, this.replyAt(0));
    this.#words[(this.#sendVectorAt + 8) >>> 2] = message.length;
    this.#words[header + 10] = path[RETURN_PATH.hasLocal] === 1 ? this.#writeControl(path) : 0;
  }

  #writeControl(path: Uint8Array): number {
    const control = this.#controlAt;
    const isIpv6 = path[RETURN_PATH.family] === 6;
    const view = new DataView(this.octets.buffer);
    const dataSize = isIpv6 ? PKTINFO6_SIZE : PKTINFO4_SIZE;
    this.octets.fill(0, control, control + CONTROL_SIZE);
    view.setUint32(control, CMSG_DATA + dataSize, true);
    view.setUint32(control + 8, isIpv6 ? IPPROTO_IPV6 : IPPROTO_IP, true);
    view.setUint32(control + 12, isIpv6 ? IPV6_PKTINFO : IP_PKTINFO, true);
    const size = isIpv6 ? 16 : 4;
    const local = path.subarray(RETURN_PATH.local, RETURN_PATH.local + size);
    this.octets.set(local, control + CMSG_DATA + (isIpv6 ? 0 : 4));
    return CMSG_DATA + Math.ceil(dataSize / 8) * 8;
  }
}

function roundUp(octets: number): number {
  return Math.ceil(octets / 64) * 64;
}
