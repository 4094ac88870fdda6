/**
 * Which entries of the journal are about which zone, and which were asked for under which
 * transaction id: kept in memory, about 150 octets an entry, and built when the journal is opened,
 * which reads every entry anyway. So the disk needs no index, and none can be wrong.
 */
import { assert } from '#base/assert.ts';

/** An entry as the index knows it. */
export interface IndexedEntry {
  sequence: number;
  version: number;
  /** Octets of the entry's row. */
  octets: number;
}

interface Track {
  zone: string;
  /** In order of sequence and version; those before `head` have been dropped. */
  entries: IndexedEntry[];
  head: number;
}

/** What an entry is found and dropped by, beside its place. */
export interface EntryMarks {
  begunAtMs: number;
  /** Door's id of the request. */
  transactionId: string;
}

interface Slot {
  track: Track;
  octets: number;
  begunAtMs: number;
  /** Digest of the transaction id. */
  transaction: number;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Dropped places at the front of a list before they are given back. */
const SLACK_MAX = 1024;

export class JournalIndex {
  readonly #tracks = new Map<string, Track>();
  /** Sequences by digest of their transaction id, oldest first. */
  readonly #transactions = new Map<number, number[]>();
  #slots: Slot[] = [];
  #head = 0;
  #octets = 0;

  get count(): number {
    return this.#slots.length - this.#head;
  }

  /** Of all entries. */
  get octets(): number {
    return this.#octets;
  }

  /** Of the entry that is `place` entries younger than the oldest. */
  peek(place: number): { octets: number; begunAtMs: number } | undefined {
    return this.#slots[this.#head + place];
  }

  /** @param zone `nameKey` of the zone */
  add(zone: string, entry: IndexedEntry, { begunAtMs, transactionId }: EntryMarks): void {
    let track = this.#tracks.get(zone);
    if (track === undefined) {
      track = { zone, entries: [], head: 0 };
      this.#tracks.set(zone, track);
    }
    track.entries.push(entry);
    const transaction = digestOf(transactionId);
    this.#slots.push({ track, octets: entry.octets, begunAtMs, transaction });
    const sequences = this.#transactions.get(transaction);
    if (sequences === undefined) this.#transactions.set(transaction, [entry.sequence]);
    else sequences.push(entry.sequence);
    this.#octets += entry.octets;
  }

  dropOldest(): void {
    const slot = this.#slots[this.#head];
    assert(this.count > 0, 'what is dropped from the journal is in it');
    this.#head += 1;
    this.#octets -= slot.octets;
    const { track, transaction } = slot;
    const sequences = this.#transactions.get(transaction);
    if (sequences?.length === 1) this.#transactions.delete(transaction);
    else sequences?.shift();
    track.head += 1;
    if (track.head === track.entries.length) this.#tracks.delete(track.zone);
    else if (track.head > SLACK_MAX && track.head * 2 > track.entries.length) {
      track.entries = track.entries.slice(track.head);
      track.head = 0;
    }
    if (this.#head > SLACK_MAX && this.#head * 2 > this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Entries that may be of a transaction, oldest first: its own, and others by chance. */
  ofTransaction(transactionId: string): readonly number[] {
    return this.#transactions.get(digestOf(transactionId)) ?? [];
  }

  /** `nameKey` of every zone that has an entry. */
  zones(): Iterable<string> {
    return this.#tracks.keys();
  }

  /** The zone's newest version in the journal, 0 if it knows none. */
  lastVersion(zone: string): number {
    return this.#tracks.get(zone)?.entries.at(-1)?.version ?? 0;
  }

  /** The zone's entries of versions before `before`, newest first, at most `limit`. */
  newest(zone: string, before: number, limit: number): IndexedEntry[] {
    const track = this.#tracks.get(zone);
    if (track === undefined) return [];
    let low = track.head;
    let high = track.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (track.entries[middle].version < before) low = middle + 1;
      else high = middle;
    }
    return track.entries.slice(Math.max(track.head, low - limit), low).reverse();
  }
}

/** FNV-1a of the UTF-16 units: only to find, never to decide. */
function digestOf(text: string): number {
  let digest = FNV_OFFSET;
  for (let at = 0; at < text.length; at++) {
    digest = Math.imul(digest ^ text.charCodeAt(at), FNV_PRIME);
  }
  return digest;
}
