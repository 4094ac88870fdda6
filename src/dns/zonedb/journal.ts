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

/** An entry before it has its number. */
export type EntryDraft = Omit<JournalEntry, 'sequence'>;

interface Commit {
  drafts: readonly EntryDraft[];
  events: readonly Event[];
  rows: (entries: readonly JournalEntry[]) => Write[];
  resolve: (entries: JournalEntry[]) => void;
  reject: (error: unknown) => void;
}

/** Commits that go to the disk together. */
const COMMITS_TOGETHER_MAX = 256;

export class Journal {
  readonly #store: KeyValueStore;
  readonly #entries: SequencedLog;
  readonly #events: SequencedLog;
  readonly #waiting: Commit[] = [];
  #running = false;

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
   * Numbers the drafts and writes them as one with the rows of the change: on disk when it
   * resolves. Commits that wait at the same time go together. Only one write of the journal is
   * under way at any time, so numbers reach the disk in their order and without a gap.
   * @param rows the other rows of the batch, given the numbered entries
   * @throws StoreError as KeyValueStore.write
   */
  async commit(
    drafts: readonly EntryDraft[],
    rows: (entries: readonly JournalEntry[]) => Write[],
    events: readonly Event[] = [],
  ): Promise<JournalEntry[]> {
    const { promise, resolve, reject } = Promise.withResolvers<JournalEntry[]>();
    this.#waiting.push({ drafts, events, rows, resolve, reject });
    if (!this.#running) void this.#drain();
    return promise;
  }

  /** Puts one line of its own into the event feed, durably. */
  async tell(event: Event): Promise<void> {
    await this.commit([], () => [], [event]);
  }

  async #drain(): Promise<void> {
    this.#running = true;
    // What asks within this turn of the event loop is taken along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0, COMMITS_TOGETHER_MAX);
      try {
        const writes: Write[] = [];
        const entries = together.map((commit) => this.#number(commit, writes));
        await this.#store.write(writes);
        for (const [index, { resolve }] of together.entries()) resolve(entries[index]);
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    this.#running = false;
  }

  #number({ drafts, events, rows }: Commit, writes: Write[]): JournalEntry[] {
    const entries: JournalEntry[] = [];
    for (const draft of drafts) {
      const entry = { ...draft, sequence: this.#entries.next };
      entries.push(entry);
      writes.push(...this.#entries.append(formatJournalEntry(entry)));
      writes.push(...this.#appendEvent(begunEvent(entry)));
    }
    for (const event of events) writes.push(...this.#appendEvent(event));
    writes.push(...rows(entries));
    return entries;
  }

  #appendEvent(event: Event): Write[] {
    return this.#events.append(utf8(JSON.stringify(event)));
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

/** In the measurement format: the change was begun, that is written, at its entry's time. */
function begunEvent(entry: JournalEntry): Event {
  const begun = formatInstant(entry.begunAtMs);
  return {
    kind: 'update-begun',
    change: formatReceiptId(entry.sequence),
    confirmedAt: begun,
    begunAt: begun,
  };
}
