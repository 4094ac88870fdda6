// The common types' text, wire and canonical text, from the examples of their RFCs.
import { describe, expect, it } from 'vitest';
import { formatHex } from '#base/bytes.ts';
import { parseName } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { checkRdata, findType, formatRdata, typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { RARE_RDATA } from '../../../../kit/rare-rdata.ts';

const ORIGIN = parseName('example.');
const NAME_A_EXAMPLE = '016107 6578616d706c65 00';
const BASE64_64 =
  'oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTrPYGv07h108dUKGMeDPKijVCHX3DDKdfb+v6oB9wfuh3DTJXUAfI=';

interface Example {
  type: keyof typeof TYPE;
  text: string;
  /** Blanks are for reading. */
  wire: string;
  /** Where it differs from `text`. */
  printed?: string;
}

const EXAMPLES: Example[] = [
  { type: 'A', text: '192.0.2.1', wire: 'c0000201' },
  { type: 'NS', text: 'a', wire: NAME_A_EXAMPLE, printed: 'a.example.' },
  { type: 'NS', text: '@', wire: '076578616d706c6500', printed: 'example.' },
  { type: 'NS', text: String.raw`a\.b\000\@c.`, wire: '06612e62004063 00' },
  { type: 'CNAME', text: 'A.example.', wire: '014107 6578616d706c65 00' },
  {
    type: 'SOA',
    text: 'a hostmaster\\.x 2026010101 1h30m 15M 1w 1d',
    wire: `${NAME_A_EXAMPLE} 0c686f73746d61737465722e78 076578616d706c6500 78c275f5 00001518 00000384 00093a80 00015180`,
    printed: 'a.example. hostmaster\\.x.example. 2026010101 5400 900 604800 86400',
  },
  { type: 'PTR', text: 'a.example.', wire: NAME_A_EXAMPLE },
  { type: 'MX', text: '10 a.example.', wire: `000a ${NAME_A_EXAMPLE}` },
  { type: 'MX', text: '0 .', wire: '0000 00' },
  { type: 'TXT', text: '"a b" ""', wire: '03612062 00' },
  {
    type: 'TXT',
    text: 'v=spf1 -all',
    wire: '06763d73706631 042d616c6c',
    printed: '"v=spf1" "-all"',
  },
  {
    type: 'TXT',
    text: String.raw`"a\"b\\c\255\a;" x="y"`,
    wire: '08 6122625c63ff613b 02783d 0179',
    printed: String.raw`"a\"b\\c\255a;" "x=" "y"`,
  },
  { type: 'SPF', text: '"v=spf1 -all"', wire: '0b763d73706631202d616c6c' },
  { type: 'HINFO', text: '"Intel" "Li nux"', wire: '05496e74656c 064c69206e7578' },
  { type: 'RP', text: 'a.example. .', wire: `${NAME_A_EXAMPLE} 00` },
  {
    type: 'AAAA',
    text: '2001:DB8:0:0:1:0:0:1',
    wire: '20010db8000000000001000000000001',
    printed: '2001:db8::1:0:0:1',
  },
  { type: 'AAAA', text: '::ffff:192.0.2.1', wire: '00000000000000000000ffffc0000201' },
  { type: 'SRV', text: '0 5 5060 a.example.', wire: `0000 0005 13c4 ${NAME_A_EXAMPLE}` },
  {
    type: 'NAPTR',
    text: '100 10 "u" "E2U+sip" "!^.*$!sip:a@b.c!" .',
    wire: '0064 000a 0175 074532552b736970 10215e2e2a24217369703a6140622e6321 00',
  },
  { type: 'DNAME', text: 'a.example.', wire: NAME_A_EXAMPLE },
  {
    type: 'DS',
    text: '60485 RSASHA1 SHA-1 2BB183AF5F22588179A53B0A 98631FAD1A292118',
    wire: 'ec45 05 01 2bb183af5f22588179a53b0a98631fad1a292118',
    printed: '60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118',
  },
  { type: 'DS', text: '1 8 99 ABCDEF', wire: '0001 08 63 abcdef' },
  { type: 'CDS', text: '0 0 0 00', wire: '0000 00 00 00' },
  { type: 'CDNSKEY', text: '0 3 0 AA==', wire: '0000 03 00 00' },
  {
    type: 'DNSKEY',
    text: `256 3 ecdsap256sha256 ${BASE64_64.slice(0, 13)} ${BASE64_64.slice(13)}`,
    wire: `0100 03 0d ${Buffer.from(BASE64_64, 'base64').toString('hex')}`,
    printed: `256 3 13 ${BASE64_64}`,
  },
  {
    type: 'RRSIG',
    text: `A RSASHA256 2 1h 20380119031407 2147483640 12345 example. ${BASE64_64}`,
    wire: `0001 08 02 00000e10 7fffffff 7ffffff8 3039 076578616d706c6500 ${Buffer.from(BASE64_64, 'base64').toString('hex')}`,
    printed: `A 8 2 3600 20380119031407 20380119031400 12345 example. ${BASE64_64}`,
  },
  {
    type: 'NSEC',
    text: 'host.example.com. A MX RRSIG NSEC TYPE1234',
    wire: '04686f7374076578616d706c6503636f6d00 0006400100000003 041b 000000000000000000000000000000000000000000000000000020',
  },
  {
    type: 'NSEC3',
    text: '1 1 12 aabbccdd 2vptu5timamqttgl4luu9kg21e0aor3s MX RRSIG',
    wire: '01 01 000c 04aabbccdd 14 17f3df17b2b2adaef615257de4d2020b80ac6c7c 0006 000100000002',
    printed: '1 1 12 AABBCCDD 2VPTU5TIMAMQTTGL4LUU9KG21E0AOR3S MX RRSIG',
  },
  { type: 'NSEC3PARAM', text: '1 0 10 -', wire: '01 00 000a 00' },
  { type: 'NSEC3PARAM', text: '1 0 10 AABB', wire: '01 00 000a 02aabb' },
  {
    type: 'TLSA',
    text: '3 1 1 d2abde24 0d7cd3ee',
    wire: '03 01 01 d2abde240d7cd3ee',
    printed: '3 1 1 D2ABDE240D7CD3EE',
  },
  {
    type: 'SSHFP',
    text: '2 1 123456789ABCDEF67890123456789ABCDEF67890',
    wire: '02 01 123456789abcdef67890123456789abcdef67890',
  },
  {
    type: 'SVCB',
    text: '1 . port=53 alpn=h2,h3 no-default-alpn',
    wire: '0001 00 0001 0006 026832 026833 0002 0000 0003 0002 0035',
    printed: '1 . alpn="h2,h3" no-default-alpn port=53',
  },
  {
    type: 'HTTPS',
    text: '1 . ech=AAAA ohttp key7=/q{?dns} tls-supported-groups=29,23 ipv4hint=192.0.2.1',
    wire: '0001 00 0004 0004 c0000201 0005 0003 000000 0007 0008 2f717b3f646e737d 0008 0000 0009 0004 001d0017',
    printed: '1 . ipv4hint=192.0.2.1 ech=AAAA dohpath="/q{?dns}" ohttp tls-supported-groups=29,23',
  },
  { type: 'HTTPS', text: '0 a.example.', wire: `0000 ${NAME_A_EXAMPLE}` },
  { type: 'URI', text: '10 1 "ftp://a/x y"', wire: '000a 0001 6674703a2f2f612f782079' },
  {
    type: 'CAA',
    text: '0 issue "ca.example; a=b"',
    wire: '00 056973737565 63612e6578616d706c653b20613d62',
  },
  { type: 'CAA', text: '128 iodef ""', wire: '80 05696f646566' },
  {
    type: 'LOC',
    text: '42 21 54 N 71 06 18 W -24m 30m',
    wire: '00 33 16 13 89172dd0 70be15f0 00988d20',
    printed: '42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m',
  },
  {
    type: 'LOC',
    text: '52 S 0 E 100000.5 0.01m 90000000 0',
    wire: '00 10 99 00 74d78e00 80000000 01312d32',
    printed: '52 0 0.000 S 0 0 0.000 E 100000.50m 0.01m 90000000m 0.00m',
  },
];

describe('RDATA of each type', () => {
  it.each(EXAMPLES)('$type $text', ({ type, text, wire, printed }) => {
    const code = TYPE[type];
    const rdata = parseRdataText(code, text, ORIGIN);
    expect(formatHex(rdata)).toBe(wire.replaceAll(' ', ''));
    expect(formatRdata(code, rdata)).toBe(printed ?? text);
    expect(parseRdataText(code, printed ?? text)).toEqual(rdata);
    expect(() => checkRdata(code, rdata)).not.toThrow();
  });

  it('has an example, here or among the rarer ones, for each type in the registry', () => {
    const rare = RARE_RDATA.map(([type]) => typeOfMnemonic(type));
    const shown = new Set([...EXAMPLES.map(({ type }) => TYPE[type]), ...rare]);
    const known = Object.values(TYPE).filter((code) => findType(code) !== undefined);
    expect(known.filter((code) => !shown.has(code))).toEqual([]);
  });
});

const REFUSED: [string, string, RegExp][] = [
  ['A', '192.0.2', /expected an IPv4 address, found '192.0.2'/],
  ['A', '192.0.2.256', /IPv4/],
  ['A', '192.0.02.1', /IPv4/],
  ['A', '', /expected an IPv4 address, found the end of the record/],
  ['A', '192.0.2.1 x', /expected the end of the A record, found 'x'/],
  ['AAAA', '1:2:3:4:5:6:7:8:9', /IPv6/],
  ['AAAA', '1::2::3', /IPv6/],
  ['AAAA', '::12345', /IPv6/],
  ['AAAA', '1:2:3:4:5:6:7:1.2.3.4', /IPv6/],
  ['AAAA', ':1', /IPv6/],
  ['NS', 'a..b.', /empty label/],
  ['NS', `${'a'.repeat(64)}.`, /63 octets/],
  ['NS', 'a.'.repeat(128), /255 octets/],
  ['MX', '65536 a.', /at most 65535/],
  ['MX', 'a.', /preference/],
  ['SOA', 'a. b. 1 1x 1 1 1', /refresh/],
  ['SOA', 'a. b. 1 8000w 1 1 1', /refresh/],
  ['SOA', 'a. b. 4294967296 1 1 1 1', /serial/],
  ['TXT', '', /a string/],
  ['TXT', 'x'.repeat(256), /256 octets/],
  ['TXT', '"abc', /not closed/],
  ['TXT', String.raw`"\256"`, /escape/],
  ['DS', '1 8 2 ABCD', /32 octets, not 2/],
  ['DS', '1 8 9 ABC', /even number/],
  ['DS', '1 FOO 9 AB', /algorithm/],
  ['DNSKEY', '256 3 8 AAA', /base 64/],
  ['DNSKEY', '256 3 8 AB==', /base 64/],
  ['DNSKEY', '256 3 8 A=A=', /base 64/],
  ['DNSKEY', '256 3 8', /public key/],
  ['RRSIG', 'A 8 2 3600 20380132000000 1 1 a. AA==', /expiration/],
  ['NSEC', 'a.', /record type/],
  ['NSEC', 'a. A FOO', /record type, found 'FOO'/],
  ['NSEC3', '1 0 0 - 2W A', /base32hex/],
  ['NSEC3PARAM', '1 0 0 ABC', /even number/],
  ['SSHFP', '1 1 AB', /20 octets/],
  ['CAA', '0 is-sue "x"', /property tag/],
  ['URI', '1 1 ""', /a URI/],
  ['LOC', '91 N 0 E 0', /latitude/],
  ['LOC', '90 0 0.001 N 0 E 0', /90 degrees/],
  ['LOC', '1 60 N 0 E 0', /minutes/],
  ['LOC', '1 N 0 E -100000.01', /altitude/],
  ['LOC', '1 N 0 E 0 90000001', /size/],
  ['LOC', '1 X 0 E 0', /N or S/],
  ['SVCB', '1 . alpn', /alpn/],
  ['SVCB', '1 . key65535=x', /key=value/],
  ['SVCB', '1 . key01=x', /key=value/],
  ['SVCB', '1 . port=65536', /port/],
  ['SVCB', '1 . "alpn=h2"', /key=value/],
  ['SVCB', '1 . key3="abc"', /port/],
];

describe('RDATA text that is refused', () => {
  it.each(REFUSED)('%s %s', (type, text, message) => {
    expect(() => parseRdataText(typeOfMnemonic(type) ?? 0, text)).toThrow(message);
  });

  it('names the token that was wrong', () => {
    expect(() => parseRdataText(TYPE.SOA, 'a. b. 1 2 x 4 5')).toThrow(
      expect.objectContaining({ code: 'RDATA_INVALID', token: 4 }),
    );
  });
});
