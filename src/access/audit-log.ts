/**
 * The audit log: who did what, from where, when and how it ended, whatever the door. Numbered
 * without gaps; the oldest entries go when more than AUDIT_ENTRIES_MAX are kept.
 *
 *     append -> waiting (bounded) -> one batch, at most 100 ms later -> on disk
 *
 * Nobody waits for an entry to be written: what was answered as done is in the journal, synced,
 * with its actor; the audit log adds what the journal cannot hold (refusals, keys, tokens, what was
 * looked for where). So a process that is killed may lose the entries of its last 100 ms. Entries
 * that come faster than the disk takes them, or while it takes none, are counted, and the count
 * becomes an entry.
 */
import { BoundedQueue } from '#base/bounded-queue.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { KeyValueStore, Write } from '#store/key-value-store.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import { SequencedLog } from '#store/sequenced-log.ts';
import { formatAccessRow, parseAccessRow } from './access-row.ts';

export const AUDIT_ENTRIES_MAX = 100_000;
/** Entries that may wait for the disk. */
const WAITING_MAX = 10_000;
const FLUSH_DELAY_MS = 100;
/** After the store had no room for a write. */
const RETRY_DELAY_MS = 250;

export interface AuditEntry {
  /** Unix milliseconds. */
  readonly atMs: number;
  /** `admin-key`, `token:NAME`, `key:NAME.`, or `nobody` for who was not recognised. */
  readonly actor: string;
  /** Where the request came from. */
  readonly address: string;
  /** As the journal calls it: `api`, `update`, `transfer`, … */
  readonly door: string;
  /** What was asked: `PATCH /api/v1/servers/localhost/zones/:id`, `UPDATE`. */
  readonly action: string;
  /** Absolute, lower case; absent where no zone is meant. */
  readonly zone?: string;
  /** `refused`: they may not. `failed`: it was not done, or nobody knows, and it is our fault. */
  readonly outcome: 'done' | 'refused' | 'failed';
  /** HTTP status, or the DNS RCODE's mnemonic. */
  readonly status: string;
  /** Why it was refused, and what else there is to say. */
  readonly detail?: string;
  /** Of the change that it made. */
  readonly receipt?: string;
  readonly requestId: string;
}

export interface NumberedAuditEntry {
  readonly sequence: number;
  readonly entry: AuditEntry;
}

export class AuditLog {
  readonly #store: KeyValueStore;
  readonly #entries: SequencedLog;
  readonly #log: Log;
  readonly #waiting = new BoundedQueue<AuditEntry>(WAITING_MAX);
  #lost: { count: number; last: AuditEntry } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  /** Entries are lost because the disk takes none. */
  #isFailing = false;

  private constructor(store: KeyValueStore, entries: SequencedLog, log: Log) {
    this.#store = store;
    this.#entries = entries;
    this.#log = log;
  }

  /** @throws StoreError STORE_DAMAGED when the sequence has a gap */
  static async open(
    store: KeyValueStore,
    log: Log,
    entriesMax = AUDIT_ENTRIES_MAX,
  ): Promise<AuditLog> {
    const entries = await SequencedLog.open(store, KEYSPACE.audit, 'audit log', entriesMax);
    return new AuditLog(store, entries, log);
  }

  /** Takes the entry; it is on disk some 100 ms later. Never throws. */
  append(entry: AuditEntry): void {
    if (!this.#waiting.offer(entry)) this.#lose([entry]);
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_DELAY_MS).unref();
  }

  /** Entries on disk after number `after`, oldest first. */
  async read(after: number, limit: number): Promise<NumberedAuditEntry[]> {
    const read = await this.#entries.read(this.#store, after, limit);
    return read.map(({ sequence, value }) => ({
      sequence,
      entry: parseAccessRow('an audit entry', value) as AuditEntry,
    }));
  }

  /** Number of the oldest entry that is kept; one more than the newest when there is none. */
  get first(): number {
    return this.#entries.first;
  }

  /** Number of the newest entry that was given to the disk, 0 when there never was one. */
  get last(): number {
    return this.#entries.last;
  }

  /**
   * Everything that was appended is on disk when it resolves. One at a time: numbers must reach
   * the store in their order.
   */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    do {
      this.#flushing ??= this.#drain().finally(() => {
        this.#flushing = undefined;
      });
      await this.#flushing;
    } while (this.#waiting.size > 0);
  }

  async #drain(): Promise<void> {
    while (this.#waiting.size > 0) {
      const entries = this.#waiting.takeAll();
      const lost = this.#lost;
      this.#lost = undefined;
      const mark = this.#entries.mark();
      const rows = lost === undefined ? entries : [...entries, gapEntry(lost)];
      try {
        await this.#write(rows.flatMap((entry) => this.#entries.append(formatAccessRow(entry))));
        this.#isFailing = false;
      } catch (error) {
        this.#entries.goBack(mark);
        this.#lose(entries, lost?.count);
        if (this.#isFailing) continue;
        this.#isFailing = true;
        this.#log.error({ reason: errorMessage(error) }, 'the audit log cannot be written');
      }
    }
  }

  /** @param before so many were lost already, and nobody was told */
  #lose(entries: readonly AuditEntry[], before = 0): void {
    const last = entries[entries.length - 1];
    this.#lost = { count: (this.#lost?.count ?? 0) + before + entries.length, last };
  }

  /** A busy store is asked again. */
  async #write(writes: readonly Write[]): Promise<void> {
    for (;;) {
      try {
        return await this.#store.write(writes);
      } catch (error) {
        if (errorCode(error) !== 'STORE_BUSY') throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS).unref());
      }
    }
  }
}

function gapEntry({ count, last }: { count: number; last: AuditEntry }): AuditEntry {
  return {
    atMs: last.atMs,
    actor: 'holdfast',
    address: '',
    door: 'audit',
    action: 'lost entries',
    outcome: 'failed',
    status: String(count),
    detail: `the disk did not take ${count} entries, or not in time`,
    requestId: last.requestId,
  };
}
