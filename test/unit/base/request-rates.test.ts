// Token buckets: they start full, fill by time, and only the newest are kept.
import { describe, expect, it } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { BUCKETS_MAX, RequestRates } from '#base/request-rates.ts';

function openRates(perSecond: number, burst: number) {
  const cell = makeClockCell(0);
  const rates = new RequestRates({ perSecond, burst }, openClock({ kind: 'cell', cell }));
  return { rates, at: (ms: number) => setClockCell(cell, ms) };
}

describe('a token bucket', () => {
  it('gives its burst at once, and then as it fills', () => {
    const { rates, at } = openRates(2, 3);
    expect([1, 2, 3, 4].map(() => rates.take('a'))).toEqual([0, 0, 0, 500]);
    at(250);
    expect(rates.take('a')).toBe(250);
    at(500);
    expect([rates.take('a'), rates.take('a')]).toEqual([0, 500]);
    expect(rates.take('b')).toBe(0);
    at(60_000);
    expect([1, 2, 3, 4].map(() => rates.take('a'))).toEqual([0, 0, 0, 500]);
  });

  it('of rate 0 is no limit', () => {
    const { rates } = openRates(0, 1);
    expect([1, 2, 3].map(() => rates.take('a'))).toEqual([0, 0, 0]);
  });

  it('that was used longest ago is forgotten, when there are too many', () => {
    const { rates } = openRates(1, 1);
    expect([rates.take('first'), rates.take('second')]).toEqual([0, 0]);
    for (let at = 0; at < BUCKETS_MAX - 1; at++) rates.take(`other ${at}`);
    expect(rates.take('second')).toBe(1_000);
    expect(rates.take('first')).toBe(0);
  });
});
