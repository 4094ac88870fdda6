/** Laws of scoring that hold for any evidence. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packCycle } from '#sla/measurement/cycle-record.ts';
import type { Measurement, Test } from '#sla/measurement/measurement.ts';
import {
  intersectSpans,
  lengthMs,
  type Span,
  subtractSpans,
  uniteSpans,
} from '#sla/score/spans.ts';
import {
  dnsTests,
  downtimeOf,
  scoreOf,
  secondsOf,
  shippedContract,
  topologyOf,
} from '../../kit/sla-evidence.ts';

const START = secondsOf('2026-10-01T00:00:00Z');
const CYCLES = 12;
const LAB = shippedContract('biz-2013-lab');

const anyTest: fc.Arbitrary<Test> = fc
  .record({
    at: fc.nat({ max: CYCLES - 1 }),
    seq: fc.nat({ max: 3 }),
    probe: fc.constantFrom('p01', 'p02', 'p03'),
    nameserver: fc.constantFrom(1, 2, 3),
    transport: fc.constantFrom('udp' as const, 'tcp' as const),
    outcome: fc.constantFrom('answered' as const, 'unanswered' as const, 'internal' as const),
    rttUs: fc.constantFrom(1, 500_000, 500_001, 2_500_001, 9_000_000),
  })
  .map(({ at, nameserver, ...rest }) => ({
    kind: 'test' as const,
    service: 'dns' as const,
    cycle: START + at * 60,
    nameserver: `ns${nameserver}.example.`,
    address: `192.0.2.${nameserver}`,
    ...rest,
  }));

const evidence = fc.array(anyTest, { maxLength: 150 });
const down = (pieces: Measurement[]): number =>
  downtimeOf(scoreOf(LAB, '2026-10', [topologyOf(3), ...pieces]), 'dns-service-availability')
    .downSeconds.min;

describe('a score', () => {
  it('does not depend on the order of arrival', () => {
    fc.assert(
      fc.property(evidence, fc.nat(), (tests, seed) => {
        const shuffled = tests
          .map((each, at) => ({ each, key: Math.imul(at + 1, seed | 1) >>> 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ each }) => each);
        const all: Measurement[] = [...tests, topologyOf(3)];
        expect(scoreOf(LAB, '2026-10', [topologyOf(3), ...shuffled])).toEqual(
          scoreOf(LAB, '2026-10', all),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('does not change when every line is handed in twice', () => {
    fc.assert(
      fc.property(evidence, (tests) => {
        expect(scoreOf(LAB, '2026-10', [...tests, ...tests])).toEqual(
          scoreOf(LAB, '2026-10', tests),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('has no more down time for a probe more that sees everything up', () => {
    fc.assert(
      fc.property(evidence, fc.nat({ max: CYCLES - 1 }), (tests, at) => {
        const up = dnsTests({ cycle: START + at * 60, nameservers: 3 }).map((each) => ({
          ...each,
          probe: 'p99',
        }));
        expect(down([...tests, ...up])).toBeLessThanOrEqual(down(tests));
      }),
      { numRuns: 30 },
    );
  });

  it('of a whole is the sum of its parts, split at any cycle', () => {
    fc.assert(
      fc.property(evidence, fc.nat({ max: CYCLES }), (tests, at) => {
        const split = START + at * 60;
        const before = tests.filter(({ cycle }) => cycle < split);
        const after = tests.filter(({ cycle }) => cycle >= split);
        expect(down(before) + down(after)).toBe(down(tests));
      }),
      { numRuns: 30 },
    );
  });

  it('is the same from tests and from the ledger of them', () => {
    fc.assert(
      fc.property(evidence, (tests) => {
        const cycles = Map.groupBy(tests, ({ cycle }) => cycle);
        const records = [...cycles].map(([cycle, own]) => packCycle('dns', cycle, own));
        expect(scoreOf(LAB, '2026-10', [topologyOf(3), ...records])).toEqual(
          scoreOf(LAB, '2026-10', [topologyOf(3), ...tests]),
        );
      }),
      { numRuns: 30 },
    );
  });
});

/** Every instant of a set. */
function pointsOf(set: readonly Span[]): Set<number> {
  return new Set(
    set.flatMap(({ fromMs, toMs }) =>
      Array.from({ length: toMs - fromMs }, (_each, at) => fromMs + at),
    ),
  );
}

function sorted(points: Set<number>): number[] {
  return [...points].sort((x, y) => x - y);
}

describe('sets of instants', () => {
  const spans = fc.array(
    fc
      .tuple(fc.nat({ max: 60 }), fc.nat({ max: 20 }))
      .map(([fromMs, size]): Span => ({ fromMs, toMs: fromMs + size })),
    { maxLength: 12 },
  );

  it('behave as the sets of their instants do', () => {
    fc.assert(
      fc.property(spans, spans, (first, second) => {
        const a = uniteSpans(first);
        const b = uniteSpans(second);
        expect(pointsOf(a)).toEqual(pointsOf(first));
        expect(lengthMs(a)).toBe(pointsOf(first).size);
        expect(sorted(pointsOf(intersectSpans(a, b)))).toEqual(
          sorted(pointsOf(a).intersection(pointsOf(b))),
        );
        expect(sorted(pointsOf(subtractSpans(a, b)))).toEqual(
          sorted(pointsOf(a).difference(pointsOf(b))),
        );
      }),
    );
  });
});
