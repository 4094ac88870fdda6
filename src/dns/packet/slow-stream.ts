/**
 * The control thread's end of replies over streams: any number of messages for one request, sent
 * no faster than the client takes them. At most SLOW_WINDOW_SIZE octets of a reply (and the message
 * that goes beyond it) are on the way, in the thread's mailbox or in the socket, however long the
 * reply and however slow the client.
 */
import { assert } from '#base/assert.ts';
import type { SlowWay } from './slow-lane.ts';
import type { ThreadOrder } from './thread-start.ts';

/**
 * With the message that goes beyond it less than half of STREAM_LIMITS.unsentSizeMax, so that a
 * transfer does not keep its own connection from being read: queries behind it are answered while
 * it goes on. What the kernel holds for the client comes on top, and keeps a fast one busy.
 */
export const SLOW_WINDOW_SIZE = 60 * 1024;
/** The same for small messages, each of which costs memory beside its octets. */
export const SLOW_WINDOW_MESSAGES = 16;

/** The replies that one stream thread is given at present, by ticket. */
export class SlowStreams {
  readonly #streams = new Map<number, SlowStream>();

  /** @param order reaches the thread that the ticket is of */
  open(ticket: number, order: (order: ThreadOrder) => void): SlowWay {
    const stream = new SlowStream(ticket, order, () => {
      // The thread's successor counts its tickets from one again.
      if (this.#streams.get(ticket) === stream) this.#streams.delete(ticket);
    });
    this.#streams.set(ticket, stream);
    return stream;
  }

  /** The client has taken a message of `size` octets. */
  taken(ticket: number, size: number): void {
    this.#streams.get(ticket)?.taken(size);
  }

  /** The client has left. */
  gone(ticket: number): void {
    this.#streams.get(ticket)?.gone();
  }

  /** The thread has ended, and all connections with it. */
  allGone(): void {
    for (const stream of this.#streams.values()) stream.gone();
    this.#streams.clear();
  }
}

class SlowStream implements SlowWay {
  readonly #ticket: number;
  readonly #order: (order: ThreadOrder) => void;
  readonly #onEnd: () => void;
  #untakenSize = 0;
  #untakenCount = 0;
  #isGone = false;
  /** Resolved when there is room, or nobody to have it. */
  #room: PromiseWithResolvers<void> | undefined;

  constructor(ticket: number, order: (order: ThreadOrder) => void, onEnd: () => void) {
    this.#ticket = ticket;
    this.#order = order;
    this.#onEnd = onEnd;
  }

  async send(message: Uint8Array): Promise<boolean> {
    assert(this.#room === undefined, 'a message is sent when there is room for it');
    if (this.#isGone) return false;
    this.#untakenSize += message.length;
    this.#untakenCount += 1;
    this.#order({ kind: 'answer', ticket: this.#ticket, message: new Uint8Array(message) });
    if (!this.#hasRoom()) {
      this.#room = Promise.withResolvers();
      await this.#room.promise;
      this.#room = undefined;
    }
    return !this.#isGone;
  }

  end(): void {
    this.#order({ kind: 'answered', ticket: this.#ticket });
    this.#onEnd();
  }

  taken(size: number): void {
    this.#untakenSize -= size;
    this.#untakenCount -= 1;
    if (this.#hasRoom()) this.#room?.resolve();
  }

  gone(): void {
    this.#isGone = true;
    this.#room?.resolve();
  }

  #hasRoom(): boolean {
    return this.#untakenSize < SLOW_WINDOW_SIZE && this.#untakenCount < SLOW_WINDOW_MESSAGES;
  }
}
