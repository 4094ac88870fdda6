/**
 * The lane of one location: its copies are made one after the other, at its own pace, whatever
 * becomes of the others.
 *
 *     orders -> [ the newest that waits ] -> copy, verify, forget old ones -> outcome
 *                  an older one that       \-> fails: the location keeps what it has
 *                  still waited is superseded
 *
 * An order has a deadline. A location that hangs even in a system call that nothing interrupts
 * loses its copy then; until that call returns, every further order fails at once, so that nothing
 * piles up behind it.
 */
import type { Clock } from '#base/clock.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { BackupLocation } from '../locations/location.ts';
import { BackupError } from './backup-error.ts';
import { type LastCopy, loadLastCopy, saveLastCopy } from './last-copy.ts';
import { type BackupKind, backupSize } from './manifest.ts';
import { pruneBackups, type Retention } from './prune-backups.ts';
import { type CopyOrder, writeCopy } from './write-copy.ts';

/** What became of one location. */
export type LocationOutcome =
  | {
      readonly location: string;
      readonly verified: true;
      readonly kind: BackupKind;
      /** Octets of all parts. */
      readonly size: number;
      readonly durationMs: number;
      /** Ids that retention removed. */
      readonly removed: readonly string[];
      /** Why retention could not remove all that it would have. */
      readonly pruneFailure?: string;
    }
  | {
      readonly location: string;
      readonly verified: false;
      readonly durationMs: number;
      /** Code and message of what failed; `BACKUP_SUPERSEDED` if a newer order came. */
      readonly code: string;
      readonly message: string;
    };

/** A place for backups and what it keeps. */
export interface BackupTarget {
  readonly location: BackupLocation;
  readonly retention: Retention;
}

export interface LaneOptions {
  readonly target: BackupTarget;
  /** After so long a copy counts as failed. */
  readonly timeoutMs: number;
  /** File that remembers the last copy over restarts; left out: nothing does. */
  readonly lastCopyFile?: string;
  readonly clock: Clock;
}

interface Waiting {
  readonly order: CopyOrder;
  readonly resolve: (outcome: LocationOutcome) => void;
}

export class LocationLane {
  readonly #options: LaneOptions;
  #waiting: Waiting | undefined;
  #isRunning = false;
  /** A copy that was given up and still has not come back. */
  #isStuck = false;
  /** Read from the file at the first order. */
  #last: Promise<LastCopy | undefined> | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.target.location.name;
  }

  /** Never rejects. */
  submit(order: CopyOrder): Promise<LocationOutcome> {
    const { promise, resolve } = Promise.withResolvers<LocationOutcome>();
    this.#waiting?.resolve(
      this.#failed(0, new BackupError('BACKUP_SUPERSEDED', 'a newer backup took its place')),
    );
    this.#waiting = { order, resolve };
    if (!this.#isRunning) void this.#drain();
    return promise;
  }

  async #drain(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      next.resolve(await this.#copy(next.order));
    }
    this.#isRunning = false;
  }

  #take(): Waiting | undefined {
    const next = this.#waiting;
    this.#waiting = undefined;
    return next;
  }

  async #copy(order: CopyOrder): Promise<LocationOutcome> {
    const { clock } = this.#options;
    const startUs = clock.monotonicUs();
    const durationMs = (): number => Math.round((clock.monotonicUs() - startUs) / 1000);
    try {
      if (this.#isStuck) throw new BackupError('BACKUP_TIMEOUT', 'an earlier copy still hangs');
      const { manifest, pruned } = await this.#withDeadline((signal) => this.#write(order, signal));
      return {
        location: this.name,
        verified: true,
        kind: manifest.kind,
        size: backupSize(manifest),
        durationMs: durationMs(),
        ...pruned,
      };
    } catch (error) {
      return this.#failed(durationMs(), error);
    }
  }

  async #write(order: CopyOrder, signal: AbortSignal) {
    const { target, lastCopyFile, clock } = this.#options;
    const { location, retention } = target;
    this.#last ??= lastCopyFile === undefined ? undefined : loadLastCopy(lastCopyFile);
    const { manifest, last } = await writeCopy(location, order, await this.#last, signal);
    this.#last = Promise.resolve(last);
    // Where it cannot be written an older copy is built on after a restart, or none.
    if (lastCopyFile !== undefined) await saveLastCopy(lastCopyFile, last).catch(() => {});
    // The copy is good whatever becomes of the old ones.
    const pruned = await pruneBackups(location, retention, order.id, clock.nowMs()).catch(
      (error: unknown) => ({ removed: [], pruneFailure: errorMessage(error) }),
    );
    return { manifest, pruned };
  }

  #failed(durationMs: number, error: unknown): LocationOutcome {
    const code = errorCode(error) ?? 'BACKUP_LOCATION';
    const message = `${this.name}: ${describeFailure(error)}`;
    return { location: this.name, verified: false, durationMs, code, message };
  }

  async #withDeadline<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { timeoutMs } = this.#options;
    const abort = new AbortController();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const working = work(abort.signal);
    const timer = setTimeout(() => {
      const error = new BackupError('BACKUP_TIMEOUT', `it took longer than ${timeoutMs} ms`);
      this.#isStuck = true;
      const isBack = (): void => {
        this.#isStuck = false;
      };
      working.then(isBack, isBack);
      abort.abort(error);
      reject(error);
    }, timeoutMs);
    try {
      return await Promise.race([working, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Says in words what the system says of a place without room. */
function describeFailure(error: unknown): string {
  const isFull = ['ENOSPC', 'EDQUOT', 'LOCATION_FULL'].includes(errorCode(error) ?? '');
  return isFull ? `there is no room left (${errorMessage(error)})` : errorMessage(error);
}
