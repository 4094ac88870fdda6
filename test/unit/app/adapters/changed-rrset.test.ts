// Which RRset a change is looked for by, and which of them an answer can be held against: changes
// made in a zone database, answers from its image.
import { describe, expect, it } from 'vitest';
import { isAnsweredPlainly, pickChanged } from '#app/adapters/changed-rrset.ts';
import { openControlAnswers } from '#app/adapters/control-answers.ts';
import { openClock } from '#base/clock.ts';
import { formatName } from '#dns/wire/name.ts';
import { formatRdata, formatTypeCode } from '#dns/wire/rdata/registry.ts';
import type { Operation } from '#dns/zonedb/change.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { contextOf, createExample, openTestZoneDb, remove, replace } from '../../../kit/zone-db.ts';

const MANY = Array.from({ length: 60 }, (_, index) => `192.0.2.${index}`);

/** Says which RRset is looked at after the change, and whether answers can be compared. */
async function lookAt(before: Operation[], ...changes: Operation[]): Promise<string> {
  const { zones, image, published } = await openTestZoneDb(await temporaryFolder());
  const clock = openClock({ kind: 'system' });
  const answers = openControlAnswers({ image: image.image, options: {}, keepaliveMs: 0, clock });
  const zone = await createExample(zones, before);
  await zones.apply({ zone, operations: changes, context: contextOf() });
  const changed = pickChanged(published.at(-1)?.edits ?? []);
  if (changed === undefined) return 'the SOA';
  const { owner, type, served } = changed;
  const data = served?.rdatas.map((rdata) => formatRdata(type, rdata)).join(' ') ?? 'gone';
  const how = isAnsweredPlainly(changed, answers) ? '' : ', not compared';
  return `${formatName(owner)} ${formatTypeCode(type)} ${data.slice(0, 30)}${how}`;
}

describe('the RRset that a change is looked for by', () => {
  it('is the first that is served, rather than one that is removed', async () => {
    const before = [replace('old.example.com.', 'A', 60, '192.0.2.1')];
    const added = replace('new.example.com.', 'A', 60, '192.0.2.2', '192.0.2.3');
    expect(await lookAt(before, remove('old.example.com.', 'A'), added)).toBe(
      'new.example.com. A 192.0.2.2 192.0.2.3',
    );
  });

  it('is one that is removed where nothing else was changed', async () => {
    const before = [replace('old.example.com.', 'A', 60, '192.0.2.1')];
    expect(await lookAt(before, remove('old.example.com.', 'A'))).toBe('old.example.com. A gone');
  });

  it('is none where only the SOA was changed', async () => {
    const soa = 'ns1.example.com. other.example.com. 9 7200 900 1209600 300';
    expect(await lookAt([], replace('example.com.', 'SOA', 3600, soa))).toBe('the SOA');
  });

  it('is a wildcard or an alias asked for by its own name and type', async () => {
    expect(await lookAt([], replace('*.w.example.com.', 'TXT', 60, '"any"'))).toBe(
      '*.w.example.com. TXT "any"',
    );
    expect(await lookAt([], replace('a.example.com.', 'CNAME', 60, 'www.example.com.'))).toBe(
      'a.example.com. CNAME www.example.com.',
    );
  });
});

describe('answers cannot be compared', () => {
  const delegation = replace('sub.example.com.', 'NS', 60, 'ns.sub.example.com.');
  const glue = replace('ns.sub.example.com.', 'A', 60, '192.0.2.9');

  it('at a delegation and below it', async () => {
    expect(await lookAt([], delegation)).toMatch(/^sub\.example\.com\. NS .*, not compared$/);
    expect(await lookAt([delegation], glue)).toMatch(/^ns\.sub\.example\.com\. A .*not compared$/);
  });

  it('where a wildcard answers for a name that is gone', async () => {
    const before = [
      replace('*.w.example.com.', 'A', 60, '192.0.2.1'),
      replace('a.w.example.com.', 'A', 60, '192.0.2.1'),
    ];
    expect(await lookAt(before, remove('a.w.example.com.', 'A'))).toBe(
      'a.w.example.com. A gone, not compared',
    );
  });

  it('where an alias has come in the place of what is gone', async () => {
    const before = [
      replace('a.example.com.', 'A', 60, '192.0.2.1'),
      replace('a.example.com.', 'TXT', 60, '"x"'),
      replace('*.example.com.', 'CNAME', 60, 'www.example.net.'),
    ];
    const gone = [remove('a.example.com.', 'A'), remove('a.example.com.', 'TXT')];
    expect(await lookAt(before, ...gone)).toBe('a.example.com. A gone, not compared');
  });

  it('when it is more than a plain datagram holds', async () => {
    expect(await lookAt([], replace('many.example.com.', 'A', 60, ...MANY))).toMatch(
      /^many\.example\.com\. A .*, not compared$/,
    );
  });
});
