/**
 * The stream thread's end of the slow lane: which connection waits for which answer. A query that
 * needs the control thread goes there with a ticket; messages come back under it, any number, and
 * at last `answered`. What the client has taken is told back, so that the control thread never has
 * more on the way than SLOW_WINDOW_SIZE (slow-stream.ts).
 *
 *     push ──slow──> control thread ──answer*──> connection ──taken*──> control thread
 *                                   ──answered─> ticket is free
 *
 * A ticket stays taken after its client has left until the control thread says `answered`: clients
 * that come and go cannot make it work on more than SLOW_OUTSTANDING_MAX requests of this thread.
 */
import { RETURN_PATH_SIZE } from '#net/return-path.ts';
import type { StreamConnection } from '#net/stream-connection.ts';
import type { StreamOrigin } from '#net/stream-handler.ts';
import { SLOW_OUTSTANDING_MAX } from './slow-lane.ts';
import type { ThreadPort } from './thread-body.ts';

/** The open connection of this id. */
type FindConnection = (id: number) => StreamConnection | undefined;

export class StreamTickets {
  readonly #port: ThreadPort;
  readonly #transport: 'tcp' | 'tls';
  readonly #find: FindConnection;
  /** Ids of connections, by ticket. */
  readonly #waiting = new Map<number, number>();
  #next = 1;

  constructor(port: ThreadPort, transport: 'tcp' | 'tls', find: FindConnection) {
    this.#port = port;
    this.#transport = transport;
    this.#find = find;
  }

  /** Hands a query to the control thread; false, and nothing done, if too many are there. */
  push(origin: StreamOrigin, query: Uint8Array, at: number, size: number): boolean {
    if (this.#waiting.size >= SLOW_OUTSTANDING_MAX) return false;
    const path = new Uint8Array(RETURN_PATH_SIZE);
    origin.writeReturnPath(path, 0);
    const ticket = this.#next;
    this.#next += 1;
    this.#waiting.set(ticket, origin.id);
    this.#port.report({
      kind: 'slow',
      ticket,
      transport: this.#transport,
      listen: origin.listen,
      path,
      // A copy: posting a view would post all of the memory behind it.
      bytes: new Uint8Array(query.subarray(at, at + size)),
      certificate: origin.certificate,
      tlsVersion: origin.tlsVersion,
    });
    return true;
  }

  answer(ticket: number, message: Uint8Array): void {
    const id = this.#waiting.get(ticket);
    if (id === undefined) return;
    this.#find(id)?.answer(message, () => {
      if (!this.#waiting.has(ticket)) return;
      this.#port.report({ kind: 'taken', ticket, size: message.length });
    });
  }

  answered(ticket: number): void {
    const id = this.#waiting.get(ticket);
    if (id === undefined) return;
    this.#waiting.delete(ticket);
    this.#find(id)?.answered();
  }

  /** Its client has left: the control thread may stop to work for it. */
  closed({ id }: StreamOrigin): void {
    for (const [ticket, connection] of this.#waiting) {
      if (connection === id) this.#port.report({ kind: 'gone', ticket });
    }
  }
}
