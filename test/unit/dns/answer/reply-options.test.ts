import { describe, expect, it } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import { makeCookieSecrets } from '#dns/answer/cookie-secrets.ts';
import { EDNS_OPTION, type EdnsOption } from '#dns/wire/edns.ts';
import { RCODE } from '#dns/wire/header.ts';
import type { Message } from '#dns/wire/message.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { parseName } from '#dns/wire/name.ts';
import {
  formatMessage,
  ImageFixture,
  loadText,
  makeQuery,
  serveText,
} from '../../../kit/image-fixture.ts';

const CHAOS = 3;
const NOTHING = new Uint8Array();
const CLIENT_COOKIE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const secrets = [Uint8Array.from({ length: 16 }, (_, index) => index)];
const zones = {
  'example.': 'www A 192.0.2.1\nalias CNAME www.other.\nsub NS ns.sub\nns.sub A 192.0.2.2\n',
  'other.': '@ 3600 IN SOA ns.x. host.x. 77 7200 1800 1209600 300\nwww A 192.0.2.3\n',
  'child.example.': '@ 3600 IN SOA ns.x. host.x. 4294967295 7200 1800 1209600 300\n',
};
const options = {
  cookieSecrets: makeCookieSecrets(secrets),
  keepaliveMs: 10_000,
  chaos: { version: Buffer.from('Holdfast'), identity: Buffer.from('ns1') },
};
const clock = openClock({ kind: 'cell', cell: makeClockCell(1_800_000_000_000) });
const server = await serveText(zones, options, { clock });
const plain = new ImageFixture(server.writer, {}, 1);

function optionOf(message: Message, code: number): string | undefined {
  const option = message.edns?.options.find((found) => found.code === code);
  return option && Buffer.from(option.data).toString('hex');
}

function asking(code: number, data: Uint8Array = NOTHING): { ednsOptions: EdnsOption[] } {
  return { ednsOptions: [{ code, data }] };
}

function withoutQuestion(data: Uint8Array): Uint8Array {
  const query = makeQuery('.', 'A', asking(EDNS_OPTION.COOKIE, data));
  const header = query.slice(0, 12);
  header[5] = 0;
  return Uint8Array.from([...header, ...query.subarray(12 + 1 + 4)]);
}

function replyTo(fixture: ImageFixture, query: Uint8Array): Message {
  const reply = fixture.send(query);
  if (typeof reply === 'number') throw new Error(`no reply: ${reply}`);
  return readMessage(reply);
}

