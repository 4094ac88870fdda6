// RDATA: wire -> text -> wire is the identity for every type, and no octets or text break it.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { RdataWriter } from '#dns/wire/rdata/rdata-writer.ts';
import { checkRdata, findType, formatRdata, readRdata } from '#dns/wire/rdata/registry.ts';
import { RdataTextError } from '#dns/wire/rdata/tokens.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import { ARBITRARY_RDATA, arbitraryTypedRdata } from '../../../kit/arbitrary-records.ts';
import { valueOrRefused } from '../../../kit/value-or-refused.ts';

const KNOWN = Object.values(TYPE).filter((code) => findType(code) !== undefined);

describe('RDATA', () => {
  it('has an arbitrary for each type in the registry', () => {
    expect(KNOWN.filter((code) => !ARBITRARY_RDATA.has(code))).toEqual([]);
  });

  it.each([...ARBITRARY_RDATA])('of type %i survives text', (type, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (rdata) => {
        checkRdata(type, rdata);
        expect(parseRdataText(type, formatRdata(type, rdata))).toEqual(new Uint8Array(rdata));
      }),
      { numRuns: 150 },
    );
  });

  it('survives the generic form of RFC 3597', () => {
    fc.assert(
      fc.property(arbitraryTypedRdata, ({ type, rdata }) => {
        const text = formatRdata(65_281, rdata);
        expect(parseRdataText(type, text)).toEqual(new Uint8Array(rdata));
      }),
    );
  });

  it('that is not of its type raises WireError and nothing else', () => {
    const out = new RdataWriter();
    fc.assert(
      fc.property(fc.constantFrom(...KNOWN), fc.uint8Array({ maxLength: 80 }), (type, octets) => {
        out.reset();
        const rdata = valueOrRefused(WireError, () => {
          readRdata(type, octets, 0, octets.length, out);
          return out.take();
        });
        // What was taken can be printed and read again.
        const again = rdata === 'refused' ? rdata : parseRdataText(type, formatRdata(type, rdata));
        expect(again).toEqual(rdata);
      }),
      { numRuns: 5000 },
    );
  });

  it('text that is not of its type raises RDATA_INVALID and nothing else', () => {
    const word = fc.oneof(
      fc.constantFrom('10', 'a.', '.', '"x y"', 'AA==', '\\#', '4', 'key1=', '\\', 'N', 'E', 'A'),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...KNOWN), fc.array(word, { maxLength: 9 }), (type, words) => {
        const rdata = valueOrRefused(RdataTextError, () => parseRdataText(type, words.join(' ')));
        // What was taken is good on the wire.
        expect(() => rdata === 'refused' || checkRdata(type, rdata)).not.toThrow();
      }),
      { numRuns: 5000 },
    );
  });
});
