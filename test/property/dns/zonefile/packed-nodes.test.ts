// Packed nodes are the nodes: the same RRsets, the same findings, the same image, whatever order,
// case, repetition and TTLs the records of the file came in.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { ZoneChecker } from '#dns/zone/check-zone.ts';
import type { Finding } from '#dns/zone/finding.ts';
import type { PackedNode } from '#dns/zone/packed-node.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import type { LoadedZone } from '#dns/zonefile/load-zonefile.ts';
import { ImageFixture, makeWriter } from '../../../kit/image-fixture.ts';
import { loadText } from '../../../kit/zonefile-text.ts';

const ORIGIN = parseName('x.');
const OWNERS = ['a', 'b', 'ns1.a', 'NS1.A', 'A', 'c.b', '*', '_h.a', 'd', 'e.d', 'q.w'];
const TARGETS = [...OWNERS, 'x.', 'host.y.', 'Host.Y.', 'no_host.y.'];

const data = fc.oneof(
  fc.constantFrom('A 192.0.2.1', 'A 192.0.2.2', 'AAAA 2001:db8::1', 'TXT one', 'TXT One'),
  fc.constantFrom(`DS 1 13 2 ${'ab'.repeat(32)}`, `NSEC b.x. A RRSIG`, 'NSEC3PARAM 1 0 0 -'),
  fc
    .tuple(fc.constantFrom('NS', 'NS', 'NS', 'MX 1', 'CNAME', 'DNAME'), fc.constantFrom(...TARGETS))
    .map(([type, target]) => `${type} ${target}`),
  fc
    .constantFrom('NS', 'A', 'DS', 'NSEC')
    .map((type) => `RRSIG ${type} 13 1 60 20300101000000 20200101000000 1 x. AAAA`),
);
const record = fc
  .tuple(fc.constantFrom(...OWNERS), fc.constantFrom(60, 60, 60, 120), data)
  .map((parts) => parts.join(' '));
const APEX = '@ 60 SOA ns.y. h.y. 1 2 3 4 5\n@ 60 NS ns.y.\n';
const zoneText = fc.array(record, { maxLength: 40 }).map((lines) => `${APEX}${lines.join('\n')}\n`);

function unpack(node: PackedNode): Rrset[] {
  const rrsets: Rrset[] = [];
  for (let from = 0; from < node.count; from = node.rrsetEnd(from)) {
    const end = node.rrsetEnd(from);
    const rdatas: Uint8Array[] = [];
    for (let at = from; at < end; at++) rdatas.push(node.rdata(at).slice());
    rrsets.push({
      owner: node.owner.slice(),
      type: node.types[from],
      ttl: node.ttls[from],
      rdatas,
    });
  }
  return rrsets;
}

/** Findings of the checker when it looks at every node. */
function checkAll({ table }: LoadedZone): Finding[] {
  const findings: Finding[] = [];
  const checker = new ZoneChecker(ORIGIN, table, (finding) => findings.push(finding));
  for (const node of table.nodes()) checker.node(node);
  checker.finish();
  return findings;
}

function isMerge({ code }: Finding): boolean {
  return code === 'ZONE_DUPLICATE' || code === 'ZONE_TTL_DIFFERS';
}

describe('packed nodes', () => {
  it('hold what the nodes hold', async () => {
    await fc.assert(
      fc.asyncProperty(zoneText, async (text) => {
        const { table } = await loadText(text, ORIGIN);
        const packed: Rrset[] = [];
        for (const { node } of table.packedNodes()) packed.push(...unpack(node));
        expect(packed).toEqual([...table.rrsets()].map(plainRrset));
      }),
      { numRuns: 300 },
    );
  });

  it('are found at fault as the nodes are', async () => {
    await fc.assert(
      fc.asyncProperty(zoneText, async (text) => {
        const zone = await loadText(text, ORIGIN);
        const found = zone.findings.filter((finding) => !isMerge(finding));
        const messages = found.map(({ severity, message }) => `${severity} ${message}`);
        const all = checkAll(zone).map(({ severity, message }) => `${severity} ${message}`);
        expect(messages).toEqual(all);
        let isMerged = false;
        for (const { node } of zone.table.packedNodes()) isMerged ||= node.isMerged;
        expect(isMerged).toBe(zone.findings.some(isMerge));
      }),
      { numRuns: 500 },
    );
  });

  it('are answered as the nodes are', async () => {
    await fc.assert(
      fc.asyncProperty(zoneText, async (text) => {
        const zone = await loadText(text, ORIGIN);
        fc.pre(!zone.findings.some(({ code }) => code === 'ZONE_SOA_SEVERAL'));
        const [one, other] = [makeWriter(), makeWriter()];
        const slow = one.loadZone(ORIGIN);
        for (const rrset of zone.table.rrsets()) slow.add(rrset);
        slow.publish();
        const fast = other.loadZone(ORIGIN);
        fast.reserveNames(zone.table.runCount);
        for (const { node } of zone.table.packedNodes()) fast.addPacked(node);
        fast.publish();
        const fixtures = [new ImageFixture(one), new ImageFixture(other)];
        for (const owner of [...OWNERS, 'nx', 'y.a', 'ns1.a', '@']) {
          const name = owner === '@' ? 'x.' : `${owner}.x.`;
          for (const type of ['A', 'NS', 'DS', 'TXT', 'ANY']) {
            const [left, right] = fixtures.map((fixture) => fixture.dig(name, type));
            expect(right).toEqual(left);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

function plainRrset({ owner, type, ttl, rdatas }: Rrset): Rrset {
  return {
    owner: owner.slice(),
    type,
    ttl,
    rdatas: rdatas.map((rdata) => rdata.slice()),
  };
}
