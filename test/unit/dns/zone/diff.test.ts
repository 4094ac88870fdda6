/** Differences between two versions of a zone. */
import { describe, expect, it } from 'vitest';
import { formatName } from '#dns/wire/name.ts';
import { formatRdata, formatTypeCode } from '#dns/wire/rdata/registry.ts';
import { diffZones, type RrsetDiff } from '#dns/zone/diff.ts';
import { loadText } from '../../../kit/zonefile-text.ts';

const HEAD = '$TTL 300\n@ SOA ns h 1 2 3 4 5\n@ NS ns\n';

async function diff(before: string, after: string): Promise<string[]> {
  const old = await loadText(HEAD + before);
  const fresh = await loadText(HEAD + after);
  const lines: string[] = [];
  for await (const change of diffZones(old.table.rrsets(), fresh.table.rrsets())) {
    lines.push(...linesOf('-', change, change.removed), ...linesOf('+', change, change.added));
  }
  return lines;
}

function linesOf(sign: string, { owner, type }: RrsetDiff, side: RrsetDiff['added']): string[] {
  return side.rdatas.map(
    (rdata) =>
      `${sign} ${formatName(owner)} ${side.ttl} ${formatTypeCode(type)} ${formatRdata(type, rdata)}`,
  );
}

describe('diffZones', () => {
  it('finds nothing between equal zones, whatever the order in the file', async () => {
    const [a, b] = ['ns A 192.0.2.1\n', 'www A 192.0.2.2\n'];
    expect(await diff(a + b, b + a)).toEqual([]);
  });

  it('takes single records out of an RRset and puts others in', async () => {
    expect(
      await diff('ns A 192.0.2.1\nns A 192.0.2.2\n', 'ns A 192.0.2.2\nns A 192.0.2.3\n'),
    ).toEqual(['- ns.example.com. 300 A 192.0.2.1', '+ ns.example.com. 300 A 192.0.2.3']);
  });

  it('replaces every record when the TTL changes', async () => {
    expect(await diff('ns A 192.0.2.1\n', 'ns 60 A 192.0.2.1\n')).toEqual([
      '- ns.example.com. 300 A 192.0.2.1',
      '+ ns.example.com. 60 A 192.0.2.1',
    ]);
  });

  it('follows canonical order of owners, with names at either end only on one side', async () => {
    expect(await diff('a TXT x\nz TXT x\n', 'b TXT x\nns A 192.0.2.1\n')).toEqual([
      '- a.example.com. 300 TXT "x"',
      '+ b.example.com. 300 TXT "x"',
      '+ ns.example.com. 300 A 192.0.2.1',
      '- z.example.com. 300 TXT "x"',
    ]);
  });

  it('does not see a change of case in a name', async () => {
    expect(await diff('ns A 192.0.2.1\na CNAME NS\n', 'NS A 192.0.2.1\nA CNAME ns\n')).toEqual([]);
  });
});
