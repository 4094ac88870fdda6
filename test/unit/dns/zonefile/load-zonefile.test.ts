/** Loading a zone whole: order, merging, findings with places, and printing it back. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatName, parseName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { loadZonefilePath } from '#dns/zonefile/load-zonefile.ts';
import { formatRrset, printZone } from '#dns/zonefile/zonefile-printer.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { findingLines, loadText, ORIGIN, printText } from '../../../kit/zonefile-text.ts';

const HEAD = '$TTL 300\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n';

function rrsig(type: string): string {
  return `RRSIG ${type} 13 2 300 20380101000000 20260101000000 1 example.com. AAAA`;
}

describe('loadZonefile', () => {
  it('gives nodes in canonical order and RRsets in order of type, wherever the file has them', async () => {
    const zone = await loadText(
      `z TXT z\nA.b TXT x\n*.b TXT x\n${HEAD}b MX 1 ns\nZ A 192.0.2.9\nb A 192.0.2.2\n`.replace(
        /^/,
        '$TTL 9\n',
      ),
    );
    const nodes = [...zone.table.nodes()].map(
      ({ owner, rrsets }) => `${formatName(owner)} ${rrsets.map(({ type }) => type).join(' ')}`,
    );
    expect(nodes).toEqual([
      'example.com. 2 6',
      'b.example.com. 1 15',
      '*.b.example.com. 16',
      'A.b.example.com. 16',
      'ns.example.com. 1',
      'z.example.com. 1 16',
    ]);
    expect(zone.isRefused).toBe(false);
  });

  it('knows what it holds, without regard to case', async () => {
    const { table } = await loadText(`${HEAD}a TXT x\nb TXT x\na MX 1 ns\n`);
    expect(table.has(parseName('A.EXAMPLE.com.'), TYPE.MX)).toBe(true);
    expect(table.has(parseName('a.example.com.'), TYPE.A)).toBe(false);
    expect(table.has(parseName('aa.example.com.'), TYPE.TXT)).toBe(false);
    expect(table.has(parseName('z.example.com.'), TYPE.TXT)).toBe(false);
  });

  it('refuses a zone with a mistake in its text, and says only that', async () => {
    const zone = await loadText('a 60 FOO x\n');
    expect(zone.isRefused).toBe(true);
    expect(findingLines(zone)).toEqual(["1:6: expected a type, found 'FOO'"]);
  });

  it('says that there is more', async () => {
    const zone = await loadText('a 60 FOO x\n'.repeat(30));
    expect(zone.findings).toHaveLength(21);
    expect(findingLines(zone)[20]).toBe('20:6: and more: reading stopped after 20 errors');
  });

  it('says findings of the zone at the file and line of the record', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.zone'), `${HEAD}$INCLUDE b\nc CNAME ns\nc TXT x\n`);
    await writeFile(join(folder, 'b'), '\n\nm MX 1 nope\n');
    const path = join(folder, 'a.zone');
    const zone = await loadZonefilePath(path, { origin: ORIGIN, includes: folder });
    expect(zone.files).toHaveLength(2);
    expect(zone.findings.map(({ place }) => `${place?.file} ${place?.line}`)).toEqual([
      `${path} 6`,
      `${zone.files[1]} 3`,
    ]);
  });

  it('keeps a bounded number of findings', async () => {
    const zone = await loadText(`${HEAD}$GENERATE 1-500 a_$ A 192.0.2.1\n`);
    expect(zone.findings).toHaveLength(100);
    expect(zone.omittedCount).toBe(400);
    expect(zone.isRefused).toBe(false);
  });
});

describe('printZone', () => {
  it('prints absolute names, tabs, and the SOA first', async () => {
    const zone = await loadText(`${HEAD}www 60 CNAME ns\n`);
    expect(await printText(zone)).toBe(
      [
        'example.com.\t300\tIN\tSOA\tns.example.com. h.example.com. 1 2 3 4 5',
        'example.com.\t300\tIN\tNS\tns.example.com.',
        'ns.example.com.\t300\tIN\tA\t192.0.2.1',
        'www.example.com.\t60\tIN\tCNAME\tns.example.com.',
        '',
      ].join('\n'),
    );
  });

  it('gives each signature the TTL of what it covers', async () => {
    const text = `${HEAD}@ 300 ${rrsig('SOA')}\n@ 5 ${rrsig('NSEC')}\n@ 5 NSEC ns NS SOA RRSIG NSEC\n`;
    const zone = await loadText(text);
    expect(findingLines(zone)).toEqual([]);
    const printed = await printText(zone);
    expect(printed).toMatch(/\t300\tIN\tRRSIG\tSOA /);
    expect(printed).toMatch(/\t5\tIN\tRRSIG\tNSEC /);
    expect(await printText(await loadText(printed))).toBe(printed);
  });

  it('prints in pieces, each of whole lines', async () => {
    const zone = await loadText(`${HEAD}$GENERATE 1-5000 host-\${0,6} A 192.0.2.1\n`);
    const sizes: number[] = [];
    for await (const piece of printZone(zone.table.nodes())) {
      expect(piece.endsWith('\n')).toBe(true);
      sizes.push(piece.length);
    }
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThan(100_000);
  });

  it('prints one RRset for those who have no node', () => {
    const rrset = {
      owner: parseName('a.'),
      type: TYPE.A,
      ttl: 5,
      rdatas: [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(1, 2, 3, 5)],
    };
    expect(formatRrset(rrset)).toBe('a.\t5\tIN\tA\t1.2.3.4\na.\t5\tIN\tA\t1.2.3.5\n');
  });
});
