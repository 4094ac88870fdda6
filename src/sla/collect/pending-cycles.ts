/**
 * Tests whose cycles are not decided yet. A cycle of service S and length L is open until two
 * minutes after its end and is then taken, once; a test that comes later is late.
 */
import { DECISION_DELAY_MS } from '#sla/measurement/cycle-record.ts';
import type { MeasuredService, Test } from '#sla/measurement/measurement.ts';

/** Seconds of a cycle of each service that some contract measures. */
export type CycleLengths = ReadonlyMap<MeasuredService, number>;

export interface PendingCycle {
  service: MeasuredService;
  /** First second, Unix time. */
  cycle: number;
  tests: Test[];
}

export class PendingCycles {
  readonly #lengths: CycleLengths;
  readonly #cycles = new Map<string, PendingCycle>();
  #size = 0;

  constructor(lengths: CycleLengths) {
    this.#lengths = lengths;
  }

  /** When the cycle of a test is decided, Unix milliseconds; `undefined` if it can be nobody's. */
  decisionMs(service: MeasuredService, cycle: number): number | undefined {
    const length = this.#lengths.get(service);
    if (length === undefined || cycle % length !== 0) return undefined;
    return (cycle + length) * 1000 + DECISION_DELAY_MS;
  }

  /** Tests in all open cycles. */
  get size(): number {
    return this.#size;
  }

  add(test: Test): void {
    this.#size += 1;
    const key = `${test.service} ${test.cycle}`;
    const pending = this.#cycles.get(key);
    if (pending !== undefined) pending.tests.push(test);
    else this.#cycles.set(key, { service: test.service, cycle: test.cycle, tests: [test] });
  }

  /** The cycles whose time has come, oldest first; they stay until they are removed. */
  due(nowMs: number): PendingCycle[] {
    return this.all().filter(({ service, cycle }) => {
      return (this.decisionMs(service, cycle) ?? 0) <= nowMs;
    });
  }

  remove(cycles: readonly PendingCycle[]): void {
    for (const { service, cycle, tests } of cycles) {
      if (this.#cycles.delete(`${service} ${cycle}`)) this.#size -= tests.length;
    }
  }

  /** Every open cycle, oldest first. */
  all(): PendingCycle[] {
    return [...this.#cycles.values()].sort((a, b) => a.cycle - b.cycle);
  }
}