describe('cookies (RFC 7873)', () => {
  it('come back with 16 octets of ours, and are then known', () => {
    const asked = server.ask('www.example.', 'A', asking(EDNS_OPTION.COOKIE, CLIENT_COOKIE));
    const cookie = optionOf(asked, EDNS_OPTION.COOKIE) ?? '';
    expect(cookie).toMatch(/^0102030405060708010000[0-9a-f]{26}$/);
    expect(formatMessage(asked)).toContain('an www.example. 3600 A 192.0.2.1');
    const again = asking(EDNS_OPTION.COOKIE, Uint8Array.from(Buffer.from(cookie, 'hex')));
    expect(optionOf(server.ask('www.example.', 'A', again), EDNS_OPTION.COOKIE)).toBe(cookie);
  });

  it('that are wrong are replaced, and the question is answered all the same', () => {
    const wrong = Uint8Array.from({ length: 24 }, (_, index) => index + 1);
    const asked = server.ask('www.example.', 'A', asking(EDNS_OPTION.COOKIE, wrong));
    expect(asked.answer).toHaveLength(1);
    expect(optionOf(asked, EDNS_OPTION.COOKIE)).toMatch(/^0102030405060708010000/);
  });

  it.each([0, 1, 7, 9, 15, 41])('of %i octets are a format error', (size) => {
    const asked = server.ask('www.example.', 'A', asking(EDNS_OPTION.COOKIE, new Uint8Array(size)));
    expect(asked.rcode).toBe(RCODE.FORMERR);
    expect(asked.edns?.options).toEqual([]);
  });

  it('are counted once, the first', () => {
    const asked = server.ask('www.example.', 'A', {
      ednsOptions: [
        { code: EDNS_OPTION.COOKIE, data: CLIENT_COOKIE },
        { code: EDNS_OPTION.COOKIE, data: new Uint8Array(3) },
      ],
    });
    expect(asked.rcode).toBe(RCODE.NOERROR);
    expect(asked.edns?.options).toHaveLength(1);
  });

  it('are given without a question (section 5.4)', () => {
    const first = replyTo(server, withoutQuestion(CLIENT_COOKIE));
    expect(first.rcode).toBe(RCODE.NOERROR);
    const cookie = Uint8Array.from(Buffer.from(optionOf(first, EDNS_OPTION.COOKIE) ?? '', 'hex'));
    expect(cookie).toHaveLength(24);
    expect(replyTo(server, withoutQuestion(cookie)).rcode).toBe(RCODE.NOERROR);
    cookie[23] ^= 1;
    const wrong = replyTo(server, withoutQuestion(cookie));
    expect(wrong.rcode).toBe(RCODE.BADCOOKIE);
    expect(optionOf(wrong, EDNS_OPTION.COOKIE)).toBe(optionOf(first, EDNS_OPTION.COOKIE));
  });

  it('are passed over by a server that has none', () => {
    for (const data of [CLIENT_COOKIE, new Uint8Array(3)]) {
      const asked = plain.ask('www.example.', 'A', asking(EDNS_OPTION.COOKIE, data));
      expect(asked.rcode).toBe(RCODE.NOERROR);
      expect(asked.edns?.options).toEqual([]);
    }
    expect(replyTo(plain, withoutQuestion(CLIENT_COOKIE)).rcode).toBe(RCODE.FORMERR);
  });
});

describe('edns-tcp-keepalive (RFC 7828)', () => {
  const ask = asking(EDNS_OPTION.TCP_KEEPALIVE);

  it('is said in units of 100 ms over streams, to who asks', () => {
    const asked = server.ask('www.example.', 'A', { ...ask, stream: true });
    expect(optionOf(asked, EDNS_OPTION.TCP_KEEPALIVE)).toBe('0064');
    const other = server.ask('www.example.', 'A', { edns: true, stream: true });
    expect(other.edns?.options).toEqual([]);
  });

  it('is passed over in datagrams (section 3.2.1)', () => {
    expect(server.ask('www.example.', 'A', ask).edns?.options).toEqual([]);
  });
});

describe('padding (RFC 7830)', () => {
  const query = makeQuery('www.example.', 'A', asking(EDNS_OPTION.PADDING, new Uint8Array(5)));
  const reply = new Uint8Array(70_000);
  const client = { clientOctets: new Uint8Array(4), clientAt: 0, isIpv6: false };

  function sizeOf(isEncrypted: boolean, room = 65_535, octets = query): number {
    return server.answerer.answer(octets, 0, octets.length, reply, 0, room, true, {
      ...client,
      isEncrypted,
    });
  }

  it('fills replies over encrypted streams up to a multiple of 468 octets', () => {
    reply.fill(0xff);
    const size = sizeOf(true);
    expect(size).toBe(468);
    const message = readMessage(reply.slice(0, size));
    expect(message.answer).toHaveLength(1);
    const padding = optionOf(message, EDNS_OPTION.PADDING) ?? 'none';
    expect(padding).toMatch(/^(?:00)+$/);
  });

  it('keeps to the room that there is', () => {
    const bare = sizeOf(false);
    expect(sizeOf(true, 300)).toBe(300);
    expect(sizeOf(true, bare + 4)).toBe(bare + 4);
    expect(sizeOf(true, bare + 3)).toBe(bare);
  });

  it('is not added to readable replies, nor for clients that sent none', () => {
    expect(sizeOf(false)).toBeLessThan(100);
    expect(sizeOf(true, 65_535, makeQuery('www.example.', 'A', { edns: true }))).toBeLessThan(100);
  });
});

