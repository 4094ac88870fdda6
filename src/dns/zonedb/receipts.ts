/**
 * The life of each change: received, durable, published, and when each name server was first seen
 * serving it. A receipt's id is the change's place in the journal, so that a receipt outlives a
 * restart; sightings are kept in memory for the newest changes only.
 */
import { formatName, nameKey } from '#dns/wire/name.ts';
import { compareSerials } from '#dns/zone/serial.ts';
import type { ChangeSource } from './change.ts';
import type { Journal } from './journal.ts';
import type { JournalEntry } from './journal-entry.ts';
import { formatReceiptId, parseReceiptId } from './receipt-id.ts';

export interface Sighting {
  /** ADDRESS:PORT of the name server. */
  address: string;
  /** Unix milliseconds. */
  atMs: number;
}

export interface Receipt {
  id: string;
  kind: JournalEntry['kind'];
  /** Absolute, lower case. */
  zone: string;
  oldSerial: number;
  serial: number;
  source: string;
  actor: string;
  transactionId: string;
  receivedAtMs: number;
  durableAtMs: number;
  /** `undefined` after a restart: everything durable was published when the server started. */
  publishedAtMs: number | undefined;
  served: Sighting[];
}

/** What is known of a change since it was published. */
interface Progress {
  zone: string;
  serial: number;
  receivedAtMs: number;
  source: ChangeSource;
  durableAtMs: number;
  publishedAtMs: number;
  served: Sighting[];
}

/** A change seen for the first time on one name server. */
export type SightingListener = (source: ChangeSource, receivedAtMs: number, atMs: number) => void;

export const RECEIPTS_KEPT_MAX = 10_000;

export class Receipts {
  readonly #journal: Journal;
  readonly #onSighting: SightingListener;
  /** By sequence, oldest first. */
  readonly #progress = new Map<number, Progress>();
  /** Sequences by zone that wait to be seen somewhere, oldest first. */
  readonly #waiting = new Map<string, Set<number>>();
  readonly #waiters = new Map<number, Set<() => void>>();
  /** Receipts of the changes that had already done what a transaction asked for, by its id. */
  readonly #foundDone = new Map<string, string>();

  constructor(journal: Journal, onSighting: SightingListener) {
    this.#journal = journal;
    this.#onSighting = onSighting;
  }

  /** Starts the life of a change that packet threads serve as of now. */
  published(entry: JournalEntry, durableAtMs: number, publishedAtMs: number): void {
    const zone = nameKey(entry.zone);
    this.#progress.set(entry.sequence, {
      zone,
      serial: entry.newSerial,
      receivedAtMs: entry.receivedAtMs,
      source: entry.source,
      durableAtMs,
      publishedAtMs,
      served: [],
    });
    const waiting = this.#waiting.get(zone) ?? new Set();
    this.#waiting.set(zone, waiting.add(entry.sequence));
    if (this.#progress.size > RECEIPTS_KEPT_MAX) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const [sequence] = this.#progress.keys();
    const oldest = this.#progress.get(sequence);
    this.#progress.delete(sequence);
    if (oldest !== undefined) this.#stopWaiting(oldest.zone, sequence);
  }

  #stopWaiting(zone: string, sequence: number): void {
    const waiting = this.#waiting.get(zone);
    waiting?.delete(sequence);
    if (waiting?.size === 0) this.#waiting.delete(zone);
  }

  /**
   * A name server answered with `serial` for a zone: every change up to it is served there.
   * @param zone `nameKey` of the apex
   * @param serversAll how many name servers are watched; a change that all serve is finished
   */
  seen(zone: string, serial: number, address: string, atMs: number, serversAll: number): void {
    for (const sequence of this.#waiting.get(zone) ?? []) {
      const progress = this.#progress.get(sequence);
      if (progress === undefined || compareSerials(serial, progress.serial) < 0) continue;
      if (progress.served.some((sighting) => sighting.address === address)) continue;
      // Never before it was published, though the clock be set back meanwhile.
      const servedAtMs = Math.max(progress.publishedAtMs, atMs);
      progress.served.push({ address, atMs: servedAtMs });
      this.#onSighting(progress.source, progress.receivedAtMs, servedAtMs);
      if (progress.served.length < serversAll) continue;
      this.#stopWaiting(zone, sequence);
      for (const wake of this.#waiters.get(sequence) ?? []) wake();
      this.#waiters.delete(sequence);
    }
  }

  /** Resolves when every watched name server serves the change, or after `timeoutMs`. */
  async waitServed(id: string, timeoutMs: number): Promise<void> {
    const sequence = parseReceiptId(id);
    const progress = sequence === undefined ? undefined : this.#progress.get(sequence);
    if (sequence === undefined || progress === undefined) return;
    if (!(this.#waiting.get(progress.zone)?.has(sequence) ?? false)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiters = this.#waiters.get(sequence) ?? new Set();
    this.#waiters.set(sequence, waiters.add(resolve));
    const timer = setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
    waiters.delete(resolve);
  }

  /** A transaction changed nothing: the zone was as it wanted, since the change of this receipt. */
  foundDone(transactionId: string, receiptId: string): void {
    this.#foundDone.set(transactionId, receiptId);
    if (this.#foundDone.size <= RECEIPTS_KEPT_MAX) return;
    const [oldest] = this.#foundDone.keys();
    this.#foundDone.delete(oldest);
  }

  /**
   * Ids of the receipts of what a transaction asked for, oldest first: one for each zone that it
   * changed, or of the change that had done the same before, if that was not long ago.
   */
  async ofTransaction(transactionId: string): Promise<string[]> {
    const entries = await this.#journal.ofTransaction(transactionId);
    const done = this.#foundDone.get(transactionId);
    if (entries.length === 0 && done !== undefined) return [done];
    return entries.map(({ sequence }) => formatReceiptId(sequence));
  }

  /** `undefined` for an id that never was, or whose journal entry has gone. */
  async get(id: string): Promise<Receipt | undefined> {
    const sequence = parseReceiptId(id);
    const entry = sequence === undefined ? undefined : await this.#journal.get(sequence);
    if (sequence === undefined || entry === undefined) return undefined;
    const progress = this.#progress.get(sequence);
    return {
      id,
      kind: entry.kind,
      zone: formatName(entry.zone),
      oldSerial: entry.oldSerial,
      serial: entry.newSerial,
      source: entry.source,
      actor: entry.actor,
      transactionId: entry.transactionId,
      receivedAtMs: entry.receivedAtMs,
      durableAtMs: progress?.durableAtMs ?? Math.max(entry.receivedAtMs, entry.begunAtMs),
      publishedAtMs: progress?.publishedAtMs,
      served: progress?.served ?? [],
    };
  }
}
