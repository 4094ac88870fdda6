/**
 * The newest tests and updates, and when each probe was last heard of: what the sidecar's page
 * shows beside the figures. A few of each are kept; the ledger has all.
 */
import type { Disagreement, LedgerBody } from '#sla/ledger/ledger-line.ts';
import { unpackCycle } from '#sla/measurement/cycle-record.ts';
import type { EventOf, Measurement, Test } from '#sla/measurement/measurement.ts';

const TESTS_MAX = 60;
const UPDATES_MAX = 20;
const DISAGREEMENTS_MAX = 50;
/** More names than that are no probes. */
const PROBES_MAX = 1000;

export interface LastHeard {
  atMs: number;
  clockOffsetMs: number | undefined;
  /** That it handed in from: its vantage point. */
  address: string;
}

export interface VantagePointStatus {
  address: string;
  /** Names. */
  probes: string[];
}

export class RecentEvidence {
  /** Of decided cycles, newest last. */
  #tests: Test[] = [];
  #updates: EventOf<'update'>[] = [];
  #disagreements: Disagreement[] = [];
  readonly #probes = new Map<string, LastHeard>();

  /** Newest first. */
  get tests(): Test[] {
    return this.#tests.toReversed();
  }

  /** Newest first. */
  get updates(): EventOf<'update'>[] {
    return this.#updates.toReversed();
  }

  /** Newest first. */
  get disagreements(): Disagreement[] {
    return this.#disagreements.toReversed();
  }

  get probes(): ReadonlyMap<string, LastHeard> {
    return this.#probes;
  }

  /** From where probes were heard of at `sinceMs` or later: those at one address are one point. */
  vantagePoints(sinceMs: number): VantagePointStatus[] {
    const names = new Map<string, string[]>();
    for (const [name, { atMs, address }] of this.#probes) {
      if (atMs >= sinceMs) names.set(address, [...(names.get(address) ?? []), name]);
    }
    return [...names].map(([address, probes]) => ({ address, probes: probes.sort() }));
  }

  /** A line that is in the ledger now. */
  add(body: LedgerBody): void {
    if (body.kind === 'cycle') {
      this.#tests = [...this.#tests, ...unpackCycle(body)].slice(-TESTS_MAX);
    } else if (body.kind === 'update') {
      this.#updates = [...this.#updates, body].slice(-UPDATES_MAX);
    } else if (body.kind === 'disagreement') {
      this.#disagreements = [...this.#disagreements, body].slice(-DISAGREEMENTS_MAX);
    }
  }

  /** What probes at an address handed in just now. */
  heard(measurements: readonly Measurement[], address: string, nowMs: number): void {
    for (const measurement of measurements) {
      if (measurement.kind !== 'test') continue;
      const { probe, clockOffsetMs } = measurement;
      if (!this.#probes.has(probe) && this.#probes.size >= PROBES_MAX) continue;
      this.#probes.set(probe, { atMs: nowMs, clockOffsetMs, address });
    }
  }
}
