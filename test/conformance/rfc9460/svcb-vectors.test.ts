// RFC 9460 appendix D: the test vectors of SVCB and HTTPS, good and bad.
import { describe, expect, it } from 'vitest';
import { formatHex } from '#base/bytes.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { checkRdata, formatRdata } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';

const FOO = '03666f6f 076578616d706c65 03636f6d 00';
const FOO_ORG = '03666f6f 076578616d706c65 036f7267 00';
const EXAMPLE = '076578616d706c65 03636f6d 00';

/** Title, text, wire, canonical text where another. */
const GOOD: [string, string, string, string?][] = [
  ['D.1 AliasMode', '0 foo.example.com.', `0000 ${FOO}`],
  ['D.2 the owner as target', '1 .', '0001 00'],
  ['D.2 a port', '16 foo.example.com. port=53', `0010 ${FOO} 0003 0002 0035`],
  [
    'D.2 a generic key',
    '1 foo.example.com. key667=hello',
    `0001 ${FOO} 029b 0005 68656c6c6f`,
    '1 foo.example.com. key667="hello"',
  ],
  [
    'D.2 a generic key with an escape',
    String.raw`1 foo.example.com. key667="hello\210qoo"`,
    `0001 ${FOO} 029b 0009 68656c6c6fd2716f6f`,
  ],
  [
    'D.2 two quoted IPv6 hints',
    '1 foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1"',
    `0001 ${FOO} 0006 0020 20010db8000000000000000000000001 20010db8000000000000000000530001`,
    '1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1',
  ],
  [
    'D.2 an IPv6 hint with embedded IPv4',
    '1 example.com. ipv6hint="2001:db8:122:344::192.0.2.33"',
    `0001 ${EXAMPLE} 0006 0010 20010db80122034400000000c0000221`,
    '1 example.com. ipv6hint=2001:db8:122:344::c000:221',
  ],
  [
    'D.2 keys and mandatory keys out of order',
    '16 foo.example.org. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1',
    `0010 ${FOO_ORG} 0000 0004 0001 0004 0001 0009 026832 0568332d3139 0004 0004 c0000201`,
    '16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
  ],
  [
    'D.2 an escaped comma and backslash, quoted',
    String.raw`16 foo.example.org. alpn="f\\\\oo\\,bar,h2"`,
    `0010 ${FOO_ORG} 0001 000c 08665c6f6f2c626172 026832`,
  ],
  [
    'D.2 an escaped comma and backslash, unquoted',
    String.raw`16 foo.example.org. alpn=f\\\092oo\092,bar,h2`,
    `0010 ${FOO_ORG} 0001 000c 08665c6f6f2c626172 026832`,
    String.raw`16 foo.example.org. alpn="f\\\\oo\\,bar,h2"`,
  ],
];

const BAD: [string, string][] = [
  ['the same key twice', '1 foo.example.com. key123=abc key123=def'],
  ['mandatory without value', '1 foo.example.com. mandatory'],
  ['alpn without value', '1 foo.example.com. alpn'],
  ['port without value', '1 foo.example.com. port'],
  ['ipv4hint without value', '1 foo.example.com. ipv4hint'],
  ['ipv6hint without value', '1 foo.example.com. ipv6hint'],
  ['no-default-alpn with a value', '1 foo.example.com. no-default-alpn=abc'],
  ['a mandatory key that is missing', '1 foo.example.com. mandatory=key123'],
  ['mandatory in mandatory', '1 foo.example.com. mandatory=mandatory'],
  ['the same mandatory key twice', '1 foo.example.com. mandatory=key123,key123 key123=abc'],
  ['section 7.1.1: no-default-alpn without alpn', '1 foo.example.com. no-default-alpn'],
];

/** The same faults on the wire, behind priority 1 and the root as target. */
const BAD_WIRE: [string, string][] = [
  ['keys out of order', '0003 0002 0035 0001 0003 026832'],
  ['the same key twice', '0003 0002 0035 0003 0002 0035'],
  ['a value that is cut off', '0003 0003 0035'],
  ['a key that is cut off', '0003 00'],
  ['the invalid key 65535', 'ffff 0000'],
  ['a port of one octet', '0003 0001 35'],
  ['an empty alpn id', '0001 0001 00'],
  ['an alpn id that is cut off', '0001 0002 0268'],
  ['no address', '0004 0000'],
  ['an address and a half', '0004 0006 c00002010000'],
  ['a mandatory key that is missing', '0000 0002 0001'],
  ['mandatory in mandatory', '0000 0002 0000'],
  ['mandatory keys out of order', '0000 0004 0003 0001 0001 0003 026832 0003 0002 0035'],
  ['no-default-alpn with a value', '0001 0003 026832 0002 0001 00'],
  ['no-default-alpn without alpn', '0002 0000'],
];

function wireOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

describe.each([
  ['SVCB', TYPE.SVCB],
  ['HTTPS', TYPE.HTTPS],
])('RFC 9460 appendix D, %s', (_, type) => {
  it.each(GOOD)('%s', (_title, text, wire, printed) => {
    const rdata = parseRdataText(type, text);
    expect(formatHex(rdata)).toBe(wire.replaceAll(' ', ''));
    expect(formatRdata(type, rdata)).toBe(printed ?? text);
    expect(() => checkRdata(type, rdata)).not.toThrow();
  });

  it.each(BAD)('D.3 refuses %s', (_title, text) => {
    expect(() => parseRdataText(type, text)).toThrow(
      expect.objectContaining({ code: 'RDATA_INVALID' }),
    );
  });

  it.each(BAD_WIRE)('refuses on the wire %s', (_title, params) => {
    expect(() => checkRdata(type, wireOf(`0001 00 ${params}`))).toThrow(
      expect.objectContaining({ code: 'WIRE_RDATA' }),
    );
  });
});
