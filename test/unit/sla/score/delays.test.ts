// Delays in bounded memory: what was folded counts as what is kept one by one.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Month, parseMonth } from '#base/month.ts';
import { type Delay, Delays } from '#sla/score/delays.ts';
import type { Span } from '#sla/score/spans.ts';
import { scoreOf, shareOf } from '../../../kit/sla-evidence.ts';

const START_MS = Date.parse('2026-10-31T23:00:00Z');
const LIMIT_MS = 900_000;
const MINUTE_MS = 60_000;
const MONTHS = ['2026-10', '2026-11'].map((name) => parseMonth(name) as Month);

const anyDelays: fc.Arbitrary<Delay[]> = fc
  .array(
    fc.record({
      startMs: fc.nat({ max: 7_200_000 }).map((ms) => START_MS + ms),
      tookMs: fc.oneof(fc.nat({ max: 2 * LIMIT_MS }), fc.constant(Infinity)),
    }),
    { maxLength: 60 },
  )
  .map((all) => all.map((delay, at) => ({ key: `c-${at}`, ...delay })));

function daysOf({ startMs, endMs }: Month): Span {
  return { fromMs: startMs, toMs: endMs };
}

function filled(delays: readonly Delay[], keptMax: number): Delays {
  const gathered = new Delays(LIMIT_MS, keptMax);
  for (const delay of delays) gathered.add(delay);
  return gathered;
}

describe('delays', () => {
  it('that were folded count as if they were kept, in their month and as of any minute', () => {
    fc.assert(
      fc.property(anyDelays, fc.nat({ max: 20 }), fc.nat({ max: 200 }), (all, keptMax, minute) => {
        const untilMs = START_MS + minute * MINUTE_MS;
        for (const month of MONTHS) {
          for (const until of [untilMs, Infinity]) {
            expect(filled(all, keptMax).count(daysOf(month), until)).toEqual(
              filled(all, 1000).count(daysOf(month), until),
            );
          }
        }
      }),
    );
  });

  it('are forgotten by whole months, folded or kept', () => {
    const all = [START_MS, START_MS + 7_200_000].map((startMs) => {
      return { key: String(startMs), startMs, tookMs: 1 };
    });
    const others = ['x', 'y'].map((key) => ({ key, startMs: START_MS, tookMs: 1 }));
    for (const keptMax of [0, 10]) {
      const delays = filled([...all, ...others], keptMax);
      delays.forgetBefore(Date.parse('2026-11-01T00:00:00Z'));
      expect(MONTHS.map((month) => delays.count(daysOf(month), Infinity).total)).toEqual([0, 1]);
    }
  });

  it('of one key count once, and as the less favourable', () => {
    const [month] = MONTHS as [Month];
    const late = { key: 'c-1', startMs: START_MS, tookMs: Infinity };
    const soon = { ...late, tookMs: 1 };
    for (const both of [
      [late, soon],
      [soon, late],
    ]) {
      expect(filled(both, 10).count(daysOf(month), Infinity)).toEqual({ total: 1, within: 0 });
    }
  });

  it('of changes that a renewed store gives the same id again are two', () => {
    const begun = ['2026-10-01T00:00:00Z', '2026-10-02T00:00:00Z'].map((at) => {
      return { kind: 'update-begun' as const, change: '1', confirmedAt: at, begunAt: at };
    });
    const score = scoreOf('registry', '2026-10', [...begun, ...begun]);
    expect(shareOf(score, 'dns-update-begun')).toMatchObject({ total: 2, within: 2 });
  });
});
