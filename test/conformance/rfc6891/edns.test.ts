// RFC 6891 (EDNS), RFC 5001 (NSID), RFC 8914 (extended errors) and the rest of the envelope.
import { beforeAll, describe, expect, it } from 'vitest';
import { EDNS_FLAG_DO, EXTENDED_ERROR, readExtendedError } from '#dns/wire/edns.ts';
import { FLAG_RD, FLAG_TC } from '#dns/wire/header.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { type ImageFixture, makeQuery, serveText } from '../../kit/image-fixture.ts';

const ZONE = `$TTL 60\na A 192.0.2.1\nbig TXT "${'x'.repeat(255)}" "${'y'.repeat(255)}"\n`;
const NSID = 3;

let fixture: ImageFixture;

beforeAll(async () => {
  fixture = await serveText({ 'x.': ZONE }, { nsid: Buffer.from('ns1.test') });
});

/** The query with one octet changed. */
function changed(query: Uint8Array, at: number, value: number): Uint8Array {
  const copy = query.slice();
  copy[at] = value;
  return copy;
}

function rcodeOf(reply: Uint8Array | number): number {
  return typeof reply === 'number' ? -1 : readMessage(reply).rcode;
}

describe('RFC 6891', () => {
  it('section 7: OPT is in the reply if and only if it was in the query', () => {
    expect(fixture.ask('a.x.', 'A').edns).toBeUndefined();
    const { edns } = fixture.ask('a.x.', 'A', { edns: true });
    expect(edns).toMatchObject({ payloadSize: 1232, version: 0, flags: 0, options: [] });
  });

  it('section 6.1.3: an unknown version is BADVERS, with the version that we have', () => {
    const reply = fixture.ask('a.x.', 'A', { ednsVersion: 1 });
    expect(reply.rcode).toBe(16);
    expect(reply.edns?.version).toBe(0);
    expect(reply.answer).toEqual([]);
  });

  it('section 6.1.4: DO is copied', () => {
    expect(fixture.ask('a.x.', 'A', { dnssecOk: true }).edns?.flags).toBe(EDNS_FLAG_DO);
  });

  it('section 6.1.1: a second OPT, or one whose options are cut off, is FORMERR', () => {
    const query = makeQuery('a.x.', 'A', { edns: true });
    const opt = query.subarray(query.length - 11);
    const twice = changed(Buffer.concat([query, opt]), 11, 2);
    expect(rcodeOf(fixture.send(twice))).toBe(1);
    const torn = Buffer.concat([changed(query, query.length - 1, 3), Uint8Array.of(0, 3, 0)]);
    expect(rcodeOf(fixture.send(torn))).toBe(1);
  });

  it('section 6.2.3: sizes below 512 count as 512', () => {
    const reply = fixture.ask('a.x.', 'A', { payloadSize: 10 });
    expect(reply.answer).toHaveLength(1);
  });

  it('section 7: a truncated reply keeps question and OPT, and no half RRset', () => {
    const reply = fixture.ask('big.x.', 'TXT', { payloadSize: 512 });
    expect(reply.flags & FLAG_TC).not.toBe(0);
    expect(reply.answer).toEqual([]);
    expect(reply.question?.name).toEqual(readMessage(makeQuery('big.x.', 'TXT')).question?.name);
    expect(reply.edns?.payloadSize).toBe(1232);
    expect(fixture.ask('big.x.', 'TXT', { payloadSize: 1232 }).answer).toHaveLength(1);
    expect(fixture.ask('big.x.', 'TXT', { stream: true }).answer).toHaveLength(1);
  });

  it('options that we do not know are not minded', () => {
    const ednsOptions = [{ code: 65_001, data: Uint8Array.of(1, 2, 3) }];
    expect(fixture.ask('a.x.', 'A', { ednsOptions }).edns?.options).toEqual([]);
  });
});

describe('RFC 5001', () => {
  it('NSID is given to those who ask', () => {
    const { edns } = fixture.ask('a.x.', 'A', {
      ednsOptions: [{ code: NSID, data: Buffer.alloc(0) }],
    });
    const option = edns?.options.find(({ code }) => code === NSID);
    expect(Buffer.from(option?.data ?? []).toString()).toBe('ns1.test');
  });
});

