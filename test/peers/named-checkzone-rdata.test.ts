/**
 * RDATA against BIND: one zone with records of every type that it knows goes through
 * named-checkzone, which gives it back as text and, in its raw format, as wire octets. Ours must be
 * the same in both.
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { formatHex } from '#base/bytes.ts';
import { formatName, parseName } from '#dns/wire/name.ts';
import { readName } from '#dns/wire/name-wire.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { formatRdata, formatTypeCode, typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import { findPeer, peersMissing } from '../kit/peers.ts';
import { RARE_RDATA } from '../kit/rare-rdata.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';

const ORIGIN = parseName('example.');
const KEY =
  'oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTrPYGv07h108dUKGMeDPKijVCHX3DDKdfb+v6oB9wfuh3DTJXUAfI=';

/** Each record has an owner of its own but for SOA and NS. BIND 9.18 knows SvcParamKeys 0 to 6. */
const CONTENTS: [string, string][] = [
  ['A', '192.0.2.1'],
  ['A', '255.255.255.255'],
  ['A', '\\# 4 c0000201'],
  ['AAAA', '::'],
  ['AAAA', '::1'],
  ['AAAA', '::1:2'],
  ['AAAA', '::1.2.3.4'],
  ['AAAA', '::FFFF:1.2.3.4'],
  ['AAAA', '64:ff9b::192.0.2.33'],
  ['AAAA', '2001:db8:0:0:1:0:0:1'],
  ['AAAA', '2001:DB8:0:1:1:1:1:1'],
  ['AAAA', '1:0:0:2:0:0:0:3'],
  ['AAAA', 'fe80::'],
  ['CNAME', 'a\\.b.c\\000\\255\\@.example.'],
  ['CNAME', 'UPPER.Example.'],
  ['CNAME', '@'],
  ['PTR', '\\"\\$\\;\\(\\)\\\\x.example.'],
  ['DNAME', 'other.test.'],
  ['MX', '0 .'],
  ['MX', '65535 mail'],
  ['TXT', '"a b;\\"\\\\x\\255" foo @ "$(x)" ""'],
  ['TXT', 'foo="bar"'],
  ['TXT', '\\a\\;\\032'],
  ['TXT', `"${'x'.repeat(255)}"`],
  ['SPF', '"v=spf1 -all"'],
  ['HINFO', 'Intel "Li nux"'],
  ['RP', 'john\\.doe.example. .'],
  ['SRV', '0 5 5060 sip'],
  ['SRV', '65535 65535 65535 .'],
  ['NAPTR', '100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .'],
  ['NAPTR', '100 50 "s" "http+I2L" "" _http._tcp'],
  ['CAA', '0 issue "letsencrypt.org; a=b"'],
  ['CAA', '128 tbs ""'],
  ['CAA', '0 iodef mailto:a@b.example'],
  ['URI', '10 1 "ftp://ftp.example/x y\\255"'],
  ['LOC', '42 21 54 N 71 06 18 W -24m 30m'],
  ['LOC', '42 N 71 W 0'],
  ['LOC', '42 21 43.952 N 71 5 6.344 W -24m 1m 200m'],
  ['LOC', '52 14 05 S 00 08 50 E 10m 90000000m 0.01m 0.1m'],
  ['LOC', '90 S 180 E -100000m 0 0 0'],
  ['LOC', '0 0 0.001 N 0 0 59.999 E 42849672.95m 12m 2.5m 25m'],
  [
    'DS',
    '12345 RSASHA256 SHA-256 CDA8B5CAE6ADC4A8F5A0DA4E2AAF1A7D D76D9F7D3C7D96A1E65E7E1EC7B1B9A1',
  ],
  ['DS', '60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118'],
  ['DS', '12345 8 99 abcdef'],
  ['CDS', '0 0 0 00'],
  ['CDNSKEY', '0 3 0 AA=='],
  ['DNSKEY', `256 3 ECDSAP256SHA256 ${KEY.slice(0, 30)} ${KEY.slice(30)}`],
  ['DNSKEY', '257 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3'],
  ['RRSIG', `A 13 2 3600 20380119031407 2147483640 12345 example. ${KEY}`],
  ['RRSIG', 'TYPE65280 RSASHA1 0 0 19700101000000 20240229235959 0 . AA=='],
  ['NSEC', 'a A NS TYPE1234 CAA AFSDB NSEC RRSIG TYPE65535'],
  ['NSEC3PARAM', '1 0 10 aabb'],
  ['NSEC3PARAM', '1 0 10 -'],
  ['NSEC3', '1 1 12 aabbccdd 2vptu5timamqttgl4luu9kg21e0aor3s MX RRSIG'],
  ['NSEC3', '1 0 0 - 2vptu5timamqttgl4luu9kg21e0aor3s'],
  ['TLSA', '3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971'],
  ['TLSA', '0 0 0 ab cd'],
  ['SSHFP', '2 1 123456789abcdef67890123456789abcdef67890'],
  ['SSHFP', '4 2 123456789abcdef67890123456789abcdef67890123456789abcdef678901234'],
  ['SVCB', '0 foo'],
  ['SVCB', '16 foo port=53'],
  ['SVCB', '1 . alpn="f\\\\\\\\oo\\\\,bar,h2"'],
  ['SVCB', '1 . key667="hello\\210qoo" key668 key669=""'],
  [
    'HTTPS',
    '1 . alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1,192.0.2.2 no-default-alpn',
  ],
  ['HTTPS', '1 . ech=AAAA ipv6hint="2001:db8::1,::ffff:1.2.3.4" port=65535'],
  ['TYPE65280', '\\# 4 0a00 0001'],
  ['TYPE65281', '\\# 0'],
];

