import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { BackupMetrics, GOOD_COPY_AGE_MS } from '#app/adapters/backup-metrics.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';

const NOW_MS = Date.parse('2026-11-22T12:00:00Z');
const YEAR_MS = 365 * 86_400_000;

function made() {
  const cell = makeClockCell(NOW_MS);
  const clock = openClock({ kind: 'cell', cell });
  const metrics = new BackupMetrics({ registry: new Registry(), locations: ['a', 'b'], clock });
  const copied = (atMs: number): void =>
    metrics.copied({
      id: '',
      at: new Date(atMs).toISOString(),
      outcome: {
        location: 'a',
        verified: true,
        kind: 'full',
        size: 1,
        durationMs: 1,
        removed: [],
      },
      leftOut: [],
    });
  return { metrics, copied, setNow: (nowMs: number) => setClockCell(cell, nowMs) };
}

it('a copy is good for eight hours, and one from years ahead is not', () => {
  const { metrics, setNow } = made();
  metrics.found('a', NOW_MS - 60_000);
  metrics.found('b', NOW_MS + 10 * YEAR_MS);
  expect(metrics.goodLocations()).toEqual(['a']);
  setNow(NOW_MS + GOOD_COPY_AGE_MS);
  expect(metrics.goodLocations()).toEqual([]);
});

it('a copy counts after one that was made while the clock was wrong', () => {
  const { metrics, copied, setNow } = made();
  setNow(NOW_MS + YEAR_MS);
  copied(NOW_MS + YEAR_MS);
  setNow(NOW_MS);
  expect(metrics.goodLocations()).toEqual([]);
  copied(NOW_MS);
  expect(metrics.goodLocations()).toEqual(['a']);
});

it('what was found at the start does not hide what was made since', () => {
  const { metrics, copied, setNow } = made();
  copied(NOW_MS);
  metrics.found('a', NOW_MS - YEAR_MS);
  setNow(NOW_MS + 1000);
  expect(metrics.goodLocations()).toEqual(['a']);
});
