/**
 * Backup runs: one snapshot, and one verified copy of it in every location.
 *
 *     snapshot -> facts, survey -+-> lane of location A: copy, read back, forget old ones
 *                                +-> lane of location B: the same, at its own pace
 *
 * Each location reads the snapshot for itself, so one that is slow, full or gone neither delays
 * nor fails another; the price is one compression per location. Changes go on meanwhile: a LevelDB
 * snapshot only keeps old rows from being dropped. The store's files are verified first, and every
 * value on its way out, so damage in the store ends the copy with `STORE_DAMAGED` and is never
 * copied.
 *
 * A location that failed is tried again, with a snapshot of that moment, after a time that doubles
 * from one failure to the next; a run that comes in between takes the place of that.
 */
import { join } from 'node:path';
import { utf8 } from '#base/bytes.ts';
import { type Clock, formatInstant } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { KeyValueReader, StoreSnapshot } from '../key-value-store.ts';
import type { LevelSnapshot } from '../level-snapshot.ts';
import { readPosition } from '../mirror/mirror-position.ts';
import { StoreError } from '../store-error.ts';
import { BackupError } from './backup-error.ts';
import { makeBackupId } from './backup-id.ts';
import { surveyRows } from './block-index.ts';
import { type BackupTarget, LocationLane, type LocationOutcome } from './location-lane.ts';
import type { LogFilter } from './log-part.ts';
import type { BackupFacts, BackupKind } from './manifest.ts';
import { type VerifyOptions, verifyBackup } from './verify-backup.ts';
import type { BackupExtra, BackupExtras, LeftOutFile } from './write-copy.ts';

/**
 * The port through which the owner of the rows takes part: it tells facts about what a reader
 * holds (journal position, number of zones) and raises an error if those do not hang together.
 * Asked of the snapshot before a backup and of the new store after a restore; both must agree.
 * What it tells of single things (each zone) goes along as a file of JSON lines, for people and
 * their tools.
 */
export type DescribeRows = (
  reader: KeyValueReader,
  tell?: (thing: object) => void,
) => Promise<BackupFacts>;

/** The file with what was told of single things. */
const CONTENTS_NAME = 'contents.ndjson';

/** Makes and checks backups: in this thread, or by orders to another (backup-thread.ts). */
export interface BackupMaker {
  /** Rejects only if no copy could begin; what fails in a location is its outcome. */
  run(kind: BackupKind): Promise<BackupOutcome>;
  /** Reads back a backup and all that it builds on. Errors as `verifyBackup`. */
  verify(location: string, id: string): Promise<void>;
  close(): Promise<void>;
}

/** Where the moments come from that backups are of: a store, or one that was lent. */
export interface SnapshotSource {
  snapshot(): LevelSnapshot | Promise<LevelSnapshot>;
}

export interface BackupRunnerOptions {
  readonly store: SnapshotSource;
  readonly targets: readonly BackupTarget[];
  readonly describe: DescribeRows;
  /** The files that go along, as they are now; asked once for each backup. */
  readonly extras: () => Promise<BackupExtras>;
  /**
   * What of all writes goes into a log, so that a restore can bring those rows to any moment since
   * the backup before. Default: no backup has a log.
   */
  readonly logFilter?: LogFilter;
  /** Asked by `verify` of a backup that has a log. Default: nobody is. */
  readonly checkLog?: VerifyOptions['checkLog'];
  /** Folder that remembers the last copy of each location over restarts. Default: nothing does. */
  readonly memory?: string;
  /** Public keys of age that the parts are encrypted to; none: they are not. */
  readonly recipients: readonly string[];
  /** Secret keys of age that `verify` may use. Default: none. */
  readonly identities?: readonly string[];
  /** After so long a location counts as failed. */
  readonly locationTimeoutMs: number;
  /** Told of each location as soon as it is done, those that are tried again too. */
  readonly onOutcome?: (copy: CopyOutcome) => void | Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
}

/** One location's end of a run. */
export interface CopyOutcome {
  readonly id: string;
  /** When the snapshot was taken, ISO 8601 in UTC. */
  readonly at: string;
  readonly outcome: LocationOutcome;
  /** Files that are in no copy of this run. */
  readonly leftOut: readonly LeftOutFile[];
}

export interface BackupOutcome {
  readonly id: string;
  /** When the snapshot was taken, ISO 8601 in UTC. */
  readonly at: string;
  /** In the order of the locations given. */
  readonly locations: readonly LocationOutcome[];
  /** Files that are in none of them. */
  readonly leftOut: readonly LeftOutFile[];
}

/** Runs that have not ended; each holds a snapshot. */
const RUNS_MAX = 8;
/** A failed location is tried again after this, doubled with each failure. */
const RETRY_FIRST_MS = 60_000;
const RETRY_LAST_MS = 30 * 60_000;

export class BackupRunner implements BackupMaker {
  readonly #options: BackupRunnerOptions;
  readonly #lanes: readonly LaneState[];
  #runs = 0;
  #isClosed = false;

