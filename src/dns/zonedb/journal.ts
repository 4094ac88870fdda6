/**
 * The journal: one entry per version of any zone, numbered without gaps, written in the same batch
 * as the version itself. Beside it runs the event feed that the sidecar reads, in the measurement
 * format (docs/reference/ledger.md): one line per change (`update-begun`) or backup.
 */
import { asBuffer, asPlainBytes, utf8 } from '#base/bytes.ts';
import { formatInstant } from '#base/clock.ts';
import { type Name, nameKey } from '#dns/wire/name.ts';
import type { KeyValueReader, KeyValueStore, Write } from '#store/key-value-store.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import { type LogEntry, SequencedLog } from '#store/sequenced-log.ts';
import {
  type EntryDraft,
  formatJournalEntry,
  type JournalEntry,
  parseEntryHead,
  parseJournalEntry,
} from './journal-entry.ts';
import { type IndexedEntry, JournalIndex } from './journal-index.ts';
import { formatReceiptId } from './receipt-id.ts';

/** What the journal keeps; beyond any of these the oldest entries go as newer ones come. */
export interface JournalLimits {
  entriesMax: number;
  /** Octets of entries, the newest entry aside. */
  octetsMax: number;
  ageMsMax: number;
}

export const JOURNAL_LIMITS: Readonly<JournalLimits> = Object.freeze({
  entriesMax: 100_000,
  octetsMax: 256 << 20,
  ageMsMax: 400 * 86_400_000,
});
export const EVENTS_MAX = 100_000;
/** Entries dropped for each one that comes, at most: a step that nobody notices. */
const DROPPED_PER_ENTRY_MAX = 2;
/** Entries of a zone read at once. */
const WALK_COUNT = 64;
/** Octets of entries read at once, but for a single larger one. */
const WALK_OCTETS_MAX = 4 << 20;

/** Entries of one transaction that are looked at. */
const TRANSACTION_ENTRIES_MAX = 256;
/** Entries read at once by who goes through all of them. */
const NEWEST_COUNT = 16;

/** One line of the event feed; `kind` as in the measurement format. */
export type Event = { kind: string } & Record<string, unknown>;

export interface EventPage {
  events: Event[];
  /** Number of the last event given; ask for what is after it next time. */
  last: number;
}

