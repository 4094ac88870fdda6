import { describe, expect, it } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { RecentUpdates } from '#dns/transfer/update/recent-updates.ts';

const LIMITS = { countMax: 100, ageMaxMs: 20_000 };

function makeRecent() {
  const cell = makeClockCell(1_000_000);
  const recent = new RecentUpdates<string>(openClock({ kind: 'cell', cell }), LIMITS);
  return { recent, cell };
}

describe('the updates of the last seconds', () => {
  it('give the outcome of the first, while it is still open too', async () => {
    const { recent } = makeRecent();
    const { promise, resolve } = Promise.withResolvers<string>();
    recent.remember('a', promise);
    const again = recent.find('a');
    resolve('done');
    await expect(again).resolves.toBe('done');
    expect(recent.find('b')).toBeUndefined();
  });

  it('are forgotten when they are old, or were not done', () => {
    const { recent, cell } = makeRecent();
    recent.remember('a', Promise.resolve('done'));
    recent.remember('b', Promise.resolve('busy'));
    recent.forget('b');
    expect(recent.find('b')).toBeUndefined();
    setClockCell(cell, 1_000_000 + LIMITS.ageMaxMs);
    expect(recent.find('a')).toBeDefined();
    setClockCell(cell, 1_000_001 + LIMITS.ageMaxMs);
    expect(recent.find('a')).toBeUndefined();
    expect(recent.size).toBe(0);
  });

  it('are so many at most, the oldest go', () => {
    const { recent } = makeRecent();
    for (let index = 0; index <= LIMITS.countMax; index++) {
      recent.remember(String(index), Promise.resolve(''));
    }
    expect(recent.size).toBe(LIMITS.countMax);
    expect(recent.find('0')).toBeUndefined();
    expect(recent.find('1')).toBeDefined();
  });
});
