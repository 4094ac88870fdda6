// Why contracts differ: one piece of evidence, read under each contract, line by line.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Contract } from '#sla/contract/contract.ts';
import type { CycleRecord } from '#sla/measurement/cycle-record.ts';
import type { EventOf, Measurement } from '#sla/measurement/measurement.ts';
import { explainSpan } from '#sla/report/explain.ts';
import type { ExplainedLine, Explanation, Reading } from '#sla/report/explanation.ts';
import { formatLines } from '#sla/report/explanation-text.ts';
import { Scorer } from '#sla/score/scorer.ts';
import {
  dnsSpan,
  dnsStory,
  downtimeOf,
  shippedContract,
  topologyOf,
} from '../../../kit/sla-evidence.ts';

const ALL = ['biz-2013-lab', 'registry', 'hosting'];
const CONTRACTS = new Map([...ALL, 'biz-2013'].map((id) => [id, shippedContract(id)]));

function contractOf(id: string): Contract {
  return CONTRACTS.get(id) ?? shippedContract(id);
}

async function explain(
  evidence: readonly (Measurement | CycleRecord)[],
  from: string,
  to: string,
  contracts = ALL,
): Promise<Explanation> {
  const scorers = contracts.map((id) => new Scorer(contractOf(id)));
  for (const scorer of scorers) for (const piece of evidence) scorer.add(piece);
  const span = { fromMs: Date.parse(from), toMs: Date.parse(to) };
  return explainSpan(scorers, span, async function* () {
    yield* evidence;
  });
}

function readingsOf(line: ExplainedLine | undefined): Record<string, Reading> {
  return Object.fromEntries((line?.readings ?? []).map((each) => [each.contract, each]));
}

function linesOf(explanation: Explanation, service = 'dns'): ExplainedLine[] {
  return explanation.lines.filter((line) => line.service === service);
}

/** Monday 2026-10-05, 10:00 to 10:30, told to everybody `at`. */
function maintenance(at: string): EventOf<'notice'> {
  return {
    kind: 'notice',
    type: 'planned',
    audience: ['registrars', 'icann', 'customers'],
    at,
    from: '2026-10-05T10:00:00Z',
    to: '2026-10-05T10:30:00Z',
    services: ['dns'],
  };
}

/** Half minutes from Monday, 10:00. */
function halfMinute(halfMinutes: number): string {
  return new Date(Date.parse('2026-10-05T10:00:00Z') + halfMinutes * 30_000).toISOString();
}

const MONDAY: readonly [string, string] = ['2026-10-05T09:55:00Z', '2026-10-05T10:35:00Z'];
const DOWN: [string, string][] = [['2026-10-05T10:00:00Z', '2026-10-05T10:30:00Z']];

describe('an explanation', () => {
  it('says under which paragraph each contract excuses a maintenance, or that it does not', async () => {
    const evidence = [
      topologyOf(2),
      maintenance('2026-09-25T10:00:00Z'),
      ...dnsSpan(...MONDAY, DOWN),
    ];
    const explanation = await explain(evidence, ...MONDAY);
    const [line, ...more] = linesOf(explanation);
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      from: '2026-10-05T10:00:00Z',
      to: '2026-10-05T10:30:00Z',
      seconds: 1800,
      cycles: 30,
      differs: true,
    });
    const readings = readingsOf(line);
    expect(readings['biz-2013-lab']).toMatchObject({
      state: 'down',
      treatment: 'counted',
      countedSeconds: 1800,
      because: [
        '1 of 1 probes see it down, 51 of 100 make it so (3.1, 3.2, 3.8, 3.9)',
        'planned work is not excluded',
      ],
    });
    expect(readings['hosting']).toMatchObject({ treatment: 'excused', paragraph: '1.2, 2.1' });
    expect(readings['registry']).toMatchObject({ treatment: 'excused', paragraph: '3.12' });
    expect(formatLines(explanation)).toContain(
      'hosting       down, excused by 1.2, 2.1: 1 of 1 probes see it down',
    );
  });

  it('says by how many seconds a notice was late', async () => {
    const evidence = [
      topologyOf(2),
      maintenance('2026-09-28T10:00:01Z'),
      ...dnsSpan(...MONDAY, DOWN),
    ];
    const [line] = linesOf(await explain(evidence, ...MONDAY));
    expect(readingsOf(line)['registry']?.because).toContain(
      'registrars were told 604799 s ahead and 604800 s are demanded (elapsed) (3.12)',
    );
  });

  it('cuts an outage where the announced maintenance ends: the overrun counts', async () => {
    const down: [string, string][] = [['2026-10-05T10:10:00Z', '2026-10-05T10:34:00Z']];
    const evidence = [
      topologyOf(2),
      maintenance('2026-09-25T10:00:00Z'),
      ...dnsSpan(...MONDAY, down),
    ];
    const lines = linesOf(await explain(evidence, ...MONDAY));
    expect(
      lines.map(({ from, to, differs }) => [from.slice(11, 16), to.slice(11, 16), differs]),
    ).toEqual([
      ['10:10', '10:30', true],
      ['10:30', '10:34', false],
    ]);
    expect(readingsOf(lines[1])['registry']).toMatchObject({ countedSeconds: 240 });
  });

  it('shows what failed: targets, probes and error codes', async () => {
    const evidence = [topologyOf(2), ...dnsStory('2026-10-05T10:00:00Z', 'UDDU', 3)];
    const [line] = linesOf(await explain(evidence, '2026-10-05T10:00:00Z', '2026-10-05T10:04:00Z'));
    expect(line?.seen).toEqual(
      ['ns1.example. 192.0.2.1 udp', 'ns2.example. 192.0.2.2 udp'].map((target) => ({
        target,
        tests: 6,
        answered: 0,
        unanswered: 6,
        internal: 0,
        bogus: 0,
        errors: { timeout: 6 },
        failedProbes: ['p01', 'p02', 'p03'],
      })),
    );
  });

  it('tells a contract that discards from one that counts', async () => {
    const evidence = [topologyOf(2), ...dnsStory('2026-10-05T10:00:00Z', 'DD', 3)];
    const [line] = linesOf(
      await explain(evidence, '2026-10-05T10:00:00Z', '2026-10-05T10:02:00Z', [
        'biz-2013',
        'hosting',
      ]),
    );
    expect(line?.differs).toBe(true);
    expect(readingsOf(line)['biz-2013']).toMatchObject({
      state: 'discarded',
      because: ['3 probes with results, 20 are needed (3.1, 3.2, 3.8, 3.9)'],
    });
    expect(readingsOf(line)['hosting']).toMatchObject({ state: 'down', countedSeconds: 120 });
  });

  it('says what was not measured, and that the monitor was down', async () => {
    const evidence = [
      topologyOf(2),
      ...dnsStory('2026-10-05T10:00:00Z', 'U..U'),
      {
        kind: 'monitor-down' as const,
        from: '2026-10-05T10:01:00Z',
        to: '2026-10-05T10:02:00Z',
      },
    ];
    const lines = linesOf(await explain(evidence, '2026-10-05T10:00:00Z', '2026-10-05T10:04:00Z'));
    expect(readingsOf(lines[0])['hosting']).toMatchObject({
      state: 'unmeasured',
      because: ['the monitor was down'],
    });
  });

  it('names who agreed to a false positive, and shows a lonely claim as disputed', async () => {
    const claim: EventOf<'false-positive'> = {
      kind: 'false-positive',
      at: '2026-10-06T00:00:00Z',
      service: 'dns',
      from: '2026-10-05T10:00:00Z',
      to: '2026-10-05T10:01:00Z',
      reason: 'probe network',
      author: 'operator',
    };
    const story = [topologyOf(2), ...dnsStory('2026-10-05T10:00:00Z', 'DD')];
    const span = ['2026-10-05T10:00:00Z', '2026-10-05T10:02:00Z'] as const;
    const [alone] = linesOf(await explain([...story, claim], ...span));
    expect(readingsOf(alone)['hosting']).toMatchObject({
      treatment: 'counted',
      isDisputed: true,
      because: [expect.anything(), 'false positive claimed by operator alone'],
    });
    const agreed = { ...claim, agreedBy: 'ICANN' };
    const [first, second] = linesOf(await explain([...story, agreed], ...span));
    expect(readingsOf(first)['hosting']).toMatchObject({
      treatment: 'false-positive',
      countedSeconds: 0,
      because: [expect.anything(), 'false positive, agreed by ICANN'],
    });
    expect(readingsOf(second)['hosting']).toMatchObject({ countedSeconds: 60 });
  });
});