/** An entry on its way to the disk. */
interface NumberedEntry {
  entry: JournalEntry;
  octets: number;
}

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
  readonly #index: JournalIndex;
  readonly #events: SequencedLog;
  readonly #limits: JournalLimits;
  readonly #waiting: Commit[] = [];
  #running = false;

  private constructor(
    store: KeyValueStore,
    entries: SequencedLog,
    index: JournalIndex,
    events: SequencedLog,
    limits: JournalLimits,
  ) {
    this.#store = store;
    this.#entries = entries;
    this.#index = index;
    this.#events = events;
    this.#limits = limits;
  }

  /** @throws StoreError STORE_DAMAGED when the sequence has a gap */
  static async open(
    store: KeyValueStore,
    limits: JournalLimits = JOURNAL_LIMITS,
  ): Promise<Journal> {
    const index = new JournalIndex();
    const entries = await openJournalLog(store, ({ sequence, value }) => {
      const { zone, version, ...marks } = parseEntryHead(value);
      index.add(zone, { sequence, version, octets: value.length }, marks);
    });
    const events = await SequencedLog.open(store, KEYSPACE.event, 'event feed', EVENTS_MAX);
    return new Journal(store, entries, index, events, limits);
  }

  /** Number of the newest entry, 0 when there is none. */
  get last(): number {
    return this.#entries.last;
  }

  /** Number of the oldest entry that is kept. */
  get first(): number {
    return this.#entries.first;
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
      const marks = [this.#entries.mark(), this.#events.mark()] as const;
      try {
        const writes: Write[] = [];
        const numbered = together.map((commit) => this.#number(commit, writes));
        const dropped = this.#trim(numbered.flat(), writes);
        await this.#store.write(writes);
        this.#enter(numbered.flat(), dropped);
        for (const [index, { resolve }] of together.entries()) {
          resolve(numbered[index].map(({ entry }) => entry));
        }
      } catch (error) {
        this.#entries.goBack(marks[0]);
        this.#events.goBack(marks[1]);
        for (const { reject } of together) reject(error);
      }
    }
    this.#running = false;
  }

  #number({ drafts, events, rows }: Commit, writes: Write[]): NumberedEntry[] {
    const numbered = drafts.map((draft) => {
      const entry = { ...draft, sequence: this.#entries.next };
      const value = formatJournalEntry(entry);
      writes.push(...this.#entries.append(value));
      // Nobody asked for what a restore does, so nobody's time counts.
      if (entry.source !== 'restore') writes.push(...this.#appendEvent(begunEvent(entry)));
      return { entry, octets: value.length };
    });
    for (const event of events) writes.push(...this.#appendEvent(event));
    writes.push(...rows(numbered.map(({ entry }) => entry)));
    return numbered;
  }

  /** @returns how many of the oldest entries go with what comes */
  #trim(coming: readonly NumberedEntry[], writes: Write[]): number {
    const { entriesMax, octetsMax, ageMsMax } = this.#limits;
    const last = coming.at(-1);
    if (last === undefined) return 0;
    let count = this.#index.count + coming.length;
    let { octets } = this.#index;
    for (const entry of coming) octets += entry.octets;
    let dropped = 0;
    while (dropped < DROPPED_PER_ENTRY_MAX * coming.length) {
      const oldest = this.#index.peek(dropped);
      if (oldest === undefined) break;
      const isOld = oldest.begunAtMs < last.entry.begunAtMs - ageMsMax;
      if (count <= entriesMax && octets <= octetsMax && !isOld) break;
      count -= 1;
      octets -= oldest.octets;
      dropped += 1;
    }
    writes.push(...this.#entries.dropOldest(dropped));
    return dropped;
  }

  /** Into the index, now that the disk has it. */
  #enter(numbered: readonly NumberedEntry[], dropped: number): void {
    for (const { entry, octets } of numbered) {
      const { sequence, version, zone } = entry;
      this.#index.add(nameKey(zone), { sequence, version, octets }, entry);
    }
    for (let left = dropped; left > 0; left--) this.#index.dropOldest();
  }

  #appendEvent(event: Event): Write[] {
    return this.#events.append(utf8(JSON.stringify(event)));
  }

  /** `undefined` for a number that was never given or whose entry has been dropped. */
  async get(sequence: number): Promise<JournalEntry | undefined> {
    const value = await this.#entries.get(this.#store, sequence);
    return value === undefined ? undefined : parseJournalEntry(sequence, value);
  }

  /** Entries of changes that were asked for under a transaction id, oldest first. */
  async ofTransaction(transactionId: string): Promise<JournalEntry[]> {
    const sequences = this.#index.ofTransaction(transactionId).slice(0, TRANSACTION_ENTRIES_MAX);
    const values = await this.#entries.getMany(this.#store, sequences);
    const entries = values.flatMap((value, at) =>
      value === undefined ? [] : [parseJournalEntry(sequences[at], value)],
    );
    return entries.filter((entry) => entry.transactionId === transactionId);
  }

  /** The newest entry of a zone, also of one that is gone. */
  async newestOf(zone: Name): Promise<JournalEntry | undefined> {
    const [newest] = this.#index.newest(nameKey(zone), Number.POSITIVE_INFINITY, 1);
    return newest && this.get(newest.sequence);
  }

  /** Every zone that has an entry, also those that are gone. */
  zones(): Name[] {
    return [...this.#index.zones()].map((key) => asPlainBytes(Buffer.from(key, 'latin1')));
  }

  /** The newest version of a zone that the journal knows, also of one that is gone; or 0. */
  lastVersion(zone: Name): number {
    return this.#index.lastVersion(nameKey(zone));
  }

  /**
   * A zone's entries of versions before `before`, newest first, read as they are asked for. Ends
   * early where entries are dropped meanwhile.
   */
  async *walk(zone: Name, before: number): AsyncGenerator<WalkedEntry> {
    const key = nameKey(zone);
    let next = before;
    for (;;) {
      const batch: IndexedEntry[] = [];
      let octets = 0;
      for (const entry of this.#index.newest(key, next, WALK_COUNT)) {
        octets += entry.octets;
        if (batch.length > 0 && octets > WALK_OCTETS_MAX) break;
        batch.push(entry);
      }
      if (batch.length === 0) return;
      const sequences = batch.map(({ sequence }) => sequence);
      const values = await this.#entries.getMany(this.#store, sequences);
      for (const [index, { sequence, version }] of batch.entries()) {
        const value = values[index];
        if (value === undefined) return;
        yield { entry: parseJournalEntry(sequence, value), octets: value.length };
        next = version;
      }
    }
  }

  /**
   * The entries of all zones, newest first, read as they are asked for. Ends early where entries
   * are dropped meanwhile.
   */
  async *newest(): AsyncGenerator<JournalEntry> {
    let next = this.#entries.last;
    while (next >= this.#entries.first) {
      const count = Math.min(NEWEST_COUNT, next - this.#entries.first + 1);
      const sequences = Array.from({ length: count }, (_, index) => next - index);
      const values = await this.#entries.getMany(this.#store, sequences);
      for (const [index, value] of values.entries()) {
        if (value === undefined) return;
        yield parseJournalEntry(sequences[index], value);
      }
      next -= count;
    }
  }

  /** The entries of all zones, oldest first, up to what is the newest now. @throws as `events` */
  async *oldest(): AsyncGenerator<JournalEntry> {
    for await (const { sequence, value } of this.#entries.walk(this.#store, 0, NEWEST_COUNT)) {
      yield parseJournalEntry(sequence, value);
    }
  }

  /** Number of the oldest event kept minus one: where a reader without a cursor starts. */
  get eventsStart(): number {
    return this.#events.first - 1;
  }

  get eventsLast(): number {
    return this.#events.last;
  }

  /** Events after a number, oldest first. @throws StoreError STORE_DAMAGED for a gap */
  async events(after: number, limit: number): Promise<EventPage> {
    const entries = await this.#events.read(this.#store, after, limit);
    return {
      events: entries.map(({ value }) => JSON.parse(asBuffer(value).toString('utf8')) as Event),
      last: entries.at(-1)?.sequence ?? after,
    };
  }
}

/** An entry and the octets of its row. */
export interface WalkedEntry {
  entry: JournalEntry;
  octets: number;
}

/**
 * The rows of the journal.
 * @param visit shown every row, oldest first
 * @throws StoreError STORE_DAMAGED when the sequence has a gap
 */
export async function openJournalLog(
  reader: KeyValueReader,
  visit?: (entry: LogEntry) => void,
): Promise<SequencedLog> {
  // The journal drops its oldest entries itself.
  const sizeMax = Number.POSITIVE_INFINITY;
  return SequencedLog.open(reader, KEYSPACE.journal, 'journal', sizeMax, visit);
}

/**
 * In the measurement format: the change was begun, that is written, at its entry's time. Doors
 * answer after that, but for EPP: a registrar hears of it when the register has it, which is not
 * before its command was received, so that instant stands for it and is never too late.
 */
function begunEvent(entry: JournalEntry): Event {
  const { begunAtMs, receivedAtMs, source } = entry;
  const confirmedAtMs = source === 'epp' ? Math.min(receivedAtMs, begunAtMs) : begunAtMs;
  return {
    kind: 'update-begun',
    change: formatReceiptId(entry.sequence),
    confirmedAt: formatInstant(confirmedAtMs),
    begunAt: formatInstant(begunAtMs),
  };
}
