/**
 * Evidence for scoring, written as a story: who failed, when. Every builder gives plain measurements
 * as a probe would send them, so a test reads like the timeline that it is about.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseMonth } from '#base/month.ts';
import { type Contract } from '#sla/contract/contract.ts';
import { parseContract } from '#sla/contract/contract-file.ts';
import type { CycleRecord } from '#sla/measurement/cycle-record.ts';
import type { Event, EventOf, Measurement, Test } from '#sla/measurement/measurement.ts';
import type { DowntimeScore, Score, ShareScore } from '#sla/score/score-json.ts';
import { scoreMonth } from '#sla/score/scorer.ts';

/** A contract of config/contracts, by its id. */
export function shippedContract(id: string): Contract {
  const file = fileURLToPath(new URL(`../../config/contracts/${id}.yaml`, import.meta.url));
  return parseContract(readFileSync(file, 'utf8'), file);
}

/** `p01`, `p02`, ... */
export function probeNames(count: number): string[] {
  return Array.from({ length: count }, (_each, at) => `p${String(at + 1).padStart(2, '0')}`);
}

/** Unix seconds. */
export function secondsOf(instant: string): number {
  return Date.parse(instant) / 1000;
}

/** Name servers of one address each: ns1.example. at 192.0.2.1 and so on. */
export function topologyOf(count: number, at = '2026-01-01T00:00:00Z'): EventOf<'topology'> {
  const entries = Array.from({ length: count }, (_each, index) => [
    `ns${index + 1}.example.`,
    [`192.0.2.${index + 1}`],
  ]);
  const nameservers = Object.fromEntries(entries) as Record<string, string[]>;
  return { kind: 'topology', at, tld: 'example.', dnssec: false, nameservers };
}

export interface DnsCycle {
  /** First second of the cycle, Unix time. */
  cycle: number;
  probes?: number;
  nameservers?: number;
  /** True where this probe gets no answer from this name server (both from 1). */
  fails?: (probe: number, nameserver: number) => boolean;
}

/** Every probe's UDP test of every name server in one cycle. */
export function dnsTests({ cycle, probes = 1, nameservers = 2, fails }: DnsCycle): Test[] {
  return probeNames(probes).flatMap((probe, probeAt) =>
    Array.from({ length: nameservers }, (_each, at) =>
      dnsTest(cycle, probe, at + 1, fails?.(probeAt + 1, at + 1) ?? false),
    ),
  );
}

function dnsTest(cycle: number, probe: string, nameserver: number, isFailed: boolean): Test {
  return {
    kind: 'test',
    cycle,
    service: 'dns',
    probe,
    nameserver: `ns${nameserver}.example.`,
    address: `192.0.2.${nameserver}`,
    transport: 'udp',
    ...(isFailed
      ? { outcome: 'unanswered' as const, error: 'timeout' }
      : { outcome: 'answered' as const, rttUs: 1234 }),
  };
}

/** DNS cycles a minute apart: `U` up, `D` down, `.` no line, `?` the probes' own fault. */
export function dnsStory(from: string, story: string, probes = 1): Test[] {
  const states = story.replaceAll(' ', '').split('');
  return states.flatMap((state, at) => {
    if (state === '.') return [];
    const cycle = secondsOf(from) + at * 60;
    const tests = dnsTests({ cycle, probes, fails: () => state === 'D' });
    return state === '?' ? tests.map(asInternal) : tests;
  });
}

function asInternal(test: Test): Test {
  const { rttUs: _rtt, error: _error, ...rest } = test;
  return { ...rest, outcome: 'internal' };
}

/** Up everywhere in a span, but down in the spans of `down`; one probe, two name servers. */
export function dnsSpan(from: string, to: string, down: readonly [string, string][] = []): Test[] {
  const tests: Test[] = [];
  for (let cycle = secondsOf(from); cycle < secondsOf(to); cycle += 60) {
    const isDown = down.some(([start, end]) => cycle >= secondsOf(start) && cycle < secondsOf(end));
    tests.push(...dnsTests({ cycle, fails: () => isDown }));
  }
  return tests;
}

/** WHOIS and web WHOIS every five minutes from `from`; the first `failed` cycles fail. */
export function rddsTests(from: string, cycles: number, failed: number, probes = 1): Test[] {
  const tests: Test[] = [];
  for (let at = 0; at < cycles; at++) {
    const cycle = secondsOf(from) + at * 300;
    for (const probe of probeNames(probes)) {
      for (const asked of ['whois', 'web'] as const) {
        const isFailed = at < failed && asked === 'whois';
        tests.push({
          kind: 'test',
          cycle,
          service: 'rdds',
          interface: asked,
          probe,
          address: '192.0.2.53',
          ...(isFailed
            ? { outcome: 'unanswered' as const }
            : { outcome: 'answered' as const, rttUs: 40_000 }),
        });
      }
    }
  }
  return tests;
}

/** One EPP test. */
export function eppTest(
  cycle: number,
  group: 'session' | 'query' | 'transform',
  rttUs: number,
): Test {
  return {
    kind: 'test',
    cycle,
    service: 'epp',
    class: group,
    probe: 'p01',
    address: '192.0.2.7',
    outcome: 'answered',
    rttUs,
  };
}

/** The month's score under a contract, or a shipped one by its id. */
export function scoreOf(
  contract: string | Contract,
  month: string,
  evidence: Iterable<Measurement | CycleRecord | Event>,
  asOf?: string,
): Score {
  const span = parseMonth(month);
  if (span === undefined) throw new Error(`not a month: ${month}`);
  const asOfMs = asOf === undefined ? undefined : Date.parse(asOf);
  const data = typeof contract === 'string' ? shippedContract(contract) : contract;
  return scoreMonth(data, span, evidence, asOfMs);
}

export function downtimeOf(score: Score, parameter: string, nameserver?: string): DowntimeScore {
  const found = score.parameters.find(
    (each) =>
      each.parameter === parameter &&
      (nameserver === undefined || ('nameserver' in each && each.nameserver === nameserver)),
  );
  if (found === undefined || !('downSeconds' in found)) throw new Error(`no ${parameter}`);
  return found;
}

export function shareOf(score: Score, parameter: string): ShareScore {
  const found = score.parameters.find((each) => each.parameter === parameter);
  if (found === undefined || !('within' in found)) throw new Error(`no ${parameter}`);
  return found;
}
