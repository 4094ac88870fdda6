/** Semantic checks of a zone: every finding with its code, severity and place. */
import { describe, expect, it } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { ZoneChecker } from '#dns/zone/check-zone.ts';
import { type Finding, FindingList, hasErrors } from '#dns/zone/finding.ts';
import { loadText, ORIGIN } from '../../../kit/zonefile-text.ts';

const HEAD = `$TTL 300
@ SOA ns h 1 2 3 4 5
@ NS ns
ns A 192.0.2.1
`;
const DS = 'DS 1 8 2 E2D3C916F6DEEAC73294E8268FB5885044A833FC5459588F4A9184CFC41A5766';

/** `SEVERITY CODE LINE` of each finding, lines counted from the one behind the head. */
async function check(lines: string, head = HEAD): Promise<string[]> {
  const zone = await loadText(head + lines);
  const headLines = head.split('\n').length - 1;
  return zone.findings.map(
    ({ severity, code, place }) => `${severity} ${code} ${(place?.line ?? 0) - headLines}`,
  );
}

describe('a zone', () => {
  it('with SOA, NS and an address passes', async () => {
    expect(await check('')).toEqual([]);
  });

  it('needs an SOA and an NS at its apex', async () => {
    expect(await check('a TXT x\n', '$TTL 1\n')).toEqual([
      'error ZONE_SOA_MISSING 0',
      'error ZONE_NS_MISSING 0',
    ]);
  });

  it('has one SOA, at the apex', async () => {
    expect(await check('@ SOA ns h 2 2 3 4 5\n')).toEqual(['error ZONE_SOA_SEVERAL 1']);
    expect(await check('x SOA ns h 1 2 3 4 5\n')).toEqual(['error ZONE_SOA_BELOW_APEX 1']);
  });

  it('holds only names at or below its apex', async () => {
    expect(await check('foo.org. TXT x\ncom. TXT x\n')).toEqual([
      'error ZONE_OUT_OF_ZONE 2',
      'error ZONE_OUT_OF_ZONE 1',
    ]);
  });

  it('merges a record given twice, and says so', async () => {
    expect(await check('a TXT x\nb TXT y\na TXT x\n')).toEqual(['warning ZONE_DUPLICATE 3']);
  });

  it('has one TTL per RRset, the smallest', async () => {
    expect(await check('a 300 TXT x\na 200 TXT y\n')).toEqual(['warning ZONE_TTL_DIFFERS 2']);
  });
});

describe('aliases', () => {
  it('stand alone', async () => {
    expect(await check('c CNAME ns\nc TXT x\n')).toEqual(['error ZONE_CNAME_NOT_ALONE 1']);
    expect(await check('c CNAME ns\nc NSEC d CNAME NSEC\n')).toEqual([]);
  });

  it('are single', async () => {
    expect(await check('c CNAME ns\nc CNAME x\n')).toEqual(['error ZONE_ALIAS_SEVERAL 2']);
    expect(await check('c DNAME ns\nc DNAME x\n')).toEqual(['error ZONE_ALIAS_SEVERAL 2']);
    expect(await check('c CNAME ns\nc CNAME NS\n')).toEqual(['warning ZONE_DUPLICATE 2']);
  });

  it('of the kind DNAME cover everything below', async () => {
    expect(await check('d DNAME x.\na.b.d TXT x\nd TXT x\ndd TXT x\n')).toEqual([
      'error ZONE_BELOW_DNAME 2',
    ]);
  });

  it('of the kind DNAME at the apex leave room for NSEC3', async () => {
    const apex = '$TTL 1\n@ SOA ns.x. h 1 2 3 4 5\n@ NS ns.x.\n@ DNAME y.\n';
    const nsec3 =
      '0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM NSEC3 1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A\n';
    expect(await check(nsec3, apex)).toEqual([]);
  });

  it('of the kind DNAME mean nothing at a zone cut, and glue may stand below that', async () => {
    expect(await check('d DNAME x.\nd NS ns.d\nns.d A 192.0.2.1\n')).toEqual([
      'warning ZONE_OCCLUDED 1',
    ]);
  });
});

