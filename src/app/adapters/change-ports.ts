/** The admin API's receipts and event feed, joined to the zone database. */
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { cursorUnknown } from '#http/api/api-error.ts';
import type { EventPage, EventPort, Receipt, ReceiptPort } from '#http/api/ports.ts';

export class ReceiptAdapter implements ReceiptPort {
  readonly #zones: ZoneDb;
  /** `ADDRESS:PORT` of every name server that is watched. */
  readonly #watched: readonly string[];
  readonly #identity: string;

  constructor(zones: ZoneDb, watched: readonly string[], identity: string) {
    this.#zones = zones;
    this.#watched = watched;
    this.#identity = identity;
  }

  async find(receiptId: string): Promise<Receipt | undefined> {
    const receipt = await this.#zones.receipts.get(receiptId);
    if (receipt === undefined) return undefined;
    const { id, kind, zone, source, actor, transactionId, oldSerial, serial, served } = receipt;
    const { receivedAtMs, durableAtMs, publishedAtMs } = receipt;
    return {
      id,
      zone,
      source,
      actor,
      requestId: transactionId,
      ...(kind !== 'create' && { oldSerial }),
      ...(kind !== 'delete' && { newSerial: serial }),
      receivedAtMs,
      durableAtMs,
      ...(publishedAtMs !== undefined && { publishedAtMs }),
      served: this.#watched.map((address) => {
        const seen = served.find((sighting) => sighting.address === address);
        const sighting = { nameserver: this.#identity, address };
        return seen === undefined ? sighting : { ...sighting, servedAtMs: seen.atMs };
      }),
    };
  }

  async waitServed(receiptId: string, waitMs: number): Promise<void> {
    await this.#zones.receipts.waitServed(receiptId, waitMs);
  }
}

/** A cursor is the number of the last event that was read. */
export class EventAdapter implements EventPort {
  readonly #zones: ZoneDb;

  constructor(zones: ZoneDb) {
    this.#zones = zones;
  }

  async read(after: string | undefined, limit: number): Promise<EventPage> {
    const { journal } = this.#zones;
    const start = after === undefined ? journal.eventsStart : Number(after);
    const isOurs = after === undefined || /^\d{1,15}$/.test(after);
    if (!isOurs || start < journal.eventsStart || start > journal.eventsLast) {
      throw cursorUnknown(after ?? '');
    }
    const { events, last } = await journal.events(start, limit);
    return { events, next: String(last) };
  }
}
