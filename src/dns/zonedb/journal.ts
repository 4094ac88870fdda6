/**
 * The journal: one entry per version of any zone, numbered without gaps, written in the same batch
 * as the version itself. Beside it runs the event feed that the sidecar reads, in the measurement
 * format (docs/reference/ledger.md): one line per change (`update-begun`) or backup.
 */
import { asBuffer, utf8 } from '#base/bytes.ts';
import { formatInstant } from '#base/clock.ts';
import type { KeyValueStore, Write } from '#store/key-value-store.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import { SequencedLog } from '#store/sequenced-log.ts';
import { formatJournalEntry, type JournalEntry, parseJournalEntry } from './journal-entry.ts';
import { formatReceiptId } from './receipt-id.ts';

/** Entries kept; older ones are dropped when newer ones come. */
export const JOURNAL_ENTRIES_MAX = 100_000;
export const EVENTS_MAX = 100_000;

/** One line of the event feed; `kind` as in the measurement format. */
export type Event = { kind: string } & Record<string, unknown>;

export interface EventPage {
  events: Event[];
  /** Number of the last event given; ask for what is after it next time. */
  last: number;
}

export class Journal {
  readonly #store: KeyValueStore;
  readonly #entries: SequencedLog;
  readonly #events: SequencedLog;

  private constructor(store: KeyValueStore, entries: SequencedLog, events: SequencedLog) {
    this.#store = store;
    this.#entries = entries;
    this.#events = events;
  }

  /** @throws StoreError STORE_DAMAGED when the sequence has a gap */
  static async open(store: KeyValueStore): Promise<Journal> {
    const entries = await SequencedLog.open(
      store,
      KEYSPACE.journal,
      'journal',
      JOURNAL_ENTRIES_MAX,
    );
    const events = await SequencedLog.open(store, KEYSPACE.event, 'event feed', EVENTS_MAX);
    return new Journal(store, entries, events);
  }

  /** Number of the newest entry, 0 when there is none. */
  get last(): number {
    return this.#entries.last;
  }

  /**
   * Numbers the entry and gives it with the writes that keep it and tell the event feed. Put the
   * writes into the batch of the change and hand that to the store before anything else happens.
   */
  append(draft: Omit<JournalEntry, 'sequence'>): { entry: JournalEntry; writes: Write[] } {
    const entry = { ...draft, sequence: this.#entries.next };
    const begun = formatInstant(entry.begunAtMs);
    const event: Event = {
      kind: 'update-begun',
      change: formatReceiptId(entry.sequence),
      confirmedAt: begun,
      begunAt: begun,
    };
    return {
      entry,
      writes: [...this.#entries.append(formatJournalEntry(entry)), ...this.#appendEvent(event)],
    };
  }

  #appendEvent(event: Event): Write[] {
    return this.#events.append(utf8(JSON.stringify(event)));
  }

  /** Puts one line of its own into the event feed, durably. */
  async tell(event: Event): Promise<void> {
    await this.#store.write(this.#appendEvent(event));
  }

  /** `undefined` for a number that was never given or whose entry has been dropped. */
  async get(sequence: number): Promise<JournalEntry | undefined> {
    const value = await this.#entries.get(this.#store, sequence);
    return value === undefined ? undefined : parseJournalEntry(value);
  }

  /** Number of the oldest event kept minus one: where a reader without a cursor starts. */
  get eventsStart(): number {
    return this.#events.first - 1;
  }

  get eventsLast(): number {
    return this.#events.last;
  }

  /** Events after a number, oldest first. */
  async events(after: number, limit: number): Promise<EventPage> {
    const entries = await this.#events.read(this.#store, after, limit);
    return {
      events: entries.map(({ value }) => JSON.parse(asBuffer(value).toString('utf8')) as Event),
      last: entries.at(-1)?.sequence ?? after,
    };
  }
}
