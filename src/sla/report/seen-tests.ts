/**
 * The tests behind the lines of an explanation: evidence is read a second time and, of the cycles
 * that a line is about, counted by target. Records of the ledger are taken as they were decided;
 * single tests are chosen as the ledger would, lowest sequence number first.
 */
import {
  type CycleRecord,
  canonicalAddress,
  packCycle,
  targetOf,
  unpackCycle,
} from '#sla/measurement/cycle-record.ts';
import type { MeasuredService, Measurement, Test } from '#sla/measurement/measurement.ts';
import type { SeenTests } from './explanation.ts';

/** Evidence as a stream that can be read once. */
export type Evidence = AsyncIterable<Measurement | CycleRecord>;

/** Whose tests a line shows: of a service, or of one address of a name server. */
export interface TestWatch {
  service: MeasuredService;
  cycleMs: number;
  fromMs: number;
  toMs: number;
  nameserver?: string;
  address?: string;
}

/** Failing probes that are named; the count says the rest. */
const PROBES_NAMED_MAX = 200;

interface Counted {
  tests: SeenTests;
  failedProbes: Set<string>;
}

export class SeenTestsOfLines {
  readonly #watches: readonly TestWatch[];
  /** Places of the lines that are about a cycle, by `SERVICE CYCLE`. */
  readonly #linesOf = new Map<string, number[]>();
  readonly #counted: Map<string, Counted>[];
  /** Single tests of a measurements file, and cycles that a record has decided. */
  readonly #single = new Map<string, Test[]>();
  readonly #decided = new Set<string>();

  constructor(watches: readonly TestWatch[]) {
    this.#watches = watches;
    this.#counted = watches.map(() => new Map());
    for (const [at, { service, cycleMs, fromMs, toMs }] of watches.entries()) {
      for (let ms = Math.floor(fromMs / cycleMs) * cycleMs; ms < toMs; ms += cycleMs) {
        const key = `${service} ${ms / 1000}`;
        const lines = this.#linesOf.get(key) ?? [];
        if (lines.push(at) === 1) this.#linesOf.set(key, lines);
      }
    }
  }

  add(piece: Measurement | CycleRecord): void {
    if (piece.kind !== 'test' && piece.kind !== 'cycle') return;
    const key = `${piece.service} ${piece.cycle}`;
    if (!this.#linesOf.has(key)) return;
    if (piece.kind === 'test') {
      const tests = this.#single.get(key) ?? [];
      if (tests.push(piece) === 1) this.#single.set(key, tests);
    } else if (!this.#decided.has(key)) {
      this.#decided.add(key);
      this.#count(key, piece);
    }
  }

  /** Tests of the line at a place of `watches`: targets that failed first. */
  of(at: number): SeenTests[] {
    this.#countSingle();
    const counted = [...(this.#counted[at]?.values() ?? [])];
    const seen = counted.map(({ tests, failedProbes }) => {
      return { ...tests, failedProbes: [...failedProbes].sort().slice(0, PROBES_NAMED_MAX) };
    });
    return seen.sort((a, b) => b.unanswered - a.unanswered || (a.target < b.target ? -1 : 1));
  }

  #countSingle(): void {
    for (const [key, tests] of this.#single) {
      const [first] = tests;
      if (first === undefined || this.#decided.has(key)) continue;
      this.#count(key, packCycle(first.service, first.cycle, tests));
    }
    this.#single.clear();
  }

  #count(key: string, record: CycleRecord): void {
    const lines = this.#linesOf.get(key) ?? [];
    for (const test of unpackCycle(record)) {
      for (const at of lines) {
        const watch = this.#watches[at];
        const counted = this.#counted[at];
        if (watch === undefined || counted === undefined || !isWatched(watch, test)) continue;
        const target = targetOf(test).join(' ').trim();
        const known = counted.get(target) ?? { tests: noTests(target), failedProbes: new Set() };
        counted.set(target, known);
        countTest(known, test);
      }
    }
  }
}

function isWatched(watch: TestWatch, test: Test): boolean {
  if (watch.address !== undefined && canonicalAddress(test.address) !== watch.address) return false;
  if (watch.nameserver === undefined) return true;
  return test.service === 'dns' && test.nameserver.toLowerCase() === watch.nameserver;
}

function noTests(target: string): SeenTests {
  return {
    target,
    tests: 0,
    answered: 0,
    unanswered: 0,
    internal: 0,
    bogus: 0,
    errors: {},
    failedProbes: [],
  };
}

function countTest({ tests, failedProbes }: Counted, test: Test): void {
  tests.tests += 1;
  tests[test.outcome] += 1;
  if (test.service === 'dns' && test.dnssec === 'bogus') tests.bogus += 1;
  if (test.outcome === 'unanswered') failedProbes.add(test.probe);
  if (test.outcome === 'answered' && test.rttUs !== undefined) {
    tests.slowestUs = Math.max(tests.slowestUs ?? 0, test.rttUs);
  }
  if (test.error === undefined) return;
  const said = Object.hasOwn(tests.errors, test.error) ? (tests.errors[test.error] ?? 0) : 0;
  tests.errors = { ...tests.errors, [test.error]: said + 1 };
}
