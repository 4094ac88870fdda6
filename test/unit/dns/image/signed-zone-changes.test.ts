// Zones with NSEC and NSEC3 that came to be by changes answer as if they had been loaded: the ordered
// indexes follow every change.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '#base/random.ts';
import { formatName, parseName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import { ImageFixture, loadText, makeWriter, rrsetsOf } from '../../../kit/image-fixture.ts';

const ZONES = ['nsec.test.', 'nsec3.test.', 'optout.test.'];

function readZone(apex: string): string {
  const url = new URL(`../../../peers/differential/zones/${apex}zone`, import.meta.url);
  return readFileSync(url, 'utf8');
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, at: random.below(2 ** 30) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Each name of the zone, one below it and one beside it, for a type that few have. */
function questionsFor(rrsets: readonly Rrset[]): string[] {
  const owners = rrsets.filter(({ type }) => type !== TYPE.NSEC3).map(({ owner }) => owner);
  const names = owners.map((owner) => formatName(owner));
  return [...new Set(names.flatMap((name) => [name, `q.${name}`, name.replace(/^[^.]*/, 'n0')]))];
}

function answersOf(fixture: ImageFixture, names: readonly string[]): string[][] {
  return names.map((name) => fixture.dig(name, 'LOC', { dnssecOk: true, stream: true }));
}

describe.each(ZONES)('%s', (apex) => {
  it('answers alike loaded and made by changes in any order, some of them undone', async () => {
    const text = readZone(apex);
    const rrsets = await rrsetsOf(apex, text);
    const names = questionsFor(rrsets);
    const whole = makeWriter();
    await loadText(whole, apex, text);
    const expected = answersOf(new ImageFixture(whole), names);
    const random = seededRandom(9);
    for (let round = 0; round < 3; round++) {
      const writer = makeWriter();
      const load = writer.loadZone(parseName(apex));
      for (const rrset of rrsets) if (rrset.type === TYPE.SOA) load.add(rrset);
      load.publish();
      const fixture = new ImageFixture(writer);
      const later: Rrset[] = [];
      const change = (some: readonly Rrset[], isThere: boolean): void => {
        writer.apply(
          parseName(apex),
          some.map((rrset) => ({
            owner: rrset.owner,
            type: rrset.type,
            rrset: isThere ? rrset : undefined,
          })),
        );
      };
      const order = shuffled(rrsets, random);
      while (order.length > 0) {
        const some = order.splice(0, 1 + random.below(20));
        change(some, true);
        if (random.below(3) === 0) {
          const undone = some.filter(({ type }) => type !== TYPE.SOA);
          change(undone, false);
          later.push(...undone);
        }
        if (random.below(2) === 0) writer.reclaim(5);
        answersOf(fixture, names.slice(0, 5));
      }
      change(later, true);
      expect(answersOf(fixture, names)).toEqual(expected);
      while (writer.reclaim(10));
      expect(answersOf(fixture, names)).toEqual(expected);
      expect(writer.statistics()).toMatchObject({
        records: whole.statistics().records,
        names: whole.statistics().names,
        retired: 0,
      });
      change(
        rrsets.filter(({ owner }) => owner.length > parseName(apex).length),
        false,
      );
      while (writer.reclaim(10));
      expect(writer.statistics().names).toBe(1);
    }
  });
});
