/**
 * The brake on removals: a batch that would take more than a share of a TLD's delegations out of
 * its zone within ten minutes (a job gone wrong, a registrar's script, a clock that jumped) is held
 * until an operator lets it pass or drops it. Once on, it holds every removal of that TLD; all
 * other changes go on.
 *
 *     off --too many--> on --release--> off, what was held passes
 *                          --drop-----> off, what was held is given up and stays in the zone
 *
 * The state is a row of the store for each TLD, so that no restart lets the brake go, and an order
 * is carried out to its end. Orders count by the sequence of the tasks that they are about.
 */
import { asBuffer, utf8 } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import { buildKey, KEYSPACE, prefixRange } from '#store/keyspace.ts';

/** Removals that may always go within the window, however small the zone. */
export const REMOVALS_FREE = 10;
/** Removals are counted over so long. */
export const REMOVAL_WINDOW_MS = 600_000;
/** Counts of removals kept for a TLD; older ones are counted together. */
const COUNTS_KEPT_MAX = 600;

/** What becomes of a removal. */
export type RemovalVerdict = 'pass' | 'hold' | 'drop';

/** A brake that is on. */
export interface HeldRemovals {
  tld: string;
  sinceMs: number;
}

interface BrakeRow {
  tld: string;
  /** Absent: the brake is off. */
  sinceMs?: number;
  /** Highest sequence that was held. */
  heldUpTo: number;
  /** Tasks up to here pass, unless they were dropped. */
  passUpTo: number;
  /** Removals up to here are given up. */
  dropUpTo: number;
}

/** Removals of one batch, or of several once there are many. */
interface RemovalCount {
  atMs: number;
  count: number;
}

/** Its rows. */
export const BRAKE_PREFIX = buildKey(KEYSPACE.setting, utf8('brake/'));

export class RemovalBrake {
  readonly #store: KeyValueStore;
  readonly #clock: Clock;
  readonly #rows: Map<string, BrakeRow>;
  readonly #passed = new Map<string, RemovalCount[]>();

  private constructor(store: KeyValueStore, clock: Clock, rows: BrakeRow[]) {
    this.#store = store;
    this.#clock = clock;
    this.#rows = new Map(rows.map((row) => [row.tld, row]));
  }

  /** @throws StoreError */
  static async open(store: KeyValueStore, clock: Clock): Promise<RemovalBrake> {
    const { from, to } = prefixRange(BRAKE_PREFIX);
    const rows: BrakeRow[] = [];
    for await (const chunk of store.range(from, to)) {
      for (const { value } of chunk) rows.push(JSON.parse(asBuffer(value).toString()) as BrakeRow);
    }
    return new RemovalBrake(store, clock, rows);
  }

  /** Brakes that are on. */
  held(): HeldRemovals[] {
    return [...this.#rows.values()].flatMap(({ tld, sinceMs }) =>
      sinceMs === undefined ? [] : [{ tld, sinceMs }],
    );
  }

  isOn(tld: string): boolean {
    return this.#rows.get(tld)?.sinceMs !== undefined;
  }

  /**
   * Judges the tasks of a batch that remove a delegation, all alike but for those that an order is
   * about. Say with `passed` how many of them were then made.
   * @param sequences in order
   * @param hasDelegations whether the zone has at least so many; asked only where it matters
   * @throws StoreError where the brake should go on and that could not be written
   */
  async judge(
    tld: string,
    sequences: readonly number[],
    share: number,
    hasDelegations: (count: number) => Promise<boolean>,
  ): Promise<RemovalVerdict[]> {
    const row = this.#rows.get(tld) ?? { tld, heldUpTo: 0, passUpTo: 0, dropUpTo: 0 };
    const free = sequences.filter((sequence) => sequence > Math.max(row.passUpTo, row.dropUpTo));
    const holds = free.length > 0 && (await this.#holds(row, free, share, hasDelegations));
    return sequences.map((sequence) => {
      if (sequence <= row.dropUpTo) return 'drop';
      return holds && sequence > row.passUpTo ? 'hold' : 'pass';
    });
  }

  async #holds(
    row: BrakeRow,
    free: readonly number[],
    share: number,
    hasDelegations: (count: number) => Promise<boolean>,
  ): Promise<boolean> {
    const nowMs = this.#clock.nowMs();
    if (row.sinceMs === undefined) {
      const removed = this.#removedSince(row.tld, nowMs - REMOVAL_WINDOW_MS) + free.length;
      // What was removed within the window was there at its beginning.
      const needed = Math.ceil(removed / share) - (removed - free.length);
      if (removed <= REMOVALS_FREE || (await hasDelegations(needed))) return false;
    }
    const heldUpTo = Math.max(row.heldUpTo, free.at(-1) ?? 0);
    const next = { ...row, sinceMs: row.sinceMs ?? nowMs, heldUpTo };
    if (row.sinceMs !== undefined && heldUpTo === row.heldUpTo) return true;
    await this.#write(next);
    return true;
  }

  #removedSince(tld: string, sinceMs: number): number {
    const counts = (this.#passed.get(tld) ?? []).filter(({ atMs }) => atMs > sinceMs);
    this.#passed.set(tld, counts);
    return counts.reduce((sum, { count }) => sum + count, 0);
  }

  /** Counts removals that were made. */
  passed(tld: string, count: number): void {
    const atMs = this.#clock.nowMs();
    const counts = this.#passed.get(tld) ?? [];
    const last = counts.at(-1);
    // Two that are counted as one leave the window with the younger: the brake is the stricter.
    if (last !== undefined && counts.length >= COUNTS_KEPT_MAX) {
      last.atMs = atMs;
      last.count += count;
    } else counts.push({ atMs, count });
    this.#passed.set(tld, counts);
  }

  /**
   * Lets go; what was held passes, or is dropped.
   * @returns false where the brake is not on
   * @throws StoreError
   */
  async letGo(tld: string, order: 'release' | 'drop'): Promise<boolean> {
    const row = this.#rows.get(tld);
    if (row?.sinceMs === undefined) return false;
    const { sinceMs: _, ...off } = row;
    const upTo = order === 'release' ? { passUpTo: row.heldUpTo } : { dropUpTo: row.heldUpTo };
    await this.#write({ ...off, ...upTo });
    this.#passed.delete(tld);
    return true;
  }

  async #write(row: BrakeRow): Promise<void> {
    const key = buildKey(KEYSPACE.setting, utf8(`brake/${row.tld}`));
    await this.#store.write([{ key, value: utf8(JSON.stringify(row)) }]);
    this.#rows.set(row.tld, row);
  }
}