describe('RFC 8914', () => {
  it('what is not ours is refused with Not Authoritative', () => {
    const { rcode, edns } = fixture.ask('a.y.', 'A', { edns: true });
    expect(rcode).toBe(5);
    const error = edns === undefined ? undefined : readExtendedError(edns.options[0]);
    expect(error?.infoCode).toBe(EXTENDED_ERROR.NOT_AUTHORITATIVE);
    expect(fixture.ask('a.y.', 'A').rcode).toBe(5);
  });
});

describe('the envelope', () => {
  const query = makeQuery('a.x.', 'A', { flags: FLAG_RD });

  it('nothing is sent for less than a header, or for a response', () => {
    expect(fixture.send(query.subarray(0, 11))).toBe(0);
    expect(fixture.send(changed(query, 2, 0x80))).toBe(0);
  });

  it('what has a header but cannot be read is FORMERR under its id', () => {
    for (const size of [12, 13, 15, 17, query.length - 1]) {
      const reply = fixture.send(query.subarray(0, size));
      expect(rcodeOf(reply)).toBe(1);
      expect((reply as Uint8Array).subarray(0, 2)).toEqual(query.subarray(0, 2));
    }
  });

  it.each([
    ['no question', changed(query, 5, 0)],
    ['two questions', changed(query, 5, 2)],
    ['a record in the answer section', changed(query, 7, 1)],
    ['a compression pointer as name', changed(query, 12, 0xc0)],
    ['octets behind the message', Buffer.concat([query, Uint8Array.of(0)])],
  ])('%s is FORMERR', (_, octets) => {
    expect(rcodeOf(fixture.send(octets))).toBe(1);
  });

  it.each([1, 2, 3, 6, 15])('opcode %d is NOTIMP', (opcode) => {
    const reply = readMessage(fixture.send(changed(query, 2, opcode << 3)) as Uint8Array);
    expect(reply.rcode).toBe(4);
    expect(reply.opcode).toBe(opcode);
    expect(reply.edns).toBeUndefined();
  });

  it.each([2, 15])('opcode %d with OPT is NOTIMP with OPT', (opcode) => {
    const asked = makeQuery('x.', 'SOA', { edns: true });
    const reply = readMessage(fixture.send(changed(asked, 2, opcode << 3)) as Uint8Array);
    expect(reply).toMatchObject({ rcode: 4, question: undefined, edns: { version: 0 } });
    const cut = changed(asked.subarray(0, asked.length - 1), 2, opcode << 3);
    expect(readMessage(fixture.send(cut) as Uint8Array).edns).toBeUndefined();
  });

  it('NOTIFY, UPDATE, transfers and what is signed go to the control thread', () => {
    expect(fixture.send(changed(query, 2, 4 << 3))).toBe(-1);
    expect(fixture.send(changed(query, 2, 5 << 3))).toBe(-1);
    expect(fixture.send(makeQuery('x.', 'AXFR'), true)).toBe(-1);
    expect(fixture.send(makeQuery('x.', 'IXFR'))).toBe(-1);
    expect(rcodeOf(fixture.send(makeQuery('x.', 'AXFR')))).toBe(4);
    const tsig = [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 0];
    expect(fixture.send(changed(Buffer.concat([query, Uint8Array.from(tsig)]), 11, 1))).toBe(-1);
  });

  it('RD is copied; RA, AD and CD are clear; the case of the question is kept', () => {
    const reply = fixture.send(makeQuery('A.x.', 'A', { flags: FLAG_RD | 0x0030 })) as Uint8Array;
    expect(reply[2]).toBe(0x85);
    expect(reply[3]).toBe(0);
    expect(fixture.dig('A.X.', 'A')[1]).toBe('an A.X. 60 A 192.0.2.1');
  });

  it('other classes are refused', () => {
    expect(fixture.ask('a.x.', 'A', { class: 3 }).rcode).toBe(5);
    expect(fixture.ask('a.x.', 'A', { class: 254 }).rcode).toBe(5);
  });

  it('class ANY is answered with what class IN has, without AA', () => {
    const found = fixture.ask('a.x.', 'A', { class: 255 });
    expect([found.rcode, found.answer.length, found.flags & 0x0400]).toEqual([0, 1, 0]);
    const missing = fixture.ask('missing.x.', 'A', { class: 255 });
    expect([missing.rcode, missing.flags & 0x0400]).toEqual([3, 0]);
    expect(fixture.ask('elsewhere.', 'A', { class: 255 }).rcode).toBe(5);
  });
});
