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
    [TYPE.SIG, `A ${SIGNATURE}`, `A ${SIGNATURE.toLowerCase().replace('aa==', 'AA==')}`],
    [TYPE.MD, 'A.', 'a.'],
    [TYPE.MF, 'A.', 'a.'],
    [TYPE.MB, 'A.', 'a.'],
    [TYPE.MG, 'A.', 'a.'],
    [TYPE.MR, 'A.', 'a.'],
    [TYPE.MINFO, 'A. B.', 'a. b.'],
    [TYPE.AFSDB, '1 A.', '1 a.'],
    [TYPE.RT, '1 A.', '1 a.'],
    [TYPE.PX, '1 A. B.', '1 a. b.'],
    [TYPE.KX, '1 A.', '1 a.'],
    [TYPE.NXT, 'A.B. A', 'a.b. A'],
    [TYPE.A6, '64 ::1 A.', '64 ::1 a.'],
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
    [TYPE.LP, '1 A.'],
    [TYPE['NSAP-PTR'], 'A.'],
    [TYPE.TALINK, 'A. B.'],
    [TYPE.HIP, '2 AB AA== A.'],
    [TYPE.IPSECKEY, '1 3 2 A. AA=='],
    [TYPE.AMTRELAY, '1 0 3 A.'],
    [TYPE.DSYNC, 'CDS NOTIFY 53 A.'],
  ])('leaves type %i as it is (RFC 6840 section 5.1)', (type, text) => {
    const rdata = parseRdataText(type, text);
    expect(canonicalRdata(type, rdata)).toBe(rdata);
  });
});

function namesOf(type: number, text: string): unknown {
  return rdataNames(type, parseRdataText(type, text));
}

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
    expect(withNames.toSorted((a, b) => a - b)).toEqual([
      TYPE.NS,
      TYPE.MD,
      TYPE.MF,
      TYPE.CNAME,
      TYPE.SOA,
      TYPE.MB,
      TYPE.MG,
      TYPE.MR,
      TYPE.PTR,
      TYPE.MINFO,
      TYPE.MX,
    ]);
  });

  it('finds names behind fields of a varying size', () => {
    expect(namesOf(TYPE.HIP, '2 ABCD AAAA a. b.')).toEqual([
      { at: 9, compressible: false },
      { at: 12, compressible: false },
    ]);
    expect(namesOf(TYPE.IPSECKEY, '1 3 2 a. AA==')).toEqual([{ at: 3, compressible: false }]);
    expect(namesOf(TYPE.IPSECKEY, '1 1 2 192.0.2.1 AA==')).toEqual([]);
    expect(namesOf(TYPE.AMTRELAY, '1 1 3 a.')).toEqual([{ at: 2, compressible: false }]);
    expect(namesOf(TYPE.A6, '64 ::1 a.')).toEqual([{ at: 9, compressible: false }]);
    expect(namesOf(TYPE.A6, '0 ::1')).toEqual([]);
  });

  it('finds none in the empty RDATA of UPDATE', () => {
    expect(rdataNames(TYPE.MX, new Uint8Array(0))).toEqual([]);
    expect(formatRdata(TYPE.MX, new Uint8Array(0))).toBe('\\# 0');
  });
});
