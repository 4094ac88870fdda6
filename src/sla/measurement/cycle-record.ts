/**
 * All tests of one service in one cycle as one ledger line, small enough that a month of twenty
 * probes is read in about a second. Rows are probes, columns targets, a cell is what the probe saw:
 *
 *   probes:  ["p01", "p02"]
 *   targets: [["ns1.example.","192.0.2.1","udp"], ["ns1.example.","192.0.2.1","tcp"]]
 *   results: ["1234s -", "- !timeout"]          one text a probe, one cell a target
 *
 *   cell = "-" (no test) | RTT [D] | "!" [ERROR] [":" RTT] ["/" D] | "~" [ERROR] [":" RTT] ["/" D]
 *   RTT in microseconds; "!" unanswered, "~" internal; ERROR percent-encoded;
 *   D = s secure, i insecure, b bogus, x indeterminate
 *
 * A record holds one result for a probe and target at most: the one with the lowest sequence
 * number.
 */
import { z } from 'zod';
import type { MeasuredService, Test } from './measurement.ts';

/** A cycle is decided this long after its end, once; what comes later is never scored. */
export const DECISION_DELAY_MS = 120_000;

export const cycleRecordSchema = z
  .strictObject({
    kind: z.literal('cycle'),
    service: z.enum(['dns', 'rdds', 'epp']),
    cycle: z.int().min(0),
    probes: z.array(z.string()),
    targets: z.array(z.array(z.string())),
    results: z.array(z.string()),
  })
  .refine((record) => record.probes.length === record.results.length, {
    path: ['results'],
    message: 'one text for each probe',
  });

export type CycleRecord = z.infer<typeof cycleRecordSchema>;
export type Outcome = Test['outcome'];

/** What stands in a cell, packed: an outcome and what DNSSEC said. */
export const ANSWERED = 0;
export const UNANSWERED = 1;
export const INTERNAL = 2;
/** Place of a letter in this text, from 1, is the DNSSEC code; 0 is "not said". */
const DNSSEC_LETTERS = 'sibx';
const DNSSEC_WORDS = ['secure', 'insecure', 'bogus', 'indeterminate'] as const;
export const DNSSEC_INSECURE = 2;
export const DNSSEC_BOGUS = 3;
export const DNSSEC_INDETERMINATE = 4;

/** Called for each test of a record; `rttUs` is -1 where there is none. */
export type ResultVisitor = (
  probe: number,
  target: number,
  outcome: number,
  rttUs: number,
  dnssec: number,
) => void;

/** What was tested, as a record's column names it. */
export function targetOf(test: Test): string[] {
  if (test.service === 'dns') {
    return [test.nameserver.toLowerCase(), canonicalAddress(test.address), test.transport];
  }
  if (test.service === 'rdds') return [test.interface, canonicalAddress(test.address)];
  return [test.class, canonicalAddress(test.address), test.command ?? ''];
}

/** One result per probe and target: EPP commands of one class to one address are one target. */
function selectionKey(test: Test, target: readonly string[]): string {
  const scored = test.service === 'epp' ? target.slice(0, 2) : target;
  return `${test.probe}\n${scored.join('\n')}`;
}

/** IPv6 in its one canonical form (RFC 5952), so that two spellings are one address. */
export function canonicalAddress(address: string): string {
  if (!address.includes(':')) return address;
  return new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
}

/** DNSSEC code of a test: 0 where nothing is said. */
export function dnssecCode(test: Test): number {
  const said = test.service === 'dns' ? test.dnssec : undefined;
  return said === undefined ? 0 : DNSSEC_WORDS.indexOf(said) + 1;
}

/** Outcome code of a test. */
export function outcomeCode(outcome: Outcome): number {
  if (outcome === 'answered') return ANSWERED;
  return outcome === 'unanswered' ? UNANSWERED : INTERNAL;
}

/**
 * True if result `a` is the one that counts: the lower sequence number, and among equal ones the
 * less favourable, so that neither order nor repetition of lines can better a score.
 */
export function countsBefore(a: ComparedResult, b: ComparedResult): boolean {
  if (a.seq !== b.seq) return a.seq < b.seq;
  if (a.outcome !== b.outcome) return severityOf(a.outcome) > severityOf(b.outcome);
  if (a.dnssec !== b.dnssec) return doubtOf(a.dnssec) > doubtOf(b.dnssec);
  return a.rttUs > b.rttUs;
}

/** What decides which of two results counts; outcome and DNSSEC as codes. */
export interface ComparedResult {
  seq: number;
  outcome: number;
  dnssec: number;
  rttUs: number;
}

function severityOf(outcome: number): number {
  return outcome === UNANSWERED ? 3 : outcome;
}

function doubtOf(dnssec: number): number {
  return [0, 1, DNSSEC_INDETERMINATE, DNSSEC_INSECURE, DNSSEC_BOGUS].indexOf(dnssec);
}

/**
 * Tests without a sequence number count in the order of their lines, after those that have one:
 * their number is this and their place. No probe counts so far.
 */
export const UNNUMBERED_FIRST = 2 ** 51;

interface Selected extends ComparedResult {
  test: Test;
  target: string;
}

/**
 * The record of a cycle's tests, which are all of one service and cycle. `onSuperseded` is told of
 * each test that does not count, because another of its probe and target does.
 */
