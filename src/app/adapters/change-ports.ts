/** The admin API's receipts and event feed, joined to the zone database. */
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { cursorUnknown } from '#http/api/api-error.ts';
import type { EventPage, EventPort, Receipt, ReceiptPort } from '#http/api/ports.ts';

/** A name server that changes are looked for at. */
export interface ReceiptPlace {
  nameserver: string;
  /** `ADDRESS:PORT`. */
  address: string;
}

export class ReceiptAdapter implements ReceiptPort {
  readonly #zones: ZoneDb;
  readonly #placesOf: (zone: string) => readonly ReceiptPlace[];

  /** @param placesOf every name server that a zone's changes are looked for at */
  constructor(zones: ZoneDb, placesOf: (zone: string) => readonly ReceiptPlace[]) {
    this.#zones = zones;
    this.#placesOf = placesOf;
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
      served: this.#placesOf(zone).map((sighting) => {
        const seen = served.find(({ address }) => address === sighting.address);
        return seen === undefined ? sighting : { ...sighting, servedAtMs: seen.atMs };
      }),
    };
  }

  async ofTransaction(transactionId: string): Promise<Receipt[]> {
    const ids = await this.#zones.receipts.ofTransaction(transactionId);
    const receipts = await Promise.all(ids.map((id) => this.find(id)));
    return receipts.filter((receipt) => receipt !== undefined);
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
