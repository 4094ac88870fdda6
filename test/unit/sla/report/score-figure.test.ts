// Figures for people: never kinder than the verdict.
import { describe, expect, it } from 'vitest';
import { formatLimit, formatScoreFigure } from '#sla/report/score-figure.ts';
import type { ShareScore } from '#sla/score/score-json.ts';

const share = (within: number, total: number): ShareScore => ({
  parameter: 'dns-udp-rtt',
  limitMs: 500,
  limitShare: 0.95,
  total,
  within,
  share: within / total,
  verdict: 'breached',
});

const downtime = {
  parameter: 'dns-service-availability',
  rsmDownSeconds: 0,
  discardedSeconds: 0,
  unmeasuredSeconds: 0,
  measuredSeconds: 0,
  excusedSeconds: 0,
  disputedSeconds: 0,
  falsePositiveSeconds: 0,
  verdict: 'met',
} as const;

describe('a figure', () => {
  it.each([
    [949_998, 1_000_000, '94.99 %'],
    [9_499_988, 10_000_000, '94.99 %'],
    [95, 100, '95.00 %'],
    [1, 3, '33.33 %'],
  ])('of %i in %i is cut, not rounded: %s', (within, total, percent) => {
    expect(formatScoreFigure(share(within, total))).toBe(
      `${within} of ${total} in time (${percent})`,
    );
  });

  it('of nothing says that there is none yet', () => {
    expect(formatScoreFigure(share(0, 0))).toBe('none yet');
    expect(formatLimit(share(0, 0))).toBe('at least 95 % within 500 ms');
  });

  it('of down time shows what is not measured as what it may still become', () => {
    const known = { ...downtime, downSeconds: { min: 60, max: 60 }, limitSeconds: 0 };
    expect([formatScoreFigure(known), formatLimit(known)]).toEqual(['60 s down', 'at most 0 s']);
    const open = { ...downtime, downSeconds: { min: 0, max: 120 }, limitMilliseconds: 2_592_000 };
    expect(formatScoreFigure(open)).toBe('0 s down, at most 120 s');
    expect(formatLimit(open)).toBe('at most 2592 s');
  });
});
