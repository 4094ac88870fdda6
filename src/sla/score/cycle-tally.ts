/**
 * One cycle's verdict. Tests in, state out: a class of each test (ok, slow, unanswered), a vote of
 * each probe, a quorum of the votes.
 *
 *   internal                    in neither term: a probe's own fault is no evidence
 *   no active probes enough     DISCARDED: no fault, and its tests leave the shares too
 *   no test at all              UNMEASURED
 *
 * For DNS a probe's vote is "at least two name servers good on all those of their addresses that it
 * has a result for". A name server that it has no result for at all does not speak against the
 * service: a probe's own fault never makes down time.
 */
import type { Quorum } from '#sla/contract/contract.ts';
import {
  ANSWERED,
  DNSSEC_BOGUS,
  DNSSEC_INDETERMINATE,
  DNSSEC_INSECURE,
  INTERNAL,
  UNANSWERED,
} from '#sla/measurement/cycle-record.ts';
import type { Catalogue, ClassLimits } from './catalogue.ts';

export const UNMEASURED = 0;
export const UP = 1;
export const DOWN = 2;
export const DISCARDED = 3;
/** The subject did not exist in this cycle: an address that was not listed. */
export const ABSENT = 4;
export type CycleState = 0 | 1 | 2 | 3 | 4;

/** Tests of one cycle, one per probe and target: five numbers each, see RESULT_SIZE. */
export type CycleResults = Float64Array;
/** probe, target, outcome, RTT in microseconds or -1, DNSSEC code. */
export const RESULT_SIZE = 5;

export interface CycleTally {
  state: CycleState;
  dnssec: CycleState;
  /** State of each address by its number; shorter than the catalogue where later ones are new. */
  addresses: Uint8Array;
  /** ok, slow and unanswered of each class, three numbers a class. */
  counts: Uint32Array;
  votes: Votes;
}

/** Of probes on the service. */
export interface Votes {
  /** Probes with any result. */
  active: number;
  unavailable: number;
}

export interface DnsRules {
  quorum: Quorum;
  probesMin: number;
  nameserversMin: number;
  dnssec: { quorum: Quorum; probesMin: number };
}

/** The name servers of record in a cycle; `undefined` members: whatever was tested. */
export interface ListedNameservers {
  isSigned: boolean;
  /** 1 at the number of each listed address. */
  isListed: Uint8Array;
}

export const OK = 0;
export const SLOW = 1;
export const FAILED = 2;

/** Class of an answered test: 5 x the limit counts as no answer, by the contract's comparator. */
export function classifyRtt(rttUs: number, limits: ClassLimits): number {
  const isBeyond = limits.isInclusive ? rttUs >= limits.unansweredUs : rttUs > limits.unansweredUs;
  if (isBeyond) return FAILED;
  return rttUs <= limits.limitUs ? OK : SLOW;
}

/** True if `failed` of `votes` reach the quorum; without votes never. */
export function reachesQuorum(failed: number, votes: number, quorum: Quorum): boolean {
  if (votes === 0) return false;
  const left = quorum.denominator * failed;
  const right = quorum.numerator * votes;
  return quorum.comparator === '>=' ? left >= right : left > right;
}

const HAS_RESULT = 1;
const HAS_FAILURE = 2;
const HAS_LINE = 4;

/** RDDS and EPP: a probe's vote is down if any of its tests failed. */
export function tallyVotes(
  results: CycleResults,
  catalogue: Catalogue,
  rules: { quorum: Quorum; probesMin: number },
): CycleTally {
  const counts = new Uint32Array(catalogue.limits.length * 3);
  const seen = new Uint8Array(catalogue.probes.texts.length);
  let hasLine = false;
  for (let at = 0; at < results.length; at += RESULT_SIZE) {
    const target = catalogue.targets[results[at + 1] ?? 0];
    if (target === undefined || !target.isScored) continue;
    hasLine = true;
    const outcome = results[at + 2];
    if (outcome === INTERNAL) continue;
    const limits = catalogue.limits[target.testClass];
    const result =
      outcome === ANSWERED && limits !== undefined
        ? classifyRtt(results[at + 3] ?? 0, limits)
        : FAILED;
    add(counts, target.testClass * 3 + result);
    mark(seen, results[at] ?? 0, result === FAILED ? HAS_RESULT | HAS_FAILURE : HAS_RESULT);
  }
  let active = 0;
  let failed = 0;
  for (const marks of seen) {
    if ((marks & HAS_RESULT) !== 0) active += 1;
    if ((marks & HAS_FAILURE) !== 0) failed += 1;
  }
  const state = stateOf(hasLine, active, failed, rules);
  if (state !== UP && state !== DOWN) counts.fill(0);
  const votes: Votes = { active, unavailable: failed };
  return { state, dnssec: UNMEASURED, addresses: new Uint8Array(0), counts, votes };
}

