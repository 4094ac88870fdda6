// Master files: zone -> text -> zone is the identity, however the text is cut into pieces, and no
// octets raise anything but the reader's own reports.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareNames, nameKey, ROOT } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { ResourceRecord } from '#dns/wire/record.ts';
import type { ZoneNode } from '#dns/zone/node.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import { buildRrset, signatureTtl } from '#dns/zone/rrset-builder.ts';
import { loadZonefile } from '#dns/zonefile/load-zonefile.ts';
import { parseZonefile } from '#dns/zonefile/parse-zonefile.ts';
import { ZoneTable } from '#dns/zonefile/zone-table.ts';
import { printZone } from '#dns/zonefile/zonefile-printer.ts';
import { arbitraryRecord } from '../../../kit/arbitrary-records.ts';
import { pieces, readText } from '../../../kit/zonefile-text.ts';

const OPTIONS = { file: 'f', origin: ROOT, includes: false as const };

/** Nodes in canonical order from records in any order. */
function nodesOf(records: readonly ResourceRecord[]): ZoneNode[] {
  const byOwner = Map.groupBy(records, ({ owner }) => nameKey(owner));
  const nodes = [...byOwner.values()].map((list) => nodeOf(list));
  return nodes.sort((a, b) => compareNames(a.owner, b.owner));
}

function nodeOf(records: ResourceRecord[]): ZoneNode {
  const [{ owner }] = records;
  const byType = [...Map.groupBy(records, ({ type }) => type)].sort(([a], [b]) => a - b);
  const rrsets = byType.map(([type, list]) => {
    const ttls = list.map(({ ttl }) => ttl);
    return buildRrset(
      owner,
      type,
      ttls,
      list.map(({ rdata }) => new Uint8Array(rdata)),
    ).rrset;
  });
  const rrsig = rrsets.find(({ type }) => type === TYPE.RRSIG);
  if (rrsig !== undefined) rrsig.ttl = smallestSignatureTtl(rrsets, rrsig);
  return { owner, rrsets };
}

function smallestSignatureTtl(rrsets: Rrset[], rrsig: Rrset): number {
  return Math.min(...rrsig.rdatas.map((rdata) => signatureTtl(rrsets, rrsig, rdata)));
}

async function print(nodes: Iterable<ZoneNode>): Promise<string> {
  let text = '';
  for await (const piece of printZone(nodes)) text += piece;
  return text;
}

describe('a zone', () => {
  it('survives being printed and read', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryRecord, { maxLength: 12 }), async (records) => {
        const nodes = nodesOf(records);
        const table = new ZoneTable();
        const text = await print(nodes);
        const { errors } = await parseZonefile(pieces(text, 100), OPTIONS, table);
        expect(errors).toEqual([]);
        table.seal();
        const read = [...table.nodes()].map(({ owner, rrsets }) => ({ owner, rrsets }));
        expect(read).toEqual(nodes);
        expect(await print(read)).toBe(text);
      }),
      { numRuns: 150 },
    );
  });
});

const WORDS =
  `@|a| |\t|\n|\r\n|( |) |"|\\|;|. |$ORIGIN |$TTL |$INCLUDE f |$GENERATE 1-3 |$|\${|}|60 |1h |IN |
CH |A |NS |SOA a b 1 2 3 4 5 |TXT |MX 10 |\\# 4 |TYPE65280 |192.0.2.1 |RRSIG |SVCB 1 . alpn=h2 |
\\065|\\999|\ufeff|\0|${'x'.repeat(300)}`.split('|');

/** Pieces of master files that make the reader take its turns. */
const SCRAP = fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 4, unit: 'binary' }));

const scraps = fc.array(SCRAP, { maxLength: 40 }).map((list) => list.join(''));

describe('the reader', () => {
  it('takes any octets, and reports what it cannot read with a place in the file', async () => {
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      scraps.map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(octets, async (bytes) => {
        const { findings } = await loadZonefile(pieces(new Uint8Array(bytes), 50), OPTIONS);
        for (const { code, place } of findings) {
          expect(code).toMatch(/^[A-Z]+(_[A-Z0-9]+)+$/);
          expect(place?.line).toBeGreaterThan(0);
          expect(place?.column).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('reads the same whatever pieces the octets come in', async () => {
    await fc.assert(
      fc.asyncProperty(scraps, fc.integer({ min: 1, max: 20 }), async (text, size) => {
        const { files: _, ...whole } = await readText(text);
        expect(await readText(text, {}, size)).toMatchObject(whole);
      }),
      { numRuns: 2000 },
    );
  });
});
