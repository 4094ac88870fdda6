// One line of content: blanks, quotes, and what the admin API's clients send.
import { describe, expect, it } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { formatRdata } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';

function normalised(type: number, content: string): string {
  return formatRdata(type, parseRdataText(type, content, parseName('example.')));
}

describe('parseRdataText', () => {
  it.each([
    [TYPE.MX, '  10\t mail  ', '10 mail.example.'],
    [TYPE.TXT, '"a""b"c', '"a" "b" "c"'],
    [TYPE.TXT, 'v=DMARC1; p=none', '"v=DMARC1;" "p=none"'],
    [TYPE.TXT, '"a\\" b" (x)', '"a\\" b" "(x)"'],
    [TYPE.TXT, '"é"', '"\\195\\169"'],
    [TYPE.SOA, '. . 1 1h 1H30M 1d 0', '. . 1 3600 5400 86400 0'],
  ])('of type %i reads %s', (type, content, text) => {
    expect(normalised(type, content)).toBe(text);
  });

  it('cuts a quoted string of over 255 octets, and keeps other cuts as they are', () => {
    const long = 'k'.repeat(600);
    expect(normalised(TYPE.TXT, `"v=DKIM1" "${long}"`)).toBe(
      `"v=DKIM1" "${long.slice(0, 255)}" "${long.slice(0, 255)}" "${long.slice(0, 90)}"`,
    );
    expect(() => normalised(TYPE.HINFO, `"${long}" "x"`)).toThrow(
      expect.objectContaining({ code: 'RDATA_INVALID' }),
    );
  });

  it('demands absolute names without an origin', () => {
    expect(() => parseRdataText(TYPE.NS, 'ns1')).toThrow(/must end in a dot/);
  });

  it('says when the data is over 65,535 octets', () => {
    const content = `"${'x'.repeat(255)}" `.repeat(256);
    expect(() => parseRdataText(TYPE.TXT, content)).toThrow(
      expect.objectContaining({ code: 'RDATA_TOO_LONG' }),
    );
  });
});
