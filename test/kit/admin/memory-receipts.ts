/** Receipts and the event feed over plain lists. A change is served when a test says so. */
import { cursorUnknown } from '#http/api/api-error.ts';
import type {
  EventPage,
  EventPort,
  Receipt,
  ReceiptPort,
  WriteContext,
  WriteOutcome,
} from '#http/api/ports.ts';

export class MemoryReceipts implements ReceiptPort, EventPort {
  readonly #receipts = new Map<string, Receipt>();
  readonly #events: EventPage['events'] = [];
  readonly #waiting = new Map<string, () => void>();

  /** Keeps the receipt of a change; it is durable and published at once, not served yet. */
  add(
    zone: string,
    context: WriteContext,
    serials: { oldSerial?: number; newSerial?: number },
  ): WriteOutcome {
    const id = `r-${this.#receipts.size + 1}`;
    const { actor, requestId, receivedAtMs } = context;
    const nameserver = { nameserver: 'ns1.example.', address: '127.0.0.1' };
    this.#receipts.set(id, {
      id,
      zone,
      source: 'api',
      actor,
      requestId,
      ...serials,
      receivedAtMs,
      durableAtMs: receivedAtMs + 1,
      publishedAtMs: receivedAtMs + 2,
      served: [nameserver],
    });
    this.#events.push({ kind: 'update-begun', change: id });
    return { receiptId: id, ...serials, changed: serials.oldSerial !== serials.newSerial };
  }

  /** The name server was seen serving the change. */
  setServed(id: string, atMs: number): void {
    const receipt = this.#receipts.get(id);
    for (const sighting of receipt?.served ?? []) sighting.servedAtMs = atMs;
    this.#waiting.get(id)?.();
  }

  async find(receiptId: string): Promise<Receipt | undefined> {
    return this.#receipts.get(receiptId);
  }

  async waitServed(receiptId: string, waitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(receiptId, resolve);
    const timer = setTimeout(resolve, waitMs);
    await promise;
    clearTimeout(timer);
  }

  async read(after: string | undefined, limit: number): Promise<EventPage> {
    const from = after === undefined ? 0 : Number(after);
    if (!Number.isInteger(from) || from > this.#events.length) throw cursorUnknown(after ?? '');
    const events = this.#events.slice(from, from + limit);
    return { events, next: String(from + events.length) };
  }
}
