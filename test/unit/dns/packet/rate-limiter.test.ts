import { describe, expect, it } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { openCounterRow } from '#base/shared-counters.ts';
import { ANSWER_KIND, LIMIT_DROP, LIMIT_PASS, LIMIT_SLIP } from '#dns/answer/response-limiter.ts';
import { makePacketCounters, snapshotPackets } from '#dns/packet/packet-counters.ts';
import { makeRateLimits, RateLimiter, type RateLimits } from '#dns/packet/rate-limiter.ts';
import { parseIpAddress } from '#net/ip-address.ts';

const NOW_MS = 1_800_000_000_000;
const PER_SECOND = { positive: 10, referral: 10, nodata: 10, nxdomain: 5, error: 2 };

class Fixture {
  readonly counters = makePacketCounters(1);
  readonly #cell = makeClockCell(NOW_MS);
  readonly #limiter: RateLimiter;
  #nowMs = NOW_MS;

  constructor(limits: Partial<RateLimits> = {}) {
    const start = makeRateLimits({ perSecond: PER_SECOND, slip: 0, exempt: [], ...limits }, 7);
    const clock = openClock({ kind: 'cell', cell: this.#cell });
    this.#limiter = new RateLimiter(start, clock, openCounterRow(this.counters, 0));
    this.#limiter.beginBatch();
  }

  pass(ms: number): void {
    this.#nowMs += ms;
    setClockCell(this.#cell, this.#nowMs);
    this.#limiter.beginBatch();
  }

  take(address: string, kind: number = ANSWER_KIND.positive): number {
    const clientOctets = parseIpAddress(address) ?? new Uint8Array(4);
    const isIpv6 = clientOctets.length === 16;
    return this.#limiter.take({ clientOctets, clientAt: 0, isIpv6, isEncrypted: false }, kind);
  }

  /** How many of so many answers pass. */
  passing(count: number, address: string, kind?: number): number {
    let passing = 0;
    for (let i = 0; i < count; i++) if (this.take(address, kind) === LIMIT_PASS) passing += 1;
    return passing;
  }
}

describe('the rate limiter', () => {
  it('lets a second’s worth pass, and then what each second brings', () => {
    const fixture = new Fixture();
    expect(fixture.passing(100, '192.0.2.1')).toBe(10);
    fixture.pass(500);
    expect(fixture.passing(100, '192.0.2.1')).toBe(5);
    for (let ms = 0; ms < 1000; ms += 10) {
      fixture.pass(10);
      fixture.passing(5, '192.0.2.2');
    }
    fixture.pass(3_600_000);
    expect(fixture.passing(100, '192.0.2.1')).toBe(10);
  });

  it('counts a flood by what passes, not by what is refused', () => {
    const fixture = new Fixture();
    let passing = 0;
    for (let ms = 0; ms < 10_000; ms++) {
      fixture.pass(1);
      passing += fixture.passing(3, '192.0.2.1');
    }
    // What the first millisecond brings finds the bucket full.
    expect(passing).toBe(10 + 10 * 10 - 1);
  });

  it('takes a /24 of IPv4 and a /56 of IPv6 for one client', () => {
    const fixture = new Fixture();
    expect(fixture.passing(10, '192.0.2.1')).toBe(10);
    expect(fixture.take('192.0.2.255')).toBe(LIMIT_DROP);
    expect(fixture.take('192.0.3.1')).toBe(LIMIT_PASS);
    expect(fixture.passing(10, '2001:db8:0:ff00::1')).toBe(10);
    expect(fixture.take('2001:db8:0:ffff::2')).toBe(LIMIT_DROP);
    expect(fixture.take('2001:db8:0:fe00::1')).toBe(LIMIT_PASS);
  });

  it('has a limit for each kind of answer', () => {
    const fixture = new Fixture({ perSecond: { ...PER_SECOND, referral: 0 } });
    expect(fixture.passing(100, '192.0.2.1', ANSWER_KIND.nxdomain)).toBe(5);
    expect(fixture.passing(100, '192.0.2.1', ANSWER_KIND.error)).toBe(2);
    expect(fixture.passing(100, '192.0.2.1', ANSWER_KIND.positive)).toBe(10);
    expect(fixture.passing(100, '192.0.2.1', ANSWER_KIND.referral)).toBe(100);
  });

  it('lets every so many refused answers slip', () => {
    const fixture = new Fixture({ slip: 3 });
    fixture.passing(10, '192.0.2.1');
    const actions = Array.from({ length: 6 }, () => fixture.take('192.0.2.1'));
    const round = [LIMIT_DROP, LIMIT_DROP, LIMIT_SLIP];
    expect(actions).toEqual([...round, ...round]);
    const { limited } = snapshotPackets(fixture.counters, [], 0);
    expect(limited).toContainEqual({ kind: 'positive', action: 'dropped', count: 4 });
    expect(limited).toContainEqual({ kind: 'positive', action: 'slipped', count: 2 });
  });

  it('leaves exempt clients alone', () => {
    const fixture = new Fixture({ exempt: ['192.0.2.0/25', '2001:db8::/32'] });
    expect(fixture.passing(100, '192.0.2.1')).toBe(100);
    expect(fixture.passing(100, '2001:db8::1')).toBe(100);
    expect(fixture.passing(100, '192.0.2.128')).toBe(10);
  });

  it('fills nothing while the clock is set back, and goes on from there', () => {
    const fixture = new Fixture();
    expect(fixture.passing(20, '192.0.2.1')).toBe(10);
    fixture.pass(-60_000);
    expect(fixture.passing(20, '192.0.2.1')).toBe(0);
    fixture.pass(100);
    expect(fixture.passing(20, '192.0.2.1')).toBe(1);
  });

  it('keeps limiting a network while a hundred thousand others ask once', () => {
    const fixture = new Fixture();
    let passing = 0;
    for (let i = 0; i < 100_000; i++) {
      if (i % 1000 === 0) fixture.pass(1);
      fixture.take(`${10 + (i >> 16)}.${(i >> 8) & 0xff}.${i & 0xff}.1`);
      passing += fixture.passing(1, '192.0.2.1');
    }
    expect(passing).toBe(10);
  });
});
