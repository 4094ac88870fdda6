/**
 * How far database B is behind the register: now minus the instant as of which it is known to be
 * the register. An idle register confirms that each second, so the lag of a healthy replica is
 * about a second and never grows by idleness. Both clocks count: theirs for the instant, ours for
 * now.
 *
 *     current --60 s--> late, an alarm --300 s--> breached, an error --under 60 s--> current
 *
 * 300 s is what the registry's contract allows (config/contracts/registry.yaml). A sample a minute
 * goes to the event feed, from the first one on: a replica without content lags since its start.
 */
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';

export const LATE_MS = 60_000;
export const BREACH_MS = 300_000;
const SAMPLE_MS = 60_000;

type State = 'current' | 'late' | 'breached';

export interface ReplicaLagOptions {
  /** As of when database B is the register; `undefined`: it was never filled. */
  asOfMs: () => number | undefined;
  /** Takes a sample; never rejects. */
  onSample: (atMs: number, lagMs: number) => Promise<void>;
  clock: Clock;
  log: Log;
}

export class ReplicaLag {
  readonly #options: ReplicaLagOptions;
  readonly #startMs: number;
  #state: State = 'current';
  #sampledMs = Number.NEGATIVE_INFINITY;

  constructor(options: ReplicaLagOptions) {
    this.#options = options;
    this.#startMs = options.clock.nowMs();
  }

  get lagMs(): number {
    const { asOfMs, clock } = this.#options;
    return Math.max(0, clock.nowMs() - (asOfMs() ?? this.#startMs));
  }

  get state(): State {
    return this.#state;
  }

  /** To be called each second. */
  async step(): Promise<void> {
    const { clock, onSample } = this.#options;
    const nowMs = clock.nowMs();
    const { lagMs } = this;
    this.#review(lagMs);
    if (nowMs - this.#sampledMs < SAMPLE_MS) return;
    this.#sampledMs = nowMs;
    await onSample(nowMs, lagMs);
  }

  #review(lagMs: number): void {
    const state = lagMs >= BREACH_MS ? 'breached' : lagMs >= LATE_MS ? 'late' : 'current';
    if (state === this.#state) return;
    const before = this.#state;
    this.#state = state;
    const { log } = this.#options;
    if (state === 'breached') {
      log.error({ lagMs, limitMs: BREACH_MS }, 'the replica is too far behind: a breach');
    } else if (state === 'current') {
      log.info({ lagMs, before }, 'the replica is current again');
    } else if (before === 'current') {
      log.warn({ lagMs, alarmMs: LATE_MS }, 'alarm: the replica is behind the register');
    }
  }
}
