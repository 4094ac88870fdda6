/**
 * The slow lane's way from a packet thread to the control thread: a ring of fixed slots in shared
 * memory, one producer and one consumer, no lock. A packet thread blocks in a system call and runs
 * no event loop, so it cannot post and await; it can write here and ring the bell.
 *
 *     words    0 pushed  1 taken    counts of slots ever, compared modulo 2^32
 *     slot     0 octets (4)  4 listen (4)  8 return path (64)  72 message (querySizeMax)
 *
 * The producer writes the slot before it stores `pushed`, the consumer copies it before it stores
 * `taken`: each atomic store publishes what was done before it. The ring outlives its thread, so a
 * successor goes on where the dead one stopped (a half-written slot was never published).
 */
import { DATAGRAM_LIMITS, type DatagramOrigin } from '#net/datagram.ts';
import { RETURN_PATH_SIZE } from '#net/return-path.ts';

/** Requests of one thread that may wait for the control thread. */
export const SLOW_RING_SLOTS = 256;

const PUSHED = 0;
const TAKEN = 1;
const WORDS_SIZE = 64;
const SLOT_PATH = 8;
const SLOT_MESSAGE = SLOT_PATH + RETURN_PATH_SIZE;
const SLOT_SIZE = SLOT_MESSAGE + DATAGRAM_LIMITS.querySizeMax;

export interface SlowDatagram {
  /** Index of the listen address. */
  listen: number;
  path: Uint8Array;
  bytes: Uint8Array;
}

export class SlowRing {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #octets: Uint8Array;
  readonly #view: DataView;

  /** `memory`: of the ring to open; without it a new one is made. */
  constructor(memory = new SharedArrayBuffer(WORDS_SIZE + SLOW_RING_SLOTS * SLOT_SIZE)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, WORDS_SIZE / 4);
    this.#octets = new Uint8Array(memory);
    this.#view = new DataView(memory);
  }

  /** Producer: false, and nothing kept, if the ring is full or the message too long for it. */
  push(origin: DatagramOrigin, from: Uint8Array, at: number, size: number): boolean {
    const pushed = this.#words[PUSHED];
    const waiting = (pushed - Atomics.load(this.#words, TAKEN)) | 0;
    if (waiting >= SLOW_RING_SLOTS || size > DATAGRAM_LIMITS.querySizeMax) return false;
    const slot = slotAt(pushed);
    this.#view.setUint32(slot, size, true);
    this.#view.setUint32(slot + 4, origin.listen, true);
    origin.writeReturnPath(this.#octets, slot + SLOT_PATH);
    const to = slot + SLOT_MESSAGE;
    for (let i = 0; i < size; i++) this.#octets[to + i] = from[at + i];
    Atomics.store(this.#words, PUSHED, (pushed + 1) | 0);
    return true;
  }

  /** Consumer: the oldest request, copied, or `undefined`. */
  take(): SlowDatagram | undefined {
    const taken = this.#words[TAKEN];
    if (Atomics.load(this.#words, PUSHED) === taken) return undefined;
    const slot = slotAt(taken);
    const size = Math.min(this.#view.getUint32(slot, true), DATAGRAM_LIMITS.querySizeMax);
    const datagram = {
      listen: this.#view.getUint32(slot + 4, true),
      path: Uint8Array.from(this.#octets.subarray(slot + SLOT_PATH, slot + SLOT_MESSAGE)),
      bytes: Uint8Array.from(
        this.#octets.subarray(slot + SLOT_MESSAGE, slot + SLOT_MESSAGE + size),
      ),
    };
    Atomics.store(this.#words, TAKEN, (taken + 1) | 0);
    return datagram;
  }
}

function slotAt(count: number): number {
  return WORDS_SIZE + ((count >>> 0) % SLOW_RING_SLOTS) * SLOT_SIZE;
}
