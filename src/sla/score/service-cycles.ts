/**
 * The cycles of one service under one contract, as they come in. A record of the ledger is decided:
 * it is tallied at once and its tests are let go. Tests of a measurements file come in any order,
 * so they are kept and tallied when a score is asked for. A cycle counts once: a second record of
 * it changes nothing.
 */
import type { Contract, ServiceName } from '#sla/contract/contract.ts';
import {
  type ComparedResult,
  type CycleRecord,
  countsBefore,
  dnssecCode,
  outcomeCode,
  targetOf,
  UNNUMBERED_FIRST,
  visitResults,
} from '#sla/measurement/cycle-record.ts';
import type { Test } from '#sla/measurement/measurement.ts';
import { MeasurementError } from '#sla/measurement/measurement-file.ts';
import { Catalogue, TEST_CLASSES } from './catalogue.ts';
import {
  type CycleResults,
  type CycleTally,
  RESULT_SIZE,
  tallyDns,
  tallyVotes,
} from './cycle-tally.ts';
import type { Topologies } from './topologies.ts';

/** probe, target, outcome, RTT, DNSSEC, sequence number. */
const KEPT_SIZE = 6;

export class ServiceCycles {
  readonly service: ServiceName;
  readonly cycleMs: number;
  readonly catalogue: Catalogue;
  /** By first second of the cycle. */
  readonly #decided = new Map<number, CycleTally>();
  readonly #kept = new Map<number, number[]>();
  #tallied: Map<number, CycleTally> | undefined;
  readonly #contract: Contract;
  readonly #topologies: Topologies;
  /** Room for one cycle's results, used again for the next. */
  #scratch: CycleResults = new Float64Array(0);
  /** Columns of the last record, and their numbers. */
  #columns: readonly (readonly string[])[] = [];
  #columnNumbers: number[] = [];
  #order = 0;

  constructor(contract: Contract, service: ServiceName, topologies: Topologies) {
    this.service = service;
    this.cycleMs = (contract.services[service]?.cycleSeconds ?? 0) * 1000;
    this.catalogue = new Catalogue(contract, service);
    this.#contract = contract;
    this.#topologies = topologies;
  }

  /** Raises MeasurementError (without a place) if the cycle is none of the contract's. */
  addTest(test: Test): void {
    this.#checkCycle(test.cycle);
    const { catalogue } = this;
    const kept = this.#kept.get(test.cycle) ?? [];
    if (kept.length === 0) this.#kept.set(test.cycle, kept);
    kept.push(
      catalogue.probes.numberOf(test.probe),
      catalogue.targetNumber(targetOf(test)),
      outcomeCode(test.outcome),
      test.rttUs ?? -1,
      dnssecCode(test),
      test.seq ?? UNNUMBERED_FIRST + this.#order,
    );
    this.#order += 1;
    this.#tallied = undefined;
  }