describe('delegations', () => {
  it('with glue pass', async () => {
    expect(await check('sub NS ns.sub\nns.sub AAAA 2001:db8::1\n')).toEqual([]);
    expect(await check(`sub NS sub\nsub A 192.0.2.1\nsub ${DS}\n`)).toEqual([]);
  });

  it('without required or sibling glue are said', async () => {
    expect(await check('sub NS ns.sub\n')).toEqual(['warning ZONE_GLUE_MISSING 1']);
    expect(await check('a NS ns.b\nb NS ns.b\n')).toEqual([
      'warning ZONE_GLUE_SIBLING_MISSING 1',
      'warning ZONE_GLUE_MISSING 2',
    ]);
  });

  it('hide what is at and below them, addresses apart', async () => {
    expect(
      await check('sub NS ns\nsub TXT x\na.b.sub TXT x\nns.sub A 192.0.2.1\nsubb TXT x\n'),
    ).toEqual(['warning ZONE_OCCLUDED 2', 'warning ZONE_OCCLUDED 3']);
  });

  it('carry DS; other names and the apex do not', async () => {
    expect(await check(`a ${DS}\n`)).toEqual(['warning ZONE_DS_WITHOUT_NS 1']);
    expect(await check(`@ ${DS}\n`)).toEqual(['error ZONE_DS_AT_APEX 1']);
  });

  it('by wildcard have no meaning', async () => {
    expect(await check('*.w NS ns\n*.v DNAME x.\n')).toEqual([
      'warning ZONE_WILDCARD 2',
      'warning ZONE_WILDCARD 1',
    ]);
  });
});

describe('targets', () => {
  it('of the apex NS must have an address here', async () => {
    expect(await check('@ NS nope\n')).toEqual(['error ZONE_TARGET_NO_ADDRESS 1']);
    expect(await check('@ NS c\nc CNAME ns\n')).toEqual(['error ZONE_TARGET_ALIAS 1']);
    expect(await check('@ NS a.d\nd DNAME x.\n')).toEqual(['error ZONE_TARGET_ALIAS 1']);
  });

  it('of other records are warned of, each at its own line', async () => {
    expect(await check('s NS nope\n')).toEqual(['warning ZONE_TARGET_NO_ADDRESS 1']);
    expect(await check('m MX 1 ns\nm MX 2 nope\n')).toEqual(['warning ZONE_TARGET_NO_ADDRESS 2']);
    expect(await check('_x._tcp SRV 1 2 3 c\nc CNAME ns\n')).toEqual([
      'warning ZONE_TARGET_ALIAS 1',
    ]);
  });

  it('outside the zone, below a wildcard, or "no service" are fine', async () => {
    expect(await check('m MX 1 mail.example.org.\n')).toEqual([]);
    expect(await check('m MX 1 a.w\n*.w A 192.0.2.1\n')).toEqual([]);
    expect(await check('m MX 0 .\n_x._tcp SRV 0 0 0 .\n')).toEqual([]);
  });
});

describe('host names', () => {
  it('are letters, digits and hyphens inside', async () => {
    expect(await check('a_b A 192.0.2.1\n-a AAAA ::1\nb- MX 1 ns\n*.x A 192.0.2.1\n')).toEqual([
      'warning ZONE_HOSTNAME 2',
      'warning ZONE_HOSTNAME 1',
      'warning ZONE_HOSTNAME 3',
    ]);
    expect(await check('m MX 1 a_b\na_b TXT x\n_dmarc TXT x\n')).toEqual([
      'warning ZONE_HOSTNAME 1',
      'warning ZONE_TARGET_NO_ADDRESS 1',
    ]);
  });
});

describe('ZoneChecker', () => {
  it('fed by hand, finds TTLs above 2^31-1 and obeys the severities it is given', () => {
    const findings: Finding[] = [];
    const zone = { has: (): boolean => false };
    const report = (finding: Finding): void => void findings.push(finding);
    const checker = new ZoneChecker(ORIGIN, zone, report, { missingNs: 'warning' });
    const soa = new Uint8Array(22);
    checker.node({
      owner: ORIGIN,
      rrsets: [{ owner: ORIGIN, type: TYPE.SOA, ttl: 2 ** 31, rdatas: [soa] }],
    });
    checker.finish();
    expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'error ZONE_TTL',
      'warning ZONE_NS_MISSING',
    ]);
    expect(hasErrors(findings)).toBe(true);
  });

  it('says that a signature covers nothing', async () => {
    const rrsig = 'RRSIG AAAA 8 3 300 20380101000000 20260101000000 1 example.com. AAAA';
    expect(await check(`ns ${rrsig}\n`)).toEqual(['warning ZONE_RRSIG_ALONE 1']);
  });
});

describe('FindingList', () => {
  it('counts what it does not keep, and warnings never push out an error', () => {
    const list = new FindingList(2);
    const owner = parseName('x.');
    for (let count = 0; count < 5; count++) {
      list.add({ severity: 'warning', code: 'ZONE_HOSTNAME', message: 'w', owner });
    }
    list.add({ severity: 'error', code: 'ZONE_TTL', message: 'e', owner });
    expect(list.findings.map(({ severity }) => severity)).toEqual(['warning', 'warning', 'error']);
    expect(list.omittedCount).toBe(3);
  });
});