describe('ZONEVERSION (RFC 9660)', () => {
  const ask = asking(EDNS_OPTION.ZONEVERSION);

  it.each([
    ['www.example.', '010000000001'],
    ['missing.example.', '010000000001'],
    ['example.', '010000000001'],
    ['child.example.', '0200ffffffff'],
    ['www.other.', '01000000004d'],
  ])('says labels and serial of the zone of %s', (name, version) => {
    expect(optionOf(server.ask(name, 'A', ask), EDNS_OPTION.ZONEVERSION)).toBe(version);
  });

  it('says the zone that was asked when a chain leads to another', () => {
    const asked = server.ask('alias.example.', 'A', ask);
    expect(asked.answer).toHaveLength(2);
    expect(optionOf(asked, EDNS_OPTION.ZONEVERSION)).toBe('010000000001');
  });

  it('says the zone that a referral is from', () => {
    const asked = server.ask('www.sub.example.', 'A', ask);
    expect(optionOf(asked, EDNS_OPTION.ZONEVERSION)).toBe('010000000001');
  });

  it('is said whatever data the query has in the option', () => {
    const filled = asking(EDNS_OPTION.ZONEVERSION, Uint8Array.of(9, 0, 1, 2, 3, 4));
    const asked = server.ask('www.example.', 'A', filled);
    expect(optionOf(asked, EDNS_OPTION.ZONEVERSION)).toBe('010000000001');
  });

  it('is not said of zones that are not ours, nor unasked', () => {
    const outside = server.ask('elsewhere.', 'A', ask);
    expect(outside.rcode).toBe(RCODE.REFUSED);
    expect(optionOf(outside, EDNS_OPTION.ZONEVERSION)).toBeUndefined();
    expect(server.ask('www.example.', 'A', { edns: true }).edns?.options).toEqual([]);
  });
});

describe('ZONEVERSION of a zone that cannot be answered from', () => {
  it('is said with SERVFAIL, where a version is there', async () => {
    const own = await serveText({ 'example.': 'www A 192.0.2.1\n' });
    own.writer.setUnavailable(parseName('example.'), true);
    const asked = own.ask('www.example.', 'A', asking(EDNS_OPTION.ZONEVERSION));
    expect(asked.rcode).toBe(RCODE.SERVFAIL);
    expect(optionOf(asked, EDNS_OPTION.ZONEVERSION)).toBe('010000000001');
    const load = own.writer.loadZone(parseName('empty.'));
    load.leaveEmpty();
    load.publish();
    const empty = own.ask('www.empty.', 'A', asking(EDNS_OPTION.ZONEVERSION));
    expect(empty.rcode).toBe(RCODE.SERVFAIL);
    expect(optionOf(empty, EDNS_OPTION.ZONEVERSION)).toBeUndefined();
  });
});

describe('EXPIRE (RFC 7314)', () => {
  const ask = asking(EDNS_OPTION.EXPIRE);
  const expireOf = (fixture: ImageFixture, name: string, type: string): number | undefined => {
    const told = optionOf(fixture.ask(name, type, ask), EDNS_OPTION.EXPIRE);
    return told === undefined ? undefined : Number.parseInt(told, 16);
  };

  it('says EXPIRE of the SOA of a zone of our own, and only where its SOA is the answer', () => {
    expect(expireOf(server, 'example.', 'SOA')).toBe(1_209_600);
    const others = ['www.example.', 'missing.example.', 'x.sub.example.', 'elsewhere.'];
    const said = others.map((name) => expireOf(server, name, 'SOA'));
    expect(said).toEqual(others.map(() => undefined));
    expect(expireOf(server, 'example.', 'NS')).toBeUndefined();
    expect(server.ask('example.', 'SOA', { edns: true }).edns?.options).toEqual([]);
  });

  it('says what is left of the time of a zone that is fetched, to 0', async () => {
    const cell = makeClockCell(1_800_000_000_000);
    const own = await serveText(
      { 'example.': '' },
      {},
      { clock: openClock({ kind: 'cell', cell }) },
    );
    const apex = parseName('example.');
    own.writer.setExpiry(apex, 1_800_000_100);
    expect(expireOf(own, 'example.', 'SOA')).toBe(100);
    setClockCell(cell, 1_800_000_060_900);
    expect(expireOf(own, 'example.', 'SOA')).toBe(39);
    // A new content keeps it: what it means for the time is said right after.
    await loadText(own.writer, 'example.', 'www A 192.0.2.1\n');
    expect(expireOf(own, 'example.', 'SOA')).toBe(39);
    setClockCell(cell, 1_800_000_200_000);
    expect(expireOf(own, 'example.', 'SOA')).toBe(0);
    own.writer.setExpiry(apex, undefined);
    expect(expireOf(own, 'example.', 'SOA')).toBe(1_209_600);
  });
});

