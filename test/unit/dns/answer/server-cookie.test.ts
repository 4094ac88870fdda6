// The examples of RFC 9018 Appendix A, and the time window of its section 4.3.
import { describe, expect, it } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { makeCookieSecrets, publishCookieSecrets } from '#dns/answer/cookie-secrets.ts';
import type { QueryClient } from '#dns/answer/query-client.ts';
import { COOKIE_SIZE, isCookieSize, ServerCookies } from '#dns/answer/server-cookie.ts';
import { parseIpAddress } from '#net/ip-address.ts';

const SECRET = 'e5e973e5a6b2a43f48e7dc849e37bfcf';
const OLD_SECRET = 'dd3bdf9344b678b185a6f5cb60fca715';
const NEW_SECRET = '445536bcd2513298075a5d379663c962';
const ISSUED = 1_559_731_985;
const CLIENT_COOKIE = '2464c4abcf10c957';
const COOKIE = '2464c4abcf10c957010000005cf79f111f8130c3eee29480';

function octets(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

function clientOf(address: string): QueryClient {
  const parsed = parseIpAddress(address) ?? new Uint8Array(4);
  // Not at the start of the octets, as in a packet thread's memory.
  const clientOctets = Uint8Array.from([9, 9, 9, ...parsed]);
  return { clientOctets, clientAt: 3, isIpv6: parsed.length === 16, isEncrypted: false };
}

interface Taken {
  isGood: boolean;
  cookie: string;
}

class Fixture {
  readonly memory: SharedArrayBuffer;
  readonly #cell = makeClockCell(0);
  readonly #cookies: ServerCookies;

  constructor(...secrets: string[]) {
    this.memory = makeCookieSecrets(secrets.map(octets));
    this.#cookies = new ServerCookies(this.memory, openClock({ kind: 'cell', cell: this.#cell }));
  }

  take(cookie: string, address: string, nowSeconds: number): Taken {
    setClockCell(this.#cell, nowSeconds * 1000);
    this.#cookies.beginBatch();
    const option = octets(cookie);
    const isGood = this.#cookies.take(option, 0, option.length, clientOf(address));
    const reply = new Uint8Array(COOKIE_SIZE + 2);
    this.#cookies.write(reply, 1);
    return { isGood, cookie: Buffer.from(reply.subarray(1, COOKIE_SIZE + 1)).toString('hex') };
  }
}

describe('server cookies, RFC 9018 Appendix A', () => {
  it('are learnt by a client that has none (A.1)', () => {
    const taken = new Fixture(SECRET).take(CLIENT_COOKIE, '198.51.100.100', ISSUED);
    expect(taken).toEqual({ isGood: false, cookie: COOKIE });
  });

  it('are renewed after half an hour (A.2)', () => {
    const taken = new Fixture(SECRET).take(COOKIE, '198.51.100.100', 1_559_734_385);
    const cookie = '2464c4abcf10c957010000005cf7a871d4a564a1442aca77';
    expect(taken).toEqual({ isGood: true, cookie });
  });

  it('may have reserved octets, which are hashed and not kept (A.3)', () => {
    const asked = 'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5';
    const fixture = new Fixture(SECRET);
    expect(fixture.take(asked, '203.0.113.203', 0x5cf7_8f71).isGood).toBe(true);
    expect(fixture.take(asked, '203.0.113.204', 0x5cf7_8f71).isGood).toBe(false);
    // The example answers almost two hours later: too old to be good, and so made anew.
    expect(fixture.take(asked, '203.0.113.203', 1_559_734_700)).toEqual({
      isGood: false,
      cookie: 'fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e',
    });
  });

  it('of the secret before are good and replaced (A.4)', () => {
    const asked = '22681ab97d52c298010000005cf7c57926556bd0934c72f8';
    const taken = new Fixture(NEW_SECRET, OLD_SECRET).take(
      asked,
      '2001:db8:220:1:59de:d0f4:8769:82b8',
      1_559_741_961,
    );
    const cookie = '22681ab97d52c298010000005cf7c609a6bb79d16625507a';
    expect(taken).toEqual({ isGood: true, cookie });
  });
});

describe('server cookies', () => {
  const fixture = new Fixture(SECRET);

  it.each([
    [0, true, true],
    [1799, true, true],
    [1800, true, false],
    [3600, true, false],
    [3601, false, false],
    [-300, true, true],
    [-301, false, false],
  ])('%i seconds after they were made are good: %s, kept: %s', (ageS, isGood, isKept) => {
    const taken = fixture.take(COOKIE, '198.51.100.100', ISSUED + ageS);
    expect(taken.isGood).toBe(isGood);
    expect(taken.cookie === COOKIE).toBe(isKept);
  });

  it.each([
    ['of another client', CLIENT_COOKIE.replace('2464', '2465') + COOKIE.slice(16)],
    ['with another hash', `${COOKIE.slice(0, -1)}1`],
    ['with another time', COOKIE.replace('5cf79f11', '5cf79f12')],
    ['with another version', COOKIE.replace('01000000', '02000000')],
    ['of 16 octets', COOKIE.slice(0, 32)],
    ['of 40 octets', COOKIE + '00'.repeat(16)],
  ])('%s are not good', (_, cookie) => {
    expect(fixture.take(cookie, '198.51.100.100', ISSUED).isGood).toBe(false);
  });

  it('are not good from another address', () => {
    expect(fixture.take(COOKIE, '198.51.100.101', ISSUED).isGood).toBe(false);
  });

  it('outlive the year 2106, when the timestamp begins anew', () => {
    const made = fixture.take(CLIENT_COOKIE, '192.0.2.1', 0xffff_ffff).cookie;
    expect(fixture.take(made, '192.0.2.1', 0x1_0000_0000 + 600)).toEqual({
      isGood: true,
      cookie: made,
    });
  });

  it('follow secrets that are published while the server runs', () => {
    const rolled = new Fixture(SECRET);
    expect(rolled.take(COOKIE, '198.51.100.100', ISSUED).isGood).toBe(true);
    publishCookieSecrets(rolled.memory, [octets(NEW_SECRET), octets(SECRET)]);
    const next = rolled.take(COOKIE, '198.51.100.100', ISSUED);
    expect(next.isGood).toBe(true);
    expect(next.cookie).not.toBe(COOKIE);
    publishCookieSecrets(rolled.memory, [octets(NEW_SECRET)]);
    expect(rolled.take(COOKIE, '198.51.100.100', ISSUED).isGood).toBe(false);
    expect(rolled.take(next.cookie, '198.51.100.100', ISSUED).isGood).toBe(true);
  });

  it.each([
    [8, true],
    [16, true],
    [24, true],
    [40, true],
    [0, false],
    [7, false],
    [9, false],
    [15, false],
    [41, false],
  ])('of %i octets are well formed: %s', (size, isWellFormed) => {
    expect(isCookieSize(size)).toBe(isWellFormed);
  });
});
