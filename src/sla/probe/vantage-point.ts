/**
 * All probes of one process at work: cycle after cycle the planned tests, and every few minutes a
 * change-to-served test. Nothing is made up for: a test whose cycle is over when its turn comes
 * (the machine slept) is not made, and the cycle has no line of this probe.
 *
 * Cycles are those of the sidecar's clock: this one is corrected by what it was found to be off.
 *
 * The first cycle is made at once, without waiting for each test's time in it, so that there is
 * something to show within seconds of the start. Its tests begin one after the other all the same:
 * twenty logins in the same moment would measure themselves.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '#base/clock.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { ProbeFitness } from './probe-fitness.ts';
import type { ProbeMetrics } from './probe-metrics.ts';
import type { Result } from './spool.ts';
import type { StallWatch } from './stall-watch.ts';
import { seenOf } from './test-outcome.ts';
import type { PlannedRun, ServicePlan } from './test-plan.ts';
import type { UpdateTest } from './update-test.ts';

/** Between the tests of a service's first cycle. */
const START_GAP_MS = 100;
/** The clock may be moved by hand or step: it is looked at again this often. */
const LOOK_MS = 200;
const QUIET_MS = 200;
const QUIET_WAIT_MAX_MS = 3_000;
/** A cycle with less than this left is not begun by a probe that just started. */
const CYCLE_REST_MIN_MS = 1_000;

/** A planned test is never further away, unless the clock was found to be wrong. */
const CYCLES_AHEAD_MAX = 3;

/** A change-to-served test and how often it is made. */
export interface RepeatedUpdate {
  test: UpdateTest;
  intervalMs: number;
}

export interface VantagePointParts {
  probes: readonly string[];
  services: readonly ServicePlan[];
  stalls: StallWatch;
  metrics: ProbeMetrics;
  /** Change-to-served tests. */
  updates: readonly RepeatedUpdate[];
  /** Takes results as they come; must not reject. */
  onResult: (result: Result) => void;
  fitness: ProbeFitness;
  /** How far this clock is ahead of the sidecar's; `undefined` while not known. */
  clockOffsetMs: () => number | undefined;
  clock: Clock;
  log: Log;
  /** Ends everything. */
  signal: AbortSignal;
}

export class VantagePoint {
  readonly #parts: VantagePointParts;
  readonly #underWay = new Set<Promise<void>>();
  #testedAtMs = Number.NEGATIVE_INFINITY;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(parts: VantagePointParts) {
    this.#parts = parts;
  }

  /** When a test was last finished, Unix milliseconds; `-Infinity` before the first. */
  get testedAtMs(): number {
    return this.#testedAtMs;
  }

  start(): void {
    this.#loops = Promise.all([
      ...this.#parts.services.map((service) => this.#runCycles(service)),
      ...this.#parts.updates.map((update) => this.#runUpdates(update)),
    ]);
  }

  /** Resolves when nothing is under way any more; the signal must have been given. */
  async close(): Promise<void> {
    await this.#loops;
    await Promise.all(this.#underWay);
  }

  async #runCycles(service: ServicePlan): Promise<void> {
    const { stalls, signal } = this.#parts;
    const { cycleSeconds } = service;
    // The start itself keeps the loop busy; that is not the servers' doing.
    await stalls.waitQuiet(QUIET_MS, QUIET_WAIT_MAX_MS);
    const lengthMs = cycleSeconds * 1000;
    let cycle = Math.floor(this.#nowMs() / lengthMs) * cycleSeconds;
    if (cycle * 1000 + lengthMs - this.#nowMs() < CYCLE_REST_MIN_MS) cycle += cycleSeconds;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      await this.#runCycle(service, cycle, isFirst);
      const current = Math.floor(this.#nowMs() / lengthMs) * cycleSeconds;
      // A clock that was found to be far ahead begins again where it should have been.
      const isFarAhead = cycle - current > CYCLES_AHEAD_MAX * cycleSeconds;
      cycle = isFarAhead ? current : Math.max(cycle + cycleSeconds, current);
    }
  }

  /** `isAtOnce`: without waiting for each test's time, with a short pause between them. */
  async #runCycle(service: ServicePlan, cycle: number, isAtOnce: boolean): Promise<void> {
    const { signal } = this.#parts;
    const { cycleSeconds } = service;
    const endMs = (cycle + cycleSeconds) * 1000;
    for (const test of service.plan(cycle)) {
      const restMaxMs = CYCLES_AHEAD_MAX * cycleSeconds * 1000;
      if (!isAtOnce && !(await this.#waitUntil(test.atMs, restMaxMs))) return;
      if (signal.aborted) return;
      if (this.#nowMs() >= endMs) break;
      this.#follow(this.#runTest(cycle, test));
      if (isAtOnce) await this.#sleep(START_GAP_MS);
    }
  }

  async #runTest(cycle: number, { subject, run }: PlannedRun): Promise<void> {
    const { metrics, onResult, clock, clockOffsetMs, fitness } = this.#parts;
    const tested = await run();
    if (tested.error === 'stopped') return;
    const offsetMs = clockOffsetMs();
    const unfit = fitness.unfit();
    const seen = unfit === undefined ? tested : seenOf(unfit.code);
    this.#testedAtMs = clock.nowMs();
    metrics.tested(subject, seen);
    onResult({
      kind: 'test',
      cycle,
      ...subject,
      ...seen,
      ...(offsetMs !== undefined && { clockOffsetMs: offsetMs }),
    });
  }

  async #runUpdates(update: RepeatedUpdate): Promise<void> {
    const { probes, stalls, signal } = this.#parts;
    await stalls.waitQuiet(QUIET_MS, QUIET_WAIT_MAX_MS);
    let dueMs = this.#nowMs();
    for (let turn = 0; !signal.aborted; turn++) {
      const probe = probes[turn % probes.length] ?? '';
      this.#follow(this.#runUpdate(update.test, probe));
      dueMs = Math.max(dueMs + update.intervalMs, this.#nowMs());
      if (!(await this.#waitUntil(dueMs, 2 * update.intervalMs))) dueMs = this.#nowMs();
    }
  }

  async #runUpdate(test: UpdateTest, probe: string): Promise<void> {
    const { metrics, onResult, log, signal } = this.#parts;
    try {
      await test.run(probe, (seen) => {
        metrics.updated(seen);
        onResult(seen);
      });
    } catch (error) {
      // Without a confirmation there is no update to time; that the API is away shows elsewhere.
      if (!signal.aborted) log.warn({ reason: errorMessage(error) }, 'no change was confirmed');
    }
  }

  #follow(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  /** The sidecar's time, as far as it is known. */
  #nowMs(): number {
    const { clock, clockOffsetMs } = this.#parts;
    return clock.nowMs() - (clockOffsetMs() ?? 0);
  }

  /**
   * Looks at the clock again and again: it may be moved, or found wrong, while this waits. False
   * once it shows that `atMs` is more than `restMaxMs` away.
   */
  async #waitUntil(atMs: number, restMaxMs: number): Promise<boolean> {
    const { signal } = this.#parts;
    while (!signal.aborted) {
      const restMs = atMs - this.#nowMs();
      if (restMs <= 0) return true;
      if (restMs > restMaxMs) return false;
      await this.#sleep(Math.min(restMs, LOOK_MS));
    }
    return true;
  }

  /** Ends at once when everything does. */
  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#parts.signal }).catch(() => undefined);
  }
}
