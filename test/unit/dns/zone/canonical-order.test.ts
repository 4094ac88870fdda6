/** Order and identity of the records of one RRset. */
import { describe, expect, it } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { formatRdata } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { canonicalOrder, compareRdatas } from '#dns/zone/canonical-order.ts';
import { buildRrset, signatureTtl } from '#dns/zone/rrset-builder.ts';

function order(type: number, contents: string[]): string[] {
  const rdatas = contents.map((content) => parseRdataText(type, content));
  return canonicalOrder(type, rdatas, (rdata) => rdata).map((rdata) => formatRdata(type, rdata));
}

describe('canonicalOrder', () => {
  it('compares octets, not text', () => {
    expect(order(TYPE.A, ['10.0.0.1', '9.0.0.1', '100.0.0.1'])).toEqual([
      '9.0.0.1',
      '10.0.0.1',
      '100.0.0.1',
    ]);
  });

  it('puts a prefix first', () => {
    expect(order(TYPE.TXT, ['"a" "b"', '"a"'])).toEqual(['"a"', '"a" "b"']);
  });

  it('takes names that differ in case for one record and keeps the first as given', () => {
    expect(order(TYPE.MX, ['10 Mail.example.', '10 mail.EXAMPLE.', '5 b.'])).toEqual([
      '5 b.',
      '10 Mail.example.',
    ]);
  });

  it('keeps text that differs in case apart', () => {
    expect(order(TYPE.TXT, ['"a"', '"A"'])).toEqual(['"A"', '"a"']);
  });

  it('agrees with compareRdatas', () => {
    const a = parseRdataText(TYPE.NS, 'NS1.example.');
    const b = parseRdataText(TYPE.NS, 'ns1.EXAMPLE.');
    expect(compareRdatas(TYPE.NS, a, b)).toBe(0);
  });
});

describe('buildRrset', () => {
  const owner = parseName('a.example.');
  const first = parseRdataText(TYPE.A, '192.0.2.1');
  const second = parseRdataText(TYPE.A, '192.0.2.2');

  it('merges duplicates and counts them', () => {
    const built = buildRrset(owner, TYPE.A, [60, 60, 60], [second, first, second.slice()]);
    expect(built.rrset.rdatas).toEqual([first, second]);
    expect(built.duplicateCount).toBe(1);
    expect(built.ttlLowered).toBe(false);
  });

  it('takes the smallest of differing TTLs and says so', () => {
    const built = buildRrset(owner, TYPE.A, [300, 60], [first, second]);
    expect(built.rrset.ttl).toBe(60);
    expect(built.ttlLowered).toBe(true);
  });

  it('does not call it a lowered TTL when signatures differ, and gives each that of its set', () => {
    const text = ' 13 2 300 20380101000000 20260101000000 1 example. AAAA';
    const overA = parseRdataText(TYPE.RRSIG, `A${text}`);
    const overTxt = parseRdataText(TYPE.RRSIG, `TXT${text}`);
    const built = buildRrset(owner, TYPE.RRSIG, [300, 60], [overA, overTxt]);
    expect(built.ttlLowered).toBe(false);
    const siblings = [{ owner, type: TYPE.A, ttl: 300, rdatas: [first] }];
    expect(signatureTtl(siblings, built.rrset, overA)).toBe(300);
    expect(signatureTtl(siblings, built.rrset, overTxt)).toBe(60);
  });
});
