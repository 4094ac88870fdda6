/**
 * What a composition root hands back once its process serves: the handle that the command line
 * holds until a signal comes. Each process of `holdfast` has one root, `start…` in `*-process.ts`,
 * which builds its parts, says `ready` in the log, and disposes of them in reverse order on
 * `close`.
 */
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';

/** What every composition root is given; nothing in it is global. */
export interface ProcessParts {
  log: Log;
  clock: Clock;
  random: Random;
}

export interface RunningProcess {
  /** Stops in order and loses nothing; the caller allows 5 s. Called once. */
  close(): Promise<void>;
  /** SIGHUP: re-reads configuration, certificates and zone files; rejects without harm. */
  reload?(): Promise<void>;
  /** Rejects when the process can no longer do its work; never resolves. */
  failed?: Promise<never>;
}

/** From the signal until a stop is cut off; with the end of the process itself, within 5 s. */
export const STOP_LIMIT_MS = 4_500;
