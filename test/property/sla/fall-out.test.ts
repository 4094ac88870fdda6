/** When down time leaves the rolling week, against windows that are summed one by one. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findFallOut } from '#sla/score/fall-out.ts';
import { intersectSpans, lengthMs, type Span, uniteSpans } from '#sla/score/spans.ts';

const CYCLE_MS = 60_000;
/** Short, so that windows can be tried one by one. */
const WINDOW_MS = 60 * CYCLE_MS;
const END_MS = Date.UTC(2026, 9, 8);
const LEVELS = [10, 25, 50, 75, 100];

const anySpan: fc.Arbitrary<Span> = fc
  .record({
    backMs: fc.nat({ max: WINDOW_MS + 600_000 }),
    lengthMs: fc.integer({ min: 1, max: 900_000 }),
  })
  .map(({ backMs, lengthMs: sizeMs }) => {
    const fromMs = END_MS - backMs;
    return { fromMs, toMs: Math.min(END_MS, fromMs + sizeMs) };
  });

function sumAt(down: readonly Span[], endMs: number): number {
  return lengthMs(intersectSpans(down, [{ fromMs: endMs - WINDOW_MS, toMs: endMs }]));
}

describe('down time that falls out of the rolling window', () => {
  it('sinks below each level with the cycle that is said, and not one earlier', () => {
    const input = fc.tuple(fc.array(anySpan, { maxLength: 12 }), fc.integer({ min: 1, max: 4000 }));
    fc.assert(
      fc.property(input, ([spans, thresholdSeconds]) => {
        const down = uniteSpans(spans);
        const thresholdMs = thresholdSeconds * 1000;
        const reached = (endMs: number, ratio: number): boolean =>
          sumAt(down, endMs) * 100 >= Math.round(ratio * 100) * thresholdMs;
        const found = findFallOut({
          down,
          endMs: END_MS,
          windowMs: WINDOW_MS,
          cycleMs: CYCLE_MS,
          thresholdMs,
          levels: LEVELS,
        });
        const levels = LEVELS.filter((percent) => reached(END_MS, percent / 100));
        expect(found.belowAt.map(({ ratio }) => ratio * 100)).toEqual(levels);
        for (const { ratio, at } of found.belowAt) {
          expect(reached(Date.parse(at), ratio)).toBe(false);
          expect(reached(Date.parse(at) - CYCLE_MS, ratio)).toBe(true);
        }
        // Until it begins to fall out, all of it is in the week.
        const untilMs = Date.parse(found.fallsOut?.from ?? '') || END_MS;
        expect(sumAt(down, untilMs)).toBe(sumAt(down, END_MS));
        expect(found.fallsOut === null).toBe(sumAt(down, END_MS) === 0);
      }),
    );
  });

  it('half an hour is below ten percent of four hours once over six minutes are out of the week', () => {
    const down = [{ fromMs: END_MS - 3_600_000, toMs: END_MS - 1_800_000 }];
    const windowMs = 604_800_000;
    const thresholdMs = 14_400_000;
    const given = { down, endMs: END_MS, windowMs, cycleMs: CYCLE_MS, thresholdMs, levels: LEVELS };
    expect(findFallOut(given)).toEqual({
      fallsOut: { from: '2026-10-14T23:00:00Z', to: '2026-10-14T23:30:00Z', seconds: 1800 },
      belowAt: [{ ratio: 0.1, at: '2026-10-14T23:07:00Z' }],
    });
  });
});
