/**
 * The evidence of an escalation (Appendix 10, 7.1: "detailed information concerning the issue being
 * escalated, including evidence of monitoring failures"): every failed test of every down cycle in
 * the rolling week, counted by target and code, with the digests of the ledger's days that it was
 * taken from. Whoever has the ledger can make it again.
 */
import { hash } from 'node:crypto';
import { mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '#base/atomic-file.ts';
import type { Contract } from '#sla/contract/contract.ts';
import { findTestClass, type ServiceName } from '#sla/contract/contract.ts';
import { type CycleRecord, unpackCycle } from '#sla/measurement/cycle-record.ts';
import { shortInstant } from '#sla/measurement/instant.ts';
import type { Test } from '#sla/measurement/measurement.ts';
import { classifyRtt, FAILED } from '#sla/score/cycle-tally.ts';
import type { Span } from '#sla/score/spans.ts';
import type { EvidenceFile, NoticeOf } from './notice.ts';

/** Failed tests in one file; the counts are of all. A line is some 200 octets. */
export const FAILED_TESTS_MAX = 20_000;
const FAILURES_SHOWN_MAX = 10;

/** Digest of one of the ledger's days, as far as it is written. */
export interface LedgerDigest {
  day: string;
  sha256: string;
  /** Octets that the digest is of. */
  size: number;
}

/**
 * Shows every decided cycle of a service that starts within the span, in any order; gives the
 * digests of the ledger's days that they were read from.
 */
export type CycleSource = (
  service: ServiceName,
  span: Span,
  visit: (record: CycleRecord) => void,
) => Promise<LedgerDigest[]>;

export interface EvidenceInput {
  contract: Contract;
  /** SHA-256 of the contract's file. */
  contractDigest: string;
  notice: NoticeOf<'escalation'>;
  /** What counts as down in the rolling week. */
  down: readonly Span[];
  /** The rolling week. */
  window: Span;
  source: CycleSource;
}

/** Writes the bundle into `folder`; durable when it resolves. Rejects if it cannot be had. */
export async function writeEvidence(folder: string, input: EvidenceInput): Promise<EvidenceFile> {
  const { notice, down, window } = input;
  const service = notice.share.service === 'dnssec' ? 'dns' : notice.share.service;
  const failures = new Map<string, { target: string; error: string; tests: number }>();
  const tests: Test[] = [];
  let count = 0;
  const digests = await input.source(service, window, (record) => {
    const startMs = record.cycle * 1000;
    if (!down.some(({ fromMs, toMs }) => startMs >= fromMs && startMs < toMs)) return;
    for (const test of unpackCycle(record)) {
      const error = errorOf(input.contract, test, notice.share.service === 'dnssec');
      if (error === undefined) continue;
      count += 1;
      if (tests.length < FAILED_TESTS_MAX) tests.push(test);
      const target = targetOf(test);
      const known = failures.get(`${target} ${error}`);
      if (known === undefined) failures.set(`${target} ${error}`, { target, error, tests: 1 });
      else known.tests += 1;
    }
  });
  const counted = [...failures.values()].toSorted((a, b) => b.tests - a.tests);
  const text = formatBundle(input, digests, { count, tests, failures: counted });
  const file = `${notice.contract}-${notice.share.service}-${notice.id}.json`;
  await mkdir(folder, { recursive: true });
  const path = join(folder, file);
  await writeFileAtomic(path, text, 0o640);
  // How long it is kept counts from its escalation, see evidence-retention.ts.
  await utimes(path, new Date(notice.at), new Date(notice.at));
  const sha256 = hash('sha256', text, 'hex');
  const shown = counted.slice(0, FAILURES_SHOWN_MAX);
  return { file, sha256, size: Buffer.byteLength(text), failures: shown };
}

function formatBundle(
  { contract, contractDigest, notice, down, window }: EvidenceInput,
  ledger: readonly LedgerDigest[],
  found: { count: number; tests: readonly Test[]; failures: readonly object[] },
): string {
  const { id, version, emergency } = contract;
  const bundle = {
    schema: 1,
    escalation: notice.id,
    contract: { id, version, sha256: contractDigest, paragraph: emergency?.paragraph ?? '' },
    at: notice.at,
    share: notice.share,
    window: { from: shortInstant(window.fromMs), to: shortInstant(window.toMs) },
    down: down.map(({ fromMs, toMs }) => {
      const seconds = (toMs - fromMs) / 1000;
      return { from: shortInstant(fromMs), to: shortInstant(toMs), seconds };
    }),
    failures: found.failures,
    failedTests: { count: found.count, listed: found.tests.length },
    ledger,
    tests: found.tests,
  };
  return `${JSON.stringify(bundle, undefined, 1)}\n`;
}

/** `dns ns1.example. 192.0.2.1 udp`. */
function targetOf(test: Test): string {
  if (test.service === 'dns') {
    return `dns ${test.nameserver} ${test.address} ${test.transport}`;
  }
  const how = test.service === 'rdds' ? test.interface : test.class;
  return `${test.service} ${how} ${test.address}`;
}

/** Why a test counts as failed; `undefined` if it does not. For DNSSEC only what was bogus does. */
function errorOf(contract: Contract, test: Test, isDnssec: boolean): string | undefined {
  if (test.outcome === 'internal') return undefined;
  if (isDnssec) {
    const isBogus = test.service === 'dns' && test.dnssec === 'bogus';
    return isBogus ? (test.error ?? 'bogus') : undefined;
  }
  if (test.outcome === 'unanswered') return test.error ?? 'unanswered';
  const limits = findTestClass(contract, test.service, classOf(test));
  if (limits === undefined) return undefined;
  const { limitMs, unanswered } = limits;
  const result = classifyRtt(test.rttUs ?? 0, {
    limitUs: limitMs * 1000,
    unansweredUs: unanswered.limitMs * 1000,
    isInclusive: unanswered.comparator === '>=',
  });
  return result === FAILED ? 'too-slow' : undefined;
}

function classOf(test: Test): string {
  if (test.service === 'dns') return test.transport;
  return test.service === 'rdds' ? test.interface : test.class;
}
