import { describe, expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import {
  confirmTimers,
  failTimers,
  newTimers,
  REFRESH_BOUNDS,
  type SoaTimes,
} from '#dns/transfer/secondary/refresh-timers.ts';

const NOW_MS = 1_700_000_000_000;
const TIMES: SoaTimes = { refresh: 3600, retry: 600, expire: 86_400 };
const FRESH = newTimers(NOW_MS - 1000);
const SAME = { isNewVersion: false, expireSeconds: undefined };
const saying = (expireSeconds: number) => ({ isNewVersion: false, expireSeconds });
const NEW = { isNewVersion: true, expireSeconds: undefined };

function context(nowMs = NOW_MS, seed = 1) {
  return { nowMs, random: seededRandom(seed), bounds: REFRESH_BOUNDS };
}

describe('the timers of a zone that is fetched', () => {
  it('look at a new zone at once', () => {
    expect(newTimers(NOW_MS)).toMatchObject({ nextAtMs: NOW_MS, expireAtMs: undefined });
  });

  it('wait for refresh, or up to a quarter less, after a success', () => {
    for (let seed = 0; seed < 200; seed++) {
      const { nextAtMs } = confirmTimers(FRESH, TIMES, SAME, context(NOW_MS, seed));
      expect(nextAtMs - NOW_MS).toBeGreaterThan(2_699_000);
      expect(nextAtMs - NOW_MS).toBeLessThanOrEqual(3_600_000);
    }
  });

  it('wait for retry after a failure, and do not put off the expiry', () => {
    const confirmed = confirmTimers(FRESH, TIMES, NEW, context());
    const failed = failTimers(confirmed, TIMES, context(NOW_MS + 1000));
    expect(failed.nextAtMs - NOW_MS - 1000).toBeGreaterThan(449_000);
    expect(failed.nextAtMs - NOW_MS - 1000).toBeLessThanOrEqual(600_000);
    expect(failed.expireAtMs).toBe(NOW_MS + 86_400_000);
    expect(failed.failureCount).toBe(1);
  });

  it('try a zone that was never there again soon, then less and less often', () => {
    let timers = newTimers(NOW_MS);
    const waits: number[] = [];
    for (let count = 0; count < 12; count++) {
      timers = failTimers(timers, undefined, context());
      waits.push(Math.ceil((timers.nextAtMs - NOW_MS) / 1000));
    }
    expect(waits[0]).toBe(1);
    expect(waits[4]).toBeLessThanOrEqual(16);
    expect(Math.max(...waits)).toBeLessThanOrEqual(300);
    expect(waits[11]).toBeGreaterThanOrEqual(225);
  });

  it('keep an SOA with absurd numbers within bounds', () => {
    const zero = confirmTimers(FRESH, { refresh: 0, retry: 0, expire: 0 }, NEW, context());
    expect(zero.nextAtMs).toBeGreaterThan(NOW_MS + 7000);
    expect(zero.expireAtMs).toBe(NOW_MS + 15_000);
    const huge = { refresh: 2 ** 32 - 1, retry: 2 ** 32 - 1, expire: 2 ** 32 - 1 };
    const { nextAtMs } = confirmTimers(FRESH, huge, NEW, context());
    expect(nextAtMs).toBeLessThanOrEqual(NOW_MS + 86_400_000);
  });

  it('honour what a primary that is a secondary itself says of expiry (RFC 7314)', () => {
    const given = { isNewVersion: true, expireSeconds: 1000 };
    const fresh = confirmTimers(FRESH, TIMES, given, context());
    expect(fresh.expireAtMs).toBe(NOW_MS + 1_000_000);
    const later = confirmTimers(fresh, TIMES, saying(500), context());
    expect(later.expireAtMs).toBe(NOW_MS + 1_000_000);
    const renewed = confirmTimers(fresh, TIMES, saying(5000), context());
    expect(renewed.expireAtMs).toBe(NOW_MS + 5_000_000);
    const boundless = confirmTimers(fresh, TIMES, saying(2 ** 32 - 1), context());
    expect(boundless.expireAtMs).toBe(NOW_MS + 86_400_000);
  });
});