  /** Raises MeasurementError (without a place) if the record breaks its grammar. */
  addRecord(record: CycleRecord): void {
    this.#checkCycle(record.cycle);
    if (this.#decided.has(record.cycle)) return;
    const probes = record.probes.map((probe) => this.catalogue.probes.numberOf(probe));
    const targets = this.#targetNumbers(record);
    const sizeMax = probes.length * targets.length * RESULT_SIZE;
    if (this.#scratch.length < sizeMax) this.#scratch = new Float64Array(sizeMax);
    const scratch = this.#scratch;
    let size = 0;
    const isWhole = visitResults(record, (probe, target, outcome, rttUs, dnssec) => {
      scratch[size] = probes[probe] ?? 0;
      scratch[size + 1] = targets[target] ?? 0;
      scratch[size + 2] = outcome;
      scratch[size + 3] = rttUs;
      scratch[size + 4] = dnssec;
      size += RESULT_SIZE;
    });
    if (!isWhole) throw new MeasurementError(`cycle ${record.cycle}: results are not readable`);
    this.#decided.set(record.cycle, this.#tally(record.cycle, scratch.subarray(0, size)));
  }

  /** Tallies of the kept tests are made anew: a topology that they fall under has come in. */
  forgetTallies(): void {
    this.#tallied = undefined;
  }

  /** Drops every cycle before `ms`. */
  forgetBefore(ms: number): void {
    for (const cycles of [this.#decided, this.#kept]) {
      for (const cycle of cycles.keys()) if (cycle * 1000 < ms) cycles.delete(cycle);
    }
    this.#tallied = undefined;
  }

  /** First second of every cycle with a line, and its tally. */
  tallies(): ReadonlyMap<number, CycleTally> {
    if (this.#kept.size === 0) return this.#decided;
    if (this.#tallied === undefined) {
      const all = new Map(this.#decided);
      for (const [cycle, kept] of this.#kept) {
        if (!all.has(cycle)) all.set(cycle, this.#tally(cycle, select(kept, this.catalogue)));
      }
      this.#tallied = all;
    }
    return this.#tallied;
  }

  /** Most records have the columns of the one before. */
  #targetNumbers({ cycle, targets }: CycleRecord): number[] {
    if (isSameTable(targets, this.#columns)) return this.#columnNumbers;
    this.#columnNumbers = targets.map((column) => {
      const testClass = column[this.service === 'dns' ? 2 : 0] ?? '';
      if (TEST_CLASSES[this.service].includes(testClass))
        return this.catalogue.targetNumber(column);
      throw new MeasurementError(`cycle ${cycle}: no class of tests is called ${testClass}`);
    });
    this.#columns = targets;
    return this.#columnNumbers;
  }

  #checkCycle(cycle: number): void {
    if ((cycle * 1000) % this.cycleMs === 0) return;
    const seconds = this.cycleMs / 1000;
    throw new MeasurementError(
      `cycle: ${cycle} is not the first second of a ${this.service} cycle of ${seconds} s`,
    );
  }

  #tally(cycle: number, results: CycleResults): CycleTally {
    const { dns, rdds, epp } = this.#contract.services;
    if (this.service === 'dns' && dns !== undefined) {
      const listed = this.#topologies.listedAt(cycle * 1000, this.catalogue);
      return tallyDns(results, this.catalogue, dns, listed);
    }
    const rules = this.service === 'rdds' ? rdds : epp;
    return tallyVotes(results, this.catalogue, rules ?? { quorum: NO_QUORUM, probesMin: 1 });
  }
}

function isSameTable(
  a: readonly (readonly string[])[],
  b: readonly (readonly string[])[],
): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) {
    const row = a[at] ?? [];
    const other = b[at] ?? [];
    if (row.length !== other.length) return false;
    for (let index = 0; index < row.length; index++) {
      if (row[index] !== other[index]) return false;
    }
  }
  return true;
}

const NO_QUORUM = { numerator: 1, denominator: 1, comparator: '>=' } as const;

/** One result per probe and target: the one that counts (see `countsBefore`). */
function select(kept: readonly number[], catalogue: Catalogue): CycleResults {
  const best = new Map<number, number>();
  const width = catalogue.targets.length;
  const at = (index: number): ComparedResult => ({
    seq: kept[index + 5] ?? 0,
    outcome: kept[index + 2] ?? 0,
    dnssec: kept[index + 4] ?? 0,
    rttUs: kept[index + 3] ?? -1,
  });
  for (let index = 0; index < kept.length; index += KEPT_SIZE) {
    const key = (kept[index] ?? 0) * width + (kept[index + 1] ?? 0);
    const present = best.get(key);
    if (present === undefined || countsBefore(at(index), at(present))) best.set(key, index);
  }
  const results: CycleResults = new Float64Array(best.size * RESULT_SIZE);
  let size = 0;
  for (const index of best.values()) {
    for (let field = 0; field < RESULT_SIZE; field++)
      results[size + field] = kept[index + field] ?? 0;
    size += RESULT_SIZE;
  }
  return results;
}
