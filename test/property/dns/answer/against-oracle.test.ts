// The answer path and the image's changes against the slow resolver of the kit: whatever small zones
// say and however they came to say it (loaded, or changed step by step), both give the same answers.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import {
  APEXES,
  arbitraryRrset,
  makeRrset,
  nearName,
  QTYPES,
  type RrsetDraft,
  soaOf,
} from '../../../kit/arbitrary-zones.ts';
import { formatMessage, ImageFixture, makeWriter } from '../../../kit/image-fixture.ts';
import { SlowResolver, SlowZone } from '../../../kit/slow-resolver.ts';

interface Question {
  name: string;
  type: number;
  upperCase: boolean;
}

const questions = fc.array(
  fc.record({ name: nearName, type: fc.constantFrom(...QTYPES), upperCase: fc.boolean() }),
  { minLength: 10, maxLength: 30 },
);
const contents = fc.tuple(
  ...APEXES.map((apex) => fc.array(arbitraryRrset(apex), { maxLength: 12 })),
);
/** Each step replaces some RRsets of one zone and removes others. */
const steps = fc.array(
  fc.constantFrom(...APEXES).chain((apex) =>
    fc.record({
      apex: fc.constant(apex),
      set: fc.array(arbitraryRrset(apex), { maxLength: 4 }),
      remove: fc.array(arbitraryRrset(apex), { maxLength: 4 }),
      removeSome: fc.array(fc.nat(30), { maxLength: 4 }),
    }),
  ),
  { maxLength: 8 },
);

/** As a master file could have it: the last of a kind counts, nothing stands beside a CNAME. */
function settle(drafts: readonly RrsetDraft[]): RrsetDraft[] {
  const kept = new Map<string, RrsetDraft>();
  for (const draft of drafts) {
    const atOwner = [...kept].filter(([, other]) => other.owner === draft.owner);
    const clash = atOwner.filter(
      ([, other]) => (other.type === TYPE.CNAME) !== (draft.type === TYPE.CNAME),
    );
    for (const [key] of clash) kept.delete(key);
    kept.set(`${draft.owner} ${draft.type}`, draft);
  }
  return [...kept.values()];
}

/** What we and the oracle answer to each question. */
function answers(
  fixture: ImageFixture,
  oracle: SlowResolver,
  asked: readonly Question[],
): { ours: string[][]; oracles: string[][] } {
  const ours = asked.map(({ name, type, upperCase }) => {
    const spelled = upperCase ? name.toUpperCase() : name;
    const [first, ...lines] = formatMessage(fixture.ask(spelled, type, { stream: true }));
    return [first, ...lines.map((line) => line.toLowerCase()).sort()];
  });
  return { ours, oracles: asked.map(({ name, type }) => oracle.resolve(name, type)) };
}

describe('answers', () => {
  it('are those of RFC 1034 for any small zones', () => {
    fc.assert(
      fc.property(contents, questions, (drafts, asked) => {
        const writer = makeWriter(4 << 20);
        const zones = APEXES.map((apex, index) => {
          const rrsets = settle(drafts[index]).map((draft) =>
            makeRrset(draft.owner, draft.type, draft.texts),
          );
          const load = writer.loadZone(parseName(apex));
          for (const rrset of [...rrsets, soaOf(apex, 1)]) load.add(rrset);
          load.publish();
          return new SlowZone(apex, [...rrsets, soaOf(apex, 1)]);
        });
        const both = answers(new ImageFixture(writer), new SlowResolver(zones), asked);
        expect(both.ours).toEqual(both.oracles);
      }),
      { numRuns: 300 },
    );
  });

  it('follow any changes as if the zone had been loaded anew', () => {
    fc.assert(
      fc.property(steps, questions, (changes, asked) => {
        const writer = makeWriter(4 << 20);
        const zones = new Map<string, RrsetDraft[]>();
        for (const apex of APEXES) {
          const load = writer.loadZone(parseName(apex));
          load.add(soaOf(apex, 1));
          load.publish();
          zones.set(apex, []);
        }
        const fixture = new ImageFixture(writer);
        let serial = 1;
        for (const { apex, set, remove, removeSome } of changes) {
          const before = zones.get(apex) ?? [];
          serial += 1;
          const gone = [
            ...remove,
            ...removeSome.flatMap((index) => before.slice(index, index + 1)),
          ];
          const isGone = (draft: RrsetDraft): boolean =>
            gone.some(({ owner, type }) => owner === draft.owner && type === draft.type);
          const after = settle([...before.filter((draft) => !isGone(draft)), ...set]);
          zones.set(apex, after);
          const removed = [...before, ...gone].filter((draft) => !after.includes(draft));
          writer.apply(parseName(apex), [
            ...removed.map(({ owner, type }) => ({ owner: parseName(owner), type })),
            ...after
              .filter((draft) => !before.includes(draft))
              .map(({ owner, type, texts }) => ({
                owner: parseName(owner.toUpperCase()),
                type,
                rrset: makeRrset(owner, type, texts),
              })),
            { owner: parseName(apex), type: TYPE.SOA, rrset: soaOf(apex, serial) },
          ]);
          if (serial % 2 === 0) writer.reclaim(1);
          const model = APEXES.map((name) => modelOf(name, zones.get(name) ?? []));
          const resolver = new SlowResolver(model.map((zone) => withSoaOf(zone, fixture)));
          const both = answers(fixture, resolver, asked);
          expect(both.ours).toEqual(both.oracles);
        }
        checkBooks(fixture, zones);
      }),
      { numRuns: 150 },
    );
  });
});

function modelOf(apex: string, drafts: readonly RrsetDraft[]): SlowZone {
  return new SlowZone(
    apex,
    drafts.map(({ owner, type, texts }) => makeRrset(owner, type, texts)),
  );
}

/** The serial is whatever the last change of the zone made it. */
function withSoaOf(zone: SlowZone, fixture: ImageFixture): SlowZone {
  const [soa] = fixture.ask(zone.apex, TYPE.SOA).answer;
  zone.set({ owner: soa.owner, type: soa.type, ttl: soa.ttl, rdatas: [soa.rdata] });
  return zone;
}

/** Counts agree, and removing everything gives all memory back. */
function checkBooks(fixture: ImageFixture, zones: Map<string, RrsetDraft[]>): void {
  const { writer } = fixture;
  const records = [...zones.values()].flat().reduce((sum, { owner, type, texts }) => {
    return sum + makeRrset(owner, type, texts).rdatas.length;
  }, zones.size);
  expect(writer.statistics().records).toBe(records);
  for (const apex of APEXES) writer.removeZone(parseName(apex));
  while (writer.reclaim(10));
  const { names, zones: left, retired, bytesUsed } = writer.statistics();
  expect({ names, left, retired, bytesUsed }).toEqual({
    names: 0,
    left: 0,
    retired: 0,
    bytesUsed: EMPTY_DIRECTORY,
  });
}

/** The directory of zones, grown to eight slots. */
const EMPTY_DIRECTORY = (2 + 2 * 8) * 4;
