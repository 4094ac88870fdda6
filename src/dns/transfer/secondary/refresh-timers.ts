/**
 * When a zone is looked after next and when it expires (RFC 1034 section 4.3.5, RFC 1035 section
 * 3.3.13), as a pure function of what happened. Instants are Unix milliseconds, so that expiry goes
 * on counting while the server is stopped.
 *
 *               confirmed, or a new version
 *             ┌─────────────────────────────────────────┐
 *             v                                         │
 *     [fresh] ──refresh, or NOTIFY──> primaries are asked ──all fail──> [waits: retry]
 *        │                                  ^                                │
 *        │                                  └────────────retry───────────────┘
 *        └──no success for `expire`──> [expired]: SERVFAIL; retried as before, until a success
 *
 * The clock may be set. Forwards, what is due then is looked after at once; backwards, every wait
 * is cut to what it would be from now on (`capTimers`).
 *
 * Each wait is shortened by up to a quarter, so that zones that came together do not stay together.
 */
import type { Random } from '#base/random.ts';
import type { Soa } from '#dns/zone/soa.ts';

export interface RefreshBounds {
  refreshSecondsMin: number;
  refreshSecondsMax: number;
  retrySecondsMin: number;
  retrySecondsMax: number;
  /** A zone with nothing to serve yet is tried again after this, then after twice as long, … */
  firstRetrySeconds: number;
  firstRetrySecondsMax: number;
}

/** A day of refresh or retry is the most that an operator will wait for. */
export const REFRESH_BOUNDS: RefreshBounds = {
  refreshSecondsMin: 10,
  refreshSecondsMax: 86_400,
  retrySecondsMin: 5,
  retrySecondsMax: 86_400,
  firstRetrySeconds: 1,
  firstRetrySecondsMax: 300,
};

/** Of the SOA that is served. */
export type SoaTimes = Pick<Soa, 'refresh' | 'retry' | 'expire'>;

export interface RefreshTimers {
  nextAtMs: number;
  /** `undefined`: nothing to expire. */
  expireAtMs: number | undefined;
  confirmedAtMs: number | undefined;
  /** Attempts that failed since the last success. */
  failureCount: number;
}

/** A zone that is new here: at once. */
export function newTimers(nowMs: number): RefreshTimers {
  return { nextAtMs: nowMs, expireAtMs: undefined, confirmedAtMs: undefined, failureCount: 0 };
}

/**
 * A primary has the serial that is served, or gave a new version.
 * @param primary `expireSeconds` is how long it says that it may serve the zone itself: of a new
 *   version the lesser of that and the SOA's counts, of the same one the later of what was and what
 *   it says (RFC 7314 section 4)
 */
export function confirmTimers(
  timers: RefreshTimers,
  times: SoaTimes,
  primary: { isNewVersion: boolean; expireSeconds: number | undefined },
  context: { nowMs: number; random: Random; bounds: RefreshBounds },
): RefreshTimers {
  const { nowMs, random, bounds } = context;
  const refresh = clamp(times.refresh, bounds.refreshSecondsMin, bounds.refreshSecondsMax);
  const whole = nowMs + expireSecondsOf(times, bounds) * 1000;
  const said = primary.expireSeconds === undefined ? whole : nowMs + primary.expireSeconds * 1000;
  const expireAtMs =
    primary.isNewVersion || primary.expireSeconds === undefined
      ? Math.min(whole, said)
      : Math.min(whole, Math.max(timers.expireAtMs ?? 0, said));
  const nextAtMs = nowMs + jittered(refresh, random);
  return { nextAtMs, expireAtMs, confirmedAtMs: nowMs, failureCount: 0 };
}

/** No primary could be asked, or what they gave could not be served. */
export function failTimers(
  timers: RefreshTimers,
  times: SoaTimes | undefined,
  context: { nowMs: number; random: Random; bounds: RefreshBounds },
): RefreshTimers {
  const { nowMs, random, bounds } = context;
  const { failureCount } = timers;
  const waitSeconds =
    times === undefined
      ? Math.min(
          bounds.firstRetrySeconds * 2 ** Math.min(failureCount, 30),
          bounds.firstRetrySecondsMax,
        )
      : clamp(times.retry, bounds.retrySecondsMin, bounds.retrySecondsMax);
  const nextAtMs = nowMs + jittered(waitSeconds, random);
  return { ...timers, nextAtMs, failureCount: failureCount + 1 };
}

/** The clock was set back: no instant is further away than one that would be set now. */
export function capTimers(
  timers: RefreshTimers,
  times: SoaTimes | undefined,
  { nowMs, bounds }: { nowMs: number; bounds: RefreshBounds },
): RefreshTimers {
  const waitSeconds =
    times === undefined
      ? bounds.firstRetrySecondsMax
      : clamp(times.refresh, bounds.refreshSecondsMin, bounds.refreshSecondsMax);
  const nextAtMs = Math.min(timers.nextAtMs, nowMs + waitSeconds * 1000);
  if (times === undefined || timers.expireAtMs === undefined) return { ...timers, nextAtMs };
  const wholeMs = expireSecondsOf(times, bounds) * 1000;
  return { ...timers, nextAtMs, expireAtMs: Math.min(timers.expireAtMs, nowMs + wholeMs) };
}

/** Seconds that a zone outlives its last confirmation: no less than it takes to try twice. */
export function expireSecondsOf({ refresh, retry, expire }: SoaTimes, bounds: RefreshBounds) {
  const patience =
    clamp(refresh, bounds.refreshSecondsMin, bounds.refreshSecondsMax) +
    clamp(retry, bounds.retrySecondsMin, bounds.retrySecondsMax);
  return Math.max(expire, patience);
}

function jittered(seconds: number, random: Random): number {
  const ms = Math.max(1, Math.round(seconds * 1000));
  return ms - random.below(Math.max(1, Math.floor(ms / 4)));
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