  constructor(options: BackupRunnerOptions) {
    this.#options = options;
    const { clock, locationTimeoutMs: timeoutMs, memory } = options;
    this.#lanes = options.targets.map((target) => ({
      lane: new LocationLane({
        target,
        timeoutMs,
        clock,
        ...(memory !== undefined && { lastCopyFile: lastCopyFile(memory, target) }),
      }),
      failures: 0,
      retry: undefined,
    }));
  }

  /**
   * Rejects only if no copy could begin: the snapshot's facts do not hang together (whatever
   * `describe` raises), its rows are damaged (`STORE_DAMAGED`), or too many runs are under way
   * (`BACKUP_BUSY`). What fails in a location is its outcome.
   * @param kind what is wished for: a location that has nothing to build on gets a full one
   */
  async run(kind: BackupKind): Promise<BackupOutcome> {
    return this.#run(kind, this.#lanes);
  }

  async verify(location: string, id: string): Promise<void> {
    const { targets, identities = [], checkLog } = this.#options;
    const target = targets.find((other) => other.location.name === location);
    if (target === undefined) throw new BackupError('BACKUP_NOT_FOUND', `no location ${location}`);
    await verifyBackup(target.location, id, { identities, ...(checkLog && { checkLog }) });
  }

  /** No location is tried again; runs under way go on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const state of this.#lanes) clearTimeout(state.retry);
  }

  async #run(kind: BackupKind, lanes: readonly LaneState[]): Promise<BackupOutcome> {
    const { store, clock, random, describe, extras, recipients, logFilter } = this.#options;
    if (this.#runs >= RUNS_MAX) {
      throw new BackupError('BACKUP_BUSY', `${RUNS_MAX} backups are under way: wait for them`);
    }
    this.#runs += 1;
    let snapshot: LevelSnapshot | undefined;
    try {
      const { files, leftOut } = await extras();
      snapshot = await store.snapshot();
      const atMs = clock.nowMs();
      await checkFiles(snapshot);
      const contents: string[] = [];
      const facts = await describe(snapshot, (thing) => contents.push(JSON.stringify(thing)));
      const survey = await surveyRows(snapshot);
      const id = makeBackupId(atMs, random);
      const at = formatInstant(atMs);
      const told = contents.length > 0 ? [linesExtra(contents)] : [];
      const whole = [...files, ...told];
      const { mirrorFolder } = snapshot;
      const position = await readPosition(snapshot);
      const moment = { id, at, snapshot, survey, facts, position, mirrorFolder };
      const order = { ...moment, kind, extras: whole, recipients, logFilter };
      const locations = await Promise.all(
        lanes.map(async (state) => {
          clearTimeout(state.retry);
          const outcome = await state.lane.submit(order);
          this.#settle(state, kind, outcome);
          await this.#options.onOutcome?.({ id, at, outcome, leftOut });
          return outcome;
        }),
      );
      return { id, at, locations, leftOut };
    } finally {
      this.#runs -= 1;
      await snapshot?.close();
    }
  }

  #settle(state: LaneState, kind: BackupKind, outcome: LocationOutcome): void {
    if (outcome.verified) state.failures = 0;
    if (outcome.verified || outcome.code === 'BACKUP_SUPERSEDED' || this.#isClosed) return;
    const delayMs = retryDelayMs(state.failures, this.#options.random);
    state.failures += 1;
    clearTimeout(state.retry);
    state.retry = setTimeout(() => {
      // What could not begin is told by the next run of all; this location waits for that.
      this.#run(kind, [state]).catch(() => {});
    }, delayMs);
    state.retry.unref();
  }
}

/**
 * Half to all of the time that doubles with each failure, so that servers that lost one location
 * together do not come back to it together.
 */
export function retryDelayMs(failures: number, random: Random): number {
  const wholeMs = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** Math.min(failures, 10));
  return wholeMs / 2 + random.below(wholeMs / 2 + 1);
}

function lastCopyFile(memory: string, { location }: BackupTarget): string {
  return join(memory, `${encodeURIComponent(location.name)}.last`);
}

/** Rows that a damaged file hides would be missing in a copy that adds up. */
async function checkFiles(snapshot: StoreSnapshot): Promise<void> {
  for await (const { path, damage } of snapshot.files()) {
    if (damage === undefined) continue;
    throw new StoreError(
      'STORE_DAMAGED',
      `${path} is damaged (${damage}): nothing is copied, and what was copied before stays good; ` +
        'restore the store',
    );
  }
}

function linesExtra(lines: readonly string[]): BackupExtra {
  return {
    name: CONTENTS_NAME,
    async *read() {
      for (const line of lines) yield utf8(`${line}\n`);
    },
  };
}

interface LaneState {
  readonly lane: LocationLane;
  /** In a row. */
  failures: number;
  retry: NodeJS.Timeout | undefined;
}
