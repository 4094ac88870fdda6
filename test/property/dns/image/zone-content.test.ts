// What is read back out of the image is what was put in, however names were compressed: zones whose
// names run into each other, loaded whole and changed afterwards.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openClock } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import { ImageWriter } from '#dns/image/image-writer.ts';
import { formatName, lowerName, parseName } from '#dns/wire/name.ts';
import { formatRdata, formatTypeCode } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import { arbitraryRrset, makeRrset, type RrsetDraft, soaOf } from '../../../kit/arbitrary-zones.ts';

const APEX = 'a.x.';
const clock = openClock({ kind: 'system' });
const drafts = fc.array(arbitraryRrset(APEX), { maxLength: 30 });
/** Sets that the image itself refuses are none of this test's business. */
const USUAL: readonly number[] = [
  TYPE.A,
  TYPE.AAAA,
  TYPE.NS,
  TYPE.MX,
  TYPE.TXT,
  TYPE.DS,
  TYPE.DNAME,
];

function rrsetsOf(all: readonly RrsetDraft[]): Map<string, Rrset> {
  const usual = all.filter(({ type }) => USUAL.includes(type));
  return new Map(
    usual.map(({ owner, type, texts }) => [`${owner} ${type}`, makeRrset(owner, type, texts)]),
  );
}

function linesOf(rrsets: Iterable<Rrset>): string[] {
  return [...rrsets]
    .flatMap(({ owner, type, ttl, rdatas }) =>
      rdatas.map(
        (rdata) =>
          `${formatName(lowerName(owner))} ${ttl} ${formatTypeCode(type)} ${formatRdata(type, rdata)}`,
      ),
    )
    .sort();
}

describe('the content of a zone in the image', () => {
  it('is what was loaded, and what it was changed to', () => {
    fc.assert(
      fc.property(drafts, drafts, (first, second) => {
        const image = ImageWriter.create({ random: seededRandom(1), clock, sizeBytes: 4 << 20 });
        const apex = parseName(APEX);
        const wanted = rrsetsOf(first);
        wanted.set('soa', soaOf(APEX, 1));
        const load = image.loadZone(apex);
        for (const rrset of wanted.values()) load.add(rrset);
        load.publish();
        expect(linesOf([...image.content(apex)].flat())).toEqual(linesOf(wanted.values()));
        for (const [index, [key, rrset]] of [...rrsetsOf(second)].entries()) {
          const { owner, type } = rrset;
          const isRemoved = index % 3 === 0;
          image.apply(apex, [{ owner, type, rrset: isRemoved ? undefined : rrset }]);
          if (isRemoved) wanted.delete(key);
          else wanted.set(key, rrset);
        }
        expect(linesOf([...image.content(apex)].flat())).toEqual(linesOf(wanted.values()));
      }),
    );
  });

  it('is nothing where there is no such zone', () => {
    const image = ImageWriter.create({ random: seededRandom(1), clock, sizeBytes: 4 << 20 });
    expect([...image.content(parseName(APEX))]).toEqual([]);
  });
});