export function packCycle(
  service: MeasuredService,
  cycle: number,
  tests: Iterable<Test>,
  onSuperseded?: (test: Test) => void,
): CycleRecord {
  const selected = new Map<string, Selected>();
  let order = 0;
  for (const test of tests) {
    const target = targetOf(test);
    const key = selectionKey(test, target);
    const candidate: Selected = {
      seq: test.seq ?? UNNUMBERED_FIRST + order,
      outcome: outcomeCode(test.outcome),
      dnssec: dnssecCode(test),
      rttUs: test.rttUs ?? -1,
      test,
      target: JSON.stringify(target),
    };
    order += 1;
    const present = selected.get(key);
    const isFirst = present === undefined || countsBefore(candidate, present);
    if (isFirst) selected.set(key, candidate);
    const superseded = isFirst ? present : candidate;
    if (superseded !== undefined) onSuperseded?.(superseded.test);
  }
  const chosen = [...selected.values()];
  const probes = [...new Set(chosen.map(({ test }) => test.probe))].sort();
  const targets = [...new Set(chosen.map(({ target }) => target))].sort();
  const cells = new Map(
    chosen.map(({ test, target }) => [`${test.probe}\n${target}`, formatCell(test)]),
  );
  const results = probes.map((probe) =>
    targets.map((target) => cells.get(`${probe}\n${target}`) ?? '-').join(' '),
  );
  const columns = targets.map((target) => JSON.parse(target) as string[]);
  return { kind: 'cycle', service, cycle, probes, targets: columns, results };
}

function formatCell(test: Test): string {
  const letter = DNSSEC_LETTERS.charAt(dnssecCode(test) - 1);
  if (test.outcome === 'answered') return `${test.rttUs ?? 0}${letter}`;
  const sign = test.outcome === 'unanswered' ? '!' : '~';
  const rtt = test.rttUs === undefined ? '' : `:${test.rttUs}`;
  return `${sign}${encodeURIComponent(test.error ?? '')}${rtt}${letter === '' ? '' : `/${letter}`}`;
}

const SPACE = 32;
const COLON = 58;
const SLASH = 47;
const BANG = 33;
const TILDE = 126;
const DASH = 45;
const ZERO = 48;
const NINE = 57;

/** Visits every test of a record without building objects. False if a row breaks the grammar. */
export function visitResults(record: CycleRecord, visit: ResultVisitor): boolean {
  for (const [probe, row] of record.results.entries()) {
    let at = 0;
    for (let target = 0; target < record.targets.length; target++) {
      const first = row.charCodeAt(at);
      let outcome = ANSWERED;
      if (first === BANG || first === TILDE) {
        outcome = first === BANG ? UNANSWERED : INTERNAL;
        at = skipError(row, at + 1);
        if (row.charCodeAt(at) === COLON) at += 1;
      } else if (first === DASH) {
        if (at + 1 < row.length && row.charCodeAt(at + 1) !== SPACE) return false;
        at += 2;
        continue;
      }
      let rttUs = -1;
      for (let code = row.charCodeAt(at); code >= ZERO && code <= NINE; ) {
        rttUs = rttUs < 0 ? code - ZERO : rttUs * 10 + code - ZERO;
        at += 1;
        code = row.charCodeAt(at);
      }
      if (outcome === ANSWERED && rttUs < 0) return false;
      if (row.charCodeAt(at) === SLASH) at += 1;
      let dnssec = 0;
      if (at < row.length && row.charCodeAt(at) !== SPACE) {
        dnssec = DNSSEC_LETTERS.indexOf(row.charAt(at)) + 1;
        if (dnssec === 0) return false;
        at += 1;
      }
      if (at < row.length && row.charCodeAt(at) !== SPACE) return false;
      at += 1;
      visit(probe, target, outcome, rttUs, dnssec);
    }
    if (at !== row.length + 1 && !(record.targets.length === 0 && row === '')) return false;
  }
  return true;
}

function skipError(row: string, from: number): number {
  let at = from;
  while (at < row.length) {
    const code = row.charCodeAt(at);
    if (code === SPACE || code === COLON || code === SLASH) break;
    at += 1;
  }
  return at;
}

/** The tests of a record, without their sequence numbers; for evidence, not for scoring. */
export function unpackCycle(record: CycleRecord): Test[] {
  const tests: Test[] = [];
  const cells = record.results.map((row) => row.split(' '));
  const isWhole = visitResults(record, (probe, target, outcome, rttUs, dnssec) => {
    const [first = '', address = '', third = ''] = record.targets[target] ?? [];
    const error = /^[!~]([^ :/]+)/.exec(cells[probe]?.[target] ?? '')?.[1];
    const base = {
      kind: 'test' as const,
      cycle: record.cycle,
      probe: record.probes[probe] ?? '',
      address,
      outcome: (['answered', 'unanswered', 'internal'] as const)[outcome] ?? 'internal',
      ...(rttUs < 0 ? {} : { rttUs }),
      ...(error === undefined ? {} : { error: decodeURIComponent(error) }),
    };
    if (record.service === 'dns') {
      const said = DNSSEC_WORDS[dnssec - 1];
      const transport = third === 'tcp' ? 'tcp' : 'udp';
      const extra = said === undefined ? {} : { dnssec: said };
      tests.push({ ...base, service: 'dns', nameserver: first, transport, ...extra });
    } else if (record.service === 'rdds') {
      const asked = first === 'web' || first === 'rdap' ? first : 'whois';
      tests.push({ ...base, service: 'rdds', interface: asked });
    } else {
      const group = first === 'session' || first === 'query' ? first : 'transform';
      const command = third === '' ? {} : { command: third };
      tests.push({ ...base, service: 'epp', class: group, ...command });
    }
  });
  return isWhole ? tests : [];
}