describe('class CHAOS (RFC 4892)', () => {
  it.each([
    ['version.bind.', 'Holdfast'],
    ['VERSION.server.', 'Holdfast'],
    ['id.server.', 'ns1'],
    ['hostname.bind.', 'ns1'],
  ])('answers %s with what is configured', (name, text) => {
    const asked = server.ask(name, 'TXT', { class: CHAOS });
    expect(asked.rcode).toBe(RCODE.NOERROR);
    expect(asked.answer).toMatchObject([{ type: 16, class: CHAOS, ttl: 0 }]);
    expect(Buffer.from(asked.answer[0].rdata).toString()).toBe(
      String.fromCharCode(text.length) + text,
    );
  });

  it('has no other types there, and refuses other names', () => {
    const other = server.ask('version.bind.', 'A', { class: CHAOS });
    expect([other.rcode, other.answer]).toEqual([RCODE.NOERROR, []]);
    expect(server.ask('authors.bind.', 'TXT', { class: CHAOS }).rcode).toBe(RCODE.REFUSED);
    expect(server.ask('www.example.', 'A', { class: CHAOS }).rcode).toBe(RCODE.REFUSED);
  });

  it('is refused where nothing is configured', () => {
    expect(plain.ask('version.bind.', 'TXT', { class: CHAOS }).rcode).toBe(RCODE.REFUSED);
  });
});

describe('all options at once', () => {
  it('fit in 512 octets with the longest name and NSID', async () => {
    const label = 'a'.repeat(63);
    const name = `${label}.${label}.${label}.${'b'.repeat(53)}.example.`;
    const nsid = new Uint8Array(128).fill(0x6e);
    const full = await serveText(zones, { ...options, nsid });
    const codes = Object.values(EDNS_OPTION).filter((code) => code !== EDNS_OPTION.COOKIE);
    const ednsOptions = [
      { code: EDNS_OPTION.COOKIE, data: CLIENT_COOKIE },
      ...codes.map((code) => ({ code, data: NOTHING })),
    ];
    const asked = full.ask(name, 'A', { ednsOptions, payloadSize: 512 });
    expect(asked.rcode).toBe(RCODE.NXDOMAIN);
    const wanted = [EDNS_OPTION.NSID, EDNS_OPTION.COOKIE, EDNS_OPTION.ZONEVERSION];
    expect(asked.edns?.options.map(({ code }) => code)).toEqual(wanted);
  });

  it('whatever their octets, lead to a readable reply', () => {
    const random = seededRandom(20);
    let readable = 0;
    for (let round = 0; round < 5000; round++) {
      const ednsOptions = Array.from({ length: random.below(6) }, () => ({
        code: random.below(20),
        data: random.bytes(random.below(44)),
      }));
      const query = makeQuery('www.example.', 'A', { ednsOptions });
      for (let flips = random.below(3); flips > 0; flips--) {
        query[30 + random.below(query.length - 30)] ^= 1 << random.below(8);
      }
      const reply = server.send(query, random.below(2) === 1);
      if (typeof reply === 'number') continue;
      readMessage(reply);
      readable += 1;
    }
    expect(readable).toBeGreaterThan(4000);
  });
});