describe('the seconds of an explanation', () => {
  const anySpan = fc
    .tuple(fc.nat({ max: 100 }), fc.integer({ min: 1, max: 40 }))
    .map(([from, length]) => ({ from: halfMinute(from), to: halfMinute(from + length) }));
  const anyEntry = fc.oneof(
    anySpan.map((span): Measurement => {
      return { ...maintenance('2026-09-20T00:00:00Z'), ...span };
    }),
    fc.tuple(anySpan, fc.boolean()).map(([span, isAgreed]): Measurement => {
      const agreed = isAgreed ? { agreedBy: 'them' } : {};
      const said = { at: '2026-10-05T13:00:00Z', reason: 'r', author: 'us', ...agreed };
      return { kind: 'false-positive', service: 'dns', ...said, ...span };
    }),
    fc.tuple(anySpan, fc.boolean()).map(([span, isAgreed]): Measurement => {
      const agreed = isAgreed ? { agreedBy: 'them' } : {};
      const said = { at: '2026-10-05T13:00:00Z', reason: 'r', ...agreed };
      return { kind: 'exclusion', type: 'disaster', services: ['dns'], ...said, ...span };
    }),
  );

  it('add up to the figures of the score, whatever was entered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('U', 'D', '.', '?'), { minLength: 60, maxLength: 60 }),
        fc.array(anyEntry, { maxLength: 5 }),
        async (story, entries) => {
          const evidence = [
            topologyOf(2),
            ...entries,
            ...dnsStory('2026-10-05T10:00:00Z', story.join('')),
          ];
          const day = ['2026-10-05T00:00:00Z', '2026-10-06T00:00:00Z'] as const;
          const explanation = await explain(evidence, ...day);
          for (const contract of ALL) {
            const parameter =
              contract === 'biz-2013-lab' ? 'dns-service-availability' : 'dns-availability';
            const scorer = new Scorer(contractOf(contract));
            for (const piece of evidence) scorer.add(piece);
            const [startMs, endMs] = day.map(Date.parse) as [number, number];
            const score = downtimeOf(scorer.score({ name: '', startMs, endMs }), parameter);
            const total = explanation.totals.find(
              (each) => each.contract === contract && each.service === 'dns',
            );
            expect(total).toMatchObject({
              countedSeconds: score.downSeconds.min,
              excusedSeconds: score.excusedSeconds,
              falsePositiveSeconds: score.falsePositiveSeconds,
              disputedSeconds: score.disputedSeconds,
              discardedSeconds: score.discardedSeconds,
              unmeasuredSeconds: score.unmeasuredSeconds,
            });
            const counted = linesOf(explanation)
              .flatMap(({ readings }) => readings)
              .filter((each) => each.contract === contract)
              .reduce((sum, each) => sum + each.countedSeconds, 0);
            expect(counted).toBe(score.downSeconds.min);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
