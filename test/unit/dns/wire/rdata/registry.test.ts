// Names inside RDATA: where they stand, which are compressed in messages, which are folded.
import { describe, expect, it } from 'vitest';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { canonicalRdata, findType, formatRdata, rdataNames } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';

const SIGNATURE = '13 1 300 20300101000000 20200101000000 1 Signer.Example. AA==';

describe('canonicalRdata', () => {
  it.each([
    [TYPE.NS, 'A.Example.', 'a.example.'],
    [TYPE.SOA, 'NS.a. Host.a. 1 2 3 4 5', 'ns.a. host.a. 1 2 3 4 5'],
    [TYPE.MX, '10 MAIL.a.', '10 mail.a.'],
    [TYPE.SRV, '1 2 3 SRV.a.', '1 2 3 srv.a.'],
    [TYPE.NAPTR, '1 2 "U" "S" "R" X.a.', '1 2 "U" "S" "R" x.a.'],
    [TYPE.RP, 'A. B.', 'a. b.'],
    [TYPE.DNAME, 'A.', 'a.'],
    [TYPE.RRSIG, `A ${SIGNATURE}`, `A ${SIGNATURE.toLowerCase().replace('aa==', 'AA==')}`],
  ])('folds the names of type %i (RFC 4034 section 6.2)', (type, text, canonical) => {
    const rdata = parseRdataText(type, text);
    expect(formatRdata(type, canonicalRdata(type, rdata))).toBe(canonical);
    expect(formatRdata(type, rdata)).toBe(text);
  });

  it.each([
    [TYPE.NSEC, 'A.Example. A'],
    [TYPE.SVCB, '1 A.Example.'],
    [TYPE.HTTPS, '0 A.Example.'],
    [TYPE.TXT, '"ABC"'],
    [TYPE.HINFO, '"PC" "OS"'],
  ])('leaves type %i as it is (RFC 6840 section 5.1)', (type, text) => {
    const rdata = parseRdataText(type, text);
    expect(canonicalRdata(type, rdata)).toBe(rdata);
  });
});

describe('rdataNames', () => {
  it('says where names stand and which a message may compress (RFC 3597 section 4)', () => {
    const soa = parseRdataText(TYPE.SOA, 'ns.a. host.b. 1 2 3 4 5');
    expect(rdataNames(TYPE.SOA, soa)).toEqual([
      { at: 0, compressible: true },
      { at: 6, compressible: true },
    ]);
    const naptr = parseRdataText(TYPE.NAPTR, '1 2 "u" "s" "" x.');
    expect(rdataNames(TYPE.NAPTR, naptr)).toEqual([{ at: 9, compressible: false }]);
    expect(rdataNames(TYPE.A, Uint8Array.of(192, 0, 2, 1))).toEqual([]);
  });

  it('compresses the types of RFC 1035 and no other', () => {
    const withNames = Object.values(TYPE).filter((code) => {
      const rdata = new Uint8Array(64);
      return findType(code)?.names(rdata)[0]?.compressible;
    });
    expect(withNames).toEqual([TYPE.NS, TYPE.CNAME, TYPE.SOA, TYPE.PTR, TYPE.MX]);
  });

  it('finds none in the empty RDATA of UPDATE', () => {
    expect(rdataNames(TYPE.MX, new Uint8Array(0))).toEqual([]);
    expect(formatRdata(TYPE.MX, new Uint8Array(0))).toBe('\\# 0');
  });
});