/** Rarer records that BIND 9.18 refuses or prints differently, by content and why. */
const KNOWN_DIFFERENCES: ReadonlyMap<string, string> = new Map([
  ['', 'an empty APL is printed as nothing, which only a parser that knows the type can read'],
  ['OID 2 DSA-NSEC3-SHA1 AAAA', 'BIND knows the algorithm only as NSEC3DSA'],
  ['\\# 5 0A09020102', 'a gateway type that is not registered is refused'],
  ['10 2 0 2001:db8::1', 'IPSECKEY without a key is refused; RFC 4025 section 2.5 allows it'],
]);

/** Types of the rarer records that BIND 9.18 does not know, or refuses as obsolete (MD, MF). */
const UNKNOWN_TO_BIND = new Set(['CLA', 'IPN', 'MD', 'MF', 'SVCB']);

/** The rarer records, less those whose text BIND has otherwise. */
const RARE_CONTENTS = RARE_RDATA.filter(
  ([mnemonic, content]) => !UNKNOWN_TO_BIND.has(mnemonic) && !KNOWN_DIFFERENCES.has(content),
).map(([mnemonic, content]): [string, string] => [mnemonic, content]);

const SOA = 'ns hostmaster 4294967295 1h30m 15m 1w 1d';

interface Line {
  owner: string;
  type: number;
  content: string;
}

function buildLines(): Line[] {
  const lines: Line[] = [
    { owner: 'example.', type: 6, content: SOA },
    { owner: 'example.', type: 2, content: 'ns' },
    { owner: 'ns.example.', type: 1, content: '192.0.2.53' },
  ];
  [...CONTENTS, ...RARE_CONTENTS].forEach(([mnemonic, content], index) => {
    lines.push({ owner: `r${index}.example.`, type: typeOfMnemonic(mnemonic) ?? 0, content });
  });
  return lines;
}

/** Runs named-checkzone over the lines and gives what it writes in a format. */
async function dump(lines: readonly Line[], format: 'text' | 'raw'): Promise<Buffer> {
  const folder = await temporaryFolder();
  const source = join(folder, 'zone');
  const target = join(folder, `zone.${format}`);
  const text = lines.map(
    ({ owner, type, content }) => `${owner} 300 IN ${formatTypeCode(type)} ${content}\n`,
  );
  await writeFile(source, `$ORIGIN example.\n${text.join('')}`);
  const program = findPeer('named-checkzone') ?? 'named-checkzone';
  const options = ['-i', 'none', '-k', 'ignore', '-F', format, '-s', 'full', '-o', target];
  await promisify(execFile)(program, ['-D', ...options, 'example.', source]);
  return readFile(target);
}

/**
 * BIND's raw format, version 1: 24 octets of header, then per RRset its size (32), class, type and
 * covered type (16), TTL and record count (32), name size (16), name, and per record size (16) and
 * RDATA.
 */
function readRaw(raw: Buffer): string[] {
  const found: string[] = [];
  let at = 24;
  while (at < raw.length) {
    const end = at + raw.readUInt32BE(at);
    const type = raw.readUInt16BE(at + 6);
    const count = raw.readUInt32BE(at + 14);
    const owner = formatName(readName(raw.subarray(at + 20, end), 0));
    let recordAt = at + 20 + raw.readUInt16BE(at + 18);
    for (let index = 0; index < count; index++) {
      const size = raw.readUInt16BE(recordAt);
      found.push(`${owner} ${type} ${formatHex(raw.subarray(recordAt + 2, recordAt + 2 + size))}`);
      recordAt += 2 + size;
    }
    at = end;
  }
  return found;
}

/** BIND breaks long hexadecimal and base 64 with a blank, and has two in an A6 without suffix. */
function unbroken(line: string): string {
  return line.replace(/ A6 128 {2}/, ' A6 128 ').replaceAll(/(?<=[0-9A-Za-z+/]{48}) /g, '');
}

describe.skipIf(peersMissing('named-checkzone'))('RDATA and named-checkzone', () => {
  it('agree on the octets of every record', async () => {
    const lines = buildLines();
    const theirs = readRaw(await dump(lines, 'raw'));
    const ours = lines.map(
      ({ owner, type, content }) =>
        `${owner} ${type} ${formatHex(parseRdataText(type, content, ORIGIN))}`,
    );
    expect(ours.toSorted()).toEqual(theirs.toSorted());
  });

  it('agree on the canonical text of every record', async () => {
    const lines = buildLines();
    const theirs = (await dump(lines, 'text'))
      .toString('latin1')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(';'))
      .map((line) => line.replace(/^(\S+)\s+\d+\s+IN\s+(\S+)\s+/, '$1 $2 '));
    const ours = lines.map(({ owner, type, content }) => {
      const rdata = parseRdataText(type, content, ORIGIN);
      return `${owner} ${formatTypeCode(type)} ${formatRdata(type, rdata)}`;
    });
    expect(ours.map(unbroken).toSorted()).toEqual(theirs.map(unbroken).toSorted());
  });
});
