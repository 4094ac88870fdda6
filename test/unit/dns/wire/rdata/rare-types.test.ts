// Text, wire and canonical text of the types that few zones have, from the examples of their RFCs.
import { describe, expect, it } from 'vitest';
import { formatHex } from '#base/bytes.ts';
import { parseName } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { checkRdata, formatRdata, typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import { RARE_RDATA } from '../../../../kit/rare-rdata.ts';

const ORIGIN = parseName('example.');
describe('RDATA of the rarer types', () => {
  it.each(RARE_RDATA)('%s %s', (type, text, wire, printed) => {
    const code = typeOfMnemonic(type) ?? 0;
    const rdata = parseRdataText(code, text, ORIGIN);
    expect(formatHex(rdata)).toBe(wire.replaceAll(' ', ''));
    expect(formatRdata(code, rdata)).toBe(printed ?? text);
    expect(parseRdataText(code, printed ?? text)).toEqual(rdata);
    expect(() => checkRdata(code, rdata)).not.toThrow();
  });
});

const REFUSED: [string, string, RegExp][] = [
  ['MB', '', /a host/],
  ['MINFO', 'a.', /errors/],
  ['WKS', '10.0.0 6', /IPv4/],
  ['WKS', '10.0.0.1 foo', /a protocol/],
  ['WKS', '10.0.0.1 6 foo', /a port/],
  ['WKS', '10.0.0.1 6 65536', /a port/],
  ['AFSDB', 'a.', /a subtype/],
  ['X25', '311', /four digits/],
  ['X25', '31106a', /four digits/],
  ['ISDN', '1 2 3', /the end/],
  ['RT', '65536 a.', /a preference/],
  ['NSAP', '47.0005', /an address like/],
  ['NSAP', '0x470', /an address like/],
  ['NSAP', '0x.', /an address like/],
  ['SIG', 'FOO 1 3 3600 1 1 1 a. AA==', /the type covered/],
  ['KEY', '256 3 5', /is missing/],
  ['KEY', '49152 3 5 AQPS', /there is no key/],
  ['KEY', 'ZONE|FOO 3 5 AQPS', /key flags/],
  ['KEY', '256 FOO 5 AQPS', /a protocol/],
  ['RKEY', '1 3 5 AQPS', /not zero/],
  ['PX', '1 a.', /X.400/],
  ['GPOS', '1 2', /an altitude/],
  ['NXT', 'a. TYPE128', /from 1 to 127/],
  ['NXT', 'a. FOO', /from 1 to 127/],
  ['EID', 'abc', /even number/],
  ['ATMA', '.39', /an address like/],
  ['ATMA', '39..24', /an address like/],
  ['ATMA', '+', /an address like/],
  ['ATMA', '+.3', /an address like/],
  ['ATMA', '+3a', /an address like/],
  ['CERT', 'FOO 0 0 AAAA', /a kind of certificate/],
  ['CERT', 'PGP 0 FOO AAAA', /an algorithm/],
  ['CERT', 'PGP 0 0', /a certificate/],
  ['A6', '129 a.', /a prefix length/],
  ['A6', '64 1.2.3.4 a.', /an address suffix/],
  ['A6', '0 ::1 a.', /the end/],
  ['APL', '3:192.0.2.0/24', /an address prefix like/],
  ['APL', '1:192.0.2.0', /an address prefix like/],
  ['APL', '1:192.0.2.0/33', /of its family/],
  ['APL', '2:192.0.2.0/24', /of its family/],
  ['IPSECKEY', '1 4 2 . AAAA', /a known kind/],
  ['IPSECKEY', '1 0 2 x. AAAA', /'\.' for no gateway/],
  ['IPSECKEY', '1 1 2 2001:db8::1 AAAA', /IPv4/],
  ['HIP', '2 ABC AAAA', /identity tag/],
  ['HIP', '2 AB AAA', /a public key/],
  ['HIP', '2 AB', /a public key/],
  ['DHCID', '', /an identifier/],
  ['SMIMEA', '3 0 0', /certificate data/],
  ['CSYNC', '1 2 FOO', /a record type/],
  ['ZONEMD', '1 1 1 AB', /has not 1 octets/],
  ['ZONEMD', '1 1 240 AB', /has not 1 octets/],
  ['DSYNC', 'CDS FOO 53 a.', /a scheme/],
  ['NID', '1 ::1', /a node identifier/],
  ['L64', '1 2001:db8:1140:10000', /a locator/],
  ['L32', '1 10.1.02.0', /IPv4/],
  ['EUI48', '00-00-5e-00-53', /EUI-48 of 6 octets/],
  ['EUI64', '00-00-5e-ef-10-00-00-2g', /EUI-64 of 8 octets/],
  ['DOA', '1 2 3 ""', /data in base 64, or '-'/],
  ['DOA', '1 2 3 "" - x', /the end/],
  ['AMTRELAY', '1 2 0 .', /optional discovery/],
  ['AMTRELAY', '1 0 4 .', /a known kind/],
  ['AMTRELAY', '1 0 0', /a gateway/],
  ['IPN', '18446744073709551616', /64 bits/],
  ['IPN', '4294967296.0', /64 bits/],
  ['IPN', '1.2.3', /64 bits/],
  ['TA', '1 8 2 ABCD', /32 octets/],
  ['DLV', '1 8 2 ABCD', /32 octets/],
  ['SVCB', '1 . pvd=x', /pvd/],
  ['SVCB', '1 . docpath=a,,b', /docpath/],
  ['NULL', 'abc', /\\# LENGTH HEX/],
];

describe('text of the rarer types that is refused', () => {
  it.each(REFUSED)('%s %s', (type, text, message) => {
    expect(() => parseRdataText(typeOfMnemonic(type) ?? 0, text)).toThrow(message);
  });
});

const BAD_WIRE: [string, string][] = [
  ['MINFO', '00'],
  ['WKS', '0a000001'],
  ['WKS', '0a000001 06 4000'],
  ['AFSDB', '0001'],
  ['X25', '03313233'],
  ['X25', '0431323361'],
  ['ISDN', ''],
  ['ISDN', '0131 0132 0133'],
  ['NSAP', ''],
  ['NSAP-PTR', '0161'],
  ['KEY', '0100 03 05'],
  ['KEY', 'c000 03 05 00'],
  ['RKEY', '0100 03 05 00'],
  ['PX', '0001 00'],
  ['GPOS', '0131 0132'],
  ['NXT', '00 80'],
  ['NXT', '00 4000'],
  ['NXT', '00 40000000000000000000000000000000 01'],
  ['EID', ''],
  ['ATMA', '00'],
  ['ATMA', '01 3a'],
  ['CERT', '0001 0000 00'],
  ['A6', '81 00'],
  ['A6', '40 00000000000000 00'],
  ['A6', '43 ff00000000000000 00'],
  ['SINK', '01 02'],
  ['APL', '000108'],
  ['APL', '0001 08 02 c0'],
  ['APL', '0001 08 02 c000'],
  ['APL', '0001 21 01 c0'],
  ['APL', '0001 20 05 0102030405'],
  ['IPSECKEY', '0a 01 02 c00002'],
  ['IPSECKEY', '0a 03 02 0161'],
  ['HIP', '00 02 0001 ab'],
  ['HIP', '01 02 0000 ab'],
  ['HIP', '01 02 0002 ab 01'],
  ['HIP', '01 02 0001 ab 01 0161'],
  ['CSYNC', '00000042 0003 0001'],
  ['ZONEMD', '00000001 01 01 00'],
  ['DSYNC', '003b 01 0035'],
  ['NID', '000a 00144fffff20ee'],
  ['NID', '000a 00144fffff20ee6400'],
  ['EUI48', '00005e0053'],
  ['EUI64', '00005e00532a'],
  ['DOA', '00000001 00000002 03 05'],
  ['AMTRELAY', '0a'],
  ['AMTRELAY', '0a 00 00'],
  ['AMTRELAY', '0a 01 cb0071'],
  ['IPN', '00000000000000'],
  ['TA', '0001 08 02 abcd'],
  ['WALLET', '02 61'],
  ['SVCB', '0001 00 000b 0001 00'],
  ['SVCB', '0001 00 000a 0001 00'],
];

describe('octets of the rarer types that are refused', () => {
  it.each(BAD_WIRE)('%s %s', (type, wire) => {
    const rdata = new Uint8Array(Buffer.from(wire.replaceAll(' ', ''), 'hex'));
    expect(() => checkRdata(typeOfMnemonic(type) ?? 0, rdata)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^WIRE_/) }),
    );
  });
});