/** DNS: the service, each address, and DNSSEC. */
export function tallyDns(
  results: CycleResults,
  catalogue: Catalogue,
  rules: DnsRules,
  listed: ListedNameservers | undefined,
): CycleTally {
  const probeCount = catalogue.probes.texts.length;
  const addressCount = catalogue.addresses.texts.length;
  const counts = new Uint32Array(catalogue.limits.length * 3);
  const seen = new Uint8Array(probeCount * addressCount);
  const bogus = new Uint8Array(probeCount);
  let hasLine = false;
  for (let at = 0; at < results.length; at += RESULT_SIZE) {
    const target = catalogue.targets[results[at + 1] ?? 0];
    if (target === undefined) continue;
    if (listed !== undefined && listed.isListed[target.address] !== 1) continue;
    hasLine = true;
    const probe = results[at] ?? 0;
    const cell = probe * addressCount + target.address;
    const dnssec = results[at + 4] ?? 0;
    const outcome = judgeDnssec(results[at + 2] ?? INTERNAL, dnssec, listed?.isSigned ?? false);
    mark(seen, cell, HAS_LINE);
    if (outcome === INTERNAL) continue;
    if (dnssec === DNSSEC_BOGUS) bogus[probe] = 1;
    const limits = catalogue.limits[target.testClass];
    const result =
      outcome === ANSWERED && limits !== undefined
        ? classifyRtt(results[at + 3] ?? 0, limits)
        : FAILED;
    add(counts, target.testClass * 3 + result);
    mark(seen, cell, result === FAILED ? HAS_RESULT | HAS_FAILURE : HAS_RESULT);
  }
  const grid: Grid = { seen, probeCount, addressCount };
  const votes = countVotes(grid, catalogue, rules, listed);
  const bogusProbes = bogus.reduce((sum, value) => sum + value, 0);
  const service = stateOf(hasLine, votes.active, votes.unavailable, rules);
  const isDiscarded = votes.active < rules.probesMin;
  if (isDiscarded) counts.fill(0);
  return {
    state: service,
    dnssec: stateOf(hasLine, votes.active, bogusProbes, rules.dnssec),
    addresses: addressStates(grid, rules.quorum, isDiscarded),
    counts,
    votes,
  };
}

/** What the validator said, applied to the outcome (Appendix 10, 3.7). */
function judgeDnssec(outcome: number, dnssec: number, isSigned: boolean): number {
  if (outcome !== ANSWERED) return outcome;
  if (dnssec === DNSSEC_BOGUS) return UNANSWERED;
  if (isSigned && dnssec === DNSSEC_INSECURE) return UNANSWERED;
  if (isSigned && dnssec === DNSSEC_INDETERMINATE) return INTERNAL;
  return ANSWERED;
}

interface Grid {
  /** Marks of each probe and address, row by row of probes. */
  seen: Uint8Array;
  probeCount: number;
  addressCount: number;
}

function countVotes(
  grid: Grid,
  catalogue: Catalogue,
  rules: DnsRules,
  listed: ListedNameservers | undefined,
): Votes {
  const { seen, probeCount, addressCount } = grid;
  const isOfRecord = new Uint8Array(catalogue.nameservers.texts.length);
  for (let address = 0; address < addressCount; address++) {
    const isHere =
      listed === undefined ? hasAnyMark(grid, address) : listed.isListed[address] === 1;
    if (isHere) isOfRecord[catalogue.nameserverOf[address] ?? 0] = 1;
  }
  const votes: Votes = { active: 0, unavailable: 0 };
  const marks = new Uint8Array(isOfRecord.length);
  for (let probe = 0; probe < probeCount; probe++) {
    marks.fill(0);
    let isActive = false;
    for (let address = 0; address < addressCount; address++) {
      const cell = (seen[probe * addressCount + address] ?? 0) & (HAS_RESULT | HAS_FAILURE);
      if (cell === 0) continue;
      isActive = true;
      mark(marks, catalogue.nameserverOf[address] ?? 0, cell);
    }
    if (!isActive) continue;
    votes.active += 1;
    let good = 0;
    for (let nameserver = 0; nameserver < isOfRecord.length; nameserver++) {
      const hasFailure = ((marks[nameserver] ?? 0) & HAS_FAILURE) !== 0;
      if (isOfRecord[nameserver] === 1 && !hasFailure) good += 1;
    }
    if (good < rules.nameserversMin) votes.unavailable += 1;
  }
  return votes;
}

function hasAnyMark(grid: Grid, address: number): boolean {
  for (let probe = 0; probe < grid.probeCount; probe++) {
    if (grid.seen[probe * grid.addressCount + address] !== 0) return true;
  }
  return false;
}

function addressStates(grid: Grid, quorum: Quorum, isDiscarded: boolean): Uint8Array {
  const states = new Uint8Array(grid.addressCount);
  for (let address = 0; address < grid.addressCount; address++) {
    let tested = 0;
    let failed = 0;
    for (let probe = 0; probe < grid.probeCount; probe++) {
      const cell = grid.seen[probe * grid.addressCount + address] ?? 0;
      if ((cell & HAS_RESULT) !== 0) tested += 1;
      if ((cell & HAS_FAILURE) !== 0) failed += 1;
    }
    if (!hasAnyMark(grid, address)) states[address] = UNMEASURED;
    else if (isDiscarded || tested === 0) states[address] = DISCARDED;
    else states[address] = reachesQuorum(failed, tested, quorum) ? DOWN : UP;
  }
  return states;
}

function stateOf(
  hasLine: boolean,
  active: number,
  failed: number,
  rules: { quorum: Quorum; probesMin: number },
): CycleState {
  if (!hasLine) return UNMEASURED;
  if (active < rules.probesMin) return DISCARDED;
  return reachesQuorum(failed, active, rules.quorum) ? DOWN : UP;
}

function add(counts: Uint32Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}

function mark(marks: Uint8Array, at: number, bits: number): void {
  marks[at] = (marks[at] ?? 0) | bits;
}
