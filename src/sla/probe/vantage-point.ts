/**
 * All probes of one process at work: cycle after cycle the planned tests, and every few minutes a
 * change-to-served test. Nothing is made up for: a test whose cycle is over when its turn comes
 * (the machine slept) is not made, and the cycle has no line of this probe.
 *
 * The first cycle is made at once, without waiting for each test's time in it, so that there is
 * something to show within seconds of the start.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '#base/clock.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import { type PlannedTest, planCycle, type TransportProportion } from './cycle-plan.ts';
import type { DnsTarget, DnsTester } from './dns-tester.ts';
import type { ProbeMetrics } from './probe-metrics.ts';
import type { Result } from './spool.ts';
import type { StallWatch } from './stall-watch.ts';
import type { UpdateTest } from './update-test.ts';

/** The clock may be moved by hand or step: it is looked at again this often. */
const LOOK_MS = 200;
const QUIET_MS = 200;
const QUIET_WAIT_MAX_MS = 3_000;
/** A cycle with less than this left is not begun by a probe that just started. */
const CYCLE_REST_MIN_MS = 1_000;

export interface VantagePointParts {
  probes: readonly string[];
  targets: readonly DnsTarget[];
  cycleSeconds: number;
  proportion: TransportProportion;
  tester: DnsTester;
  stalls: StallWatch;
  metrics: ProbeMetrics;
  /** Absent: the test is not made. */
  update: { test: UpdateTest; intervalMs: number } | undefined;
  /** Takes results as they come; must not reject. */
  onResult: (result: Result) => void;
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
    this.#loops = Promise.all([this.#runCycles(), this.#runUpdates()]);
  }

  /** Resolves when nothing is under way any more; the signal must have been given. */
  async close(): Promise<void> {
    await this.#loops;
    await Promise.all(this.#underWay);
  }

  async #runCycles(): Promise<void> {
    const { cycleSeconds, clock, stalls, signal } = this.#parts;
    // The start itself keeps the loop busy; that is not the servers' doing.
    await stalls.waitQuiet(QUIET_MS, QUIET_WAIT_MAX_MS);
    const lengthMs = cycleSeconds * 1000;
    let cycle = Math.floor(clock.nowMs() / lengthMs) * cycleSeconds;
    if (cycle * 1000 + lengthMs - clock.nowMs() < CYCLE_REST_MIN_MS) cycle += cycleSeconds;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      await this.#runCycle(cycle, isFirst);
      const current = Math.floor(clock.nowMs() / lengthMs) * cycleSeconds;
      cycle = Math.max(cycle + cycleSeconds, current);
    }
  }

  /** `isAtOnce`: without waiting for each test's time. */
  async #runCycle(cycle: number, isAtOnce: boolean): Promise<void> {
    const { cycleSeconds, clock, signal } = this.#parts;
    const endMs = (cycle + cycleSeconds) * 1000;
    for (const test of planCycle({ ...this.#parts, cycle })) {
      if (!isAtOnce) await this.#waitUntil(test.atMs);
      if (signal.aborted) return;
      if (clock.nowMs() >= endMs) break;
      this.#follow(this.#runTest(cycle, test));
    }
  }

  async #runTest(cycle: number, { probe, target, transport }: PlannedTest): Promise<void> {
    const { tester, metrics, onResult, clock, clockOffsetMs } = this.#parts;
    const seen = await tester.test(target, transport);
    if (seen.error === 'stopped') return;
    this.#testedAtMs = clock.nowMs();
    metrics.tested(target, transport, seen);
    const offsetMs = clockOffsetMs();
    onResult({
      kind: 'test',
      cycle,
      service: 'dns',
      probe,
      nameserver: target.nameserver,
      address: target.server.address,
      transport,
      ...seen,
      ...(offsetMs !== undefined && { clockOffsetMs: offsetMs }),
    });
  }

  async #runUpdates(): Promise<void> {
    const { update, probes, clock, stalls, signal } = this.#parts;
    if (update === undefined) return;
    await stalls.waitQuiet(QUIET_MS, QUIET_WAIT_MAX_MS);
    let dueMs = clock.nowMs();
    for (let turn = 0; !signal.aborted; turn++) {
      const probe = probes[turn % probes.length] ?? '';
      this.#follow(this.#runUpdate(update.test, probe));
      dueMs = Math.max(dueMs + update.intervalMs, clock.nowMs());
      await this.#waitUntil(dueMs);
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

  /** Looks at the clock again and again: it may be moved while this waits. */
  async #waitUntil(atMs: number): Promise<void> {
    const { clock, signal } = this.#parts;
    while (!signal.aborted) {
      const restMs = atMs - clock.nowMs();
      if (restMs <= 0) return;
      await sleep(Math.min(restMs, LOOK_MS), undefined, { signal }).catch(() => undefined);
    }
  }
}
