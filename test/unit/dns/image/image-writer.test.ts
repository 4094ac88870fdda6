import { describe, expect, it } from 'vitest';
import { Answerer } from '#dns/answer/answerer.ts';
import { ImageReader } from '#dns/image/image-reader.ts';
import { ARENA_LAYOUT, READER_COUNT_MAX } from '#dns/image/layout.ts';
import { parseName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { makeRrset, soaOf } from '../../../kit/arbitrary-zones.ts';
import { ImageFixture, loadText, makeWriter, rrsetsOf } from '../../../kit/image-fixture.ts';

const APEX = parseName('x.');
const withCode = (code: string): unknown => expect.objectContaining({ code });

describe('loading a zone', () => {
  it('shows nothing before it is published, and then all of it in place of the old one', async () => {
    const writer = makeWriter();
    await loadText(writer, 'x.', 'old A 192.0.2.1');
    const fixture = new ImageFixture(writer);
    const load = writer.loadZone(APEX);
    load.add(soaOf('x.', 2));
    load.add(makeRrset('new.x.', TYPE.A, ['192.0.2.2']));
    expect(fixture.dig('old.x.', 'A')[0]).toBe('NOERROR aa');
    load.publish();
    expect(fixture.dig('old.x.', 'A')[0]).toBe('NXDOMAIN aa');
    expect(fixture.dig('new.x.', 'A')[0]).toBe('NOERROR aa');
    expect(writer.statistics()).toMatchObject({ zones: 1, names: 2, records: 2 });
  });

  it('finishes many zones before the first of them is published', () => {
    const writer = makeWriter();
    const loads = Array.from({ length: 40 }, (_, index) => {
      const apex = `z${index}.`;
      const load = writer.loadZone(parseName(apex));
      load.add(soaOf(apex, 1));
      load.finish();
      return load;
    });
    for (const [index, load] of loads.entries()) {
      if (index % 8 === 0) load.abandon();
      else load.publish();
    }
    expect(writer.statistics().zones).toBe(35);
    const fixture = new ImageFixture(writer);
    expect(fixture.dig('z39.', 'SOA')[0]).toBe('NOERROR aa');
    expect(fixture.dig('z8.', 'SOA')[0]).toBe('REFUSED');
  });

  it('takes owners in any order and in any case', async () => {
    const rrsets = await rrsetsOf(
      'x.',
      '$TTL 3600\na.b A 192.0.2.1\nc TXT "1"\nB MX 1 m\nA.B TXT "2"\n',
    );
    const writer = makeWriter();
    const load = writer.loadZone(APEX);
    for (const rrset of [...rrsets, soaOf('x.', 1)]) load.add(rrset);
    load.publish();
    const fixture = new ImageFixture(writer);
    expect(fixture.dig('a.b.x.', 'A')).toEqual(['NOERROR aa', 'an a.b.x. 3600 A 192.0.2.1']);
    expect(fixture.dig('a.b.x.', 'TXT')).toHaveLength(2);
    expect(fixture.dig('b.x.', 'MX')).toEqual(['NOERROR aa', 'an b.x. 3600 MX 1 m.x.']);
    expect(writer.statistics().names).toBe(4);
  });

  it('refuses a zone without SOA or with a record outside it, and the old one stays', async () => {
    const writer = makeWriter();
    await loadText(writer, 'x.', 'a A 192.0.2.1');
    const bare = writer.loadZone(APEX);
    bare.add(makeRrset('b.x.', TYPE.A, ['192.0.2.2']));
    expect(() => bare.publish()).toThrow(withCode('IMAGE_ZONE_INVALID'));
    bare.abandon();
    const stray = writer.loadZone(APEX);
    expect(() => stray.add(makeRrset('b.y.', TYPE.A, ['192.0.2.2']))).toThrow(
      withCode('IMAGE_ZONE_INVALID'),
    );
    stray.abandon();
    expect(new ImageFixture(writer).dig('a.x.', 'A')[0]).toBe('NOERROR aa');
  });

  it('refuses an RRset that fits in no message', () => {
    const load = makeWriter().loadZone(APEX);
    const texts = Array.from({ length: 300 }, (_, index) => `"${index}${'x'.repeat(240)}"`);
    load.add(makeRrset('big.x.', TYPE.TXT, texts));
    expect(() => load.publish()).toThrow(withCode('IMAGE_TOO_LARGE'));
  });

  it('holds many names and finds each', () => {
    const writer = makeWriter();
    const load = writer.loadZone(APEX);
    load.add(soaOf('x.', 1));
    const rrset = makeRrset('n.x.', TYPE.A, ['192.0.2.1']);
    for (let index = 0; index < 50_000; index++) {
      load.add({ ...rrset, owner: parseName(`n${index}.x.`) });
    }
    load.publish();
    const fixture = new ImageFixture(writer);
    for (let index = 0; index < 50_000; index += 70) {
      expect(fixture.ask(`n${index}.x.`, 'A').answer).toHaveLength(1);
    }
    expect(fixture.dig('n50000.x.', 'A')[0]).toBe('NXDOMAIN aa');
  });
});

describe('a full image', () => {
  it('refuses loads and changes, keeps what is served, and takes more once there is room', () => {
    const writer = makeWriter(1024 ** 2);
    const load = writer.loadZone(APEX);
    load.add(soaOf('x.', 1));
    load.add(makeRrset('a.x.', TYPE.A, ['192.0.2.1']));
    load.publish();
    while (writer.reclaim(10));
    const before = writer.statistics();
    const other = writer.loadZone(parseName('y.'));
    const text = [`"${'x'.repeat(250)}"`];
    const fill = (): void => {
      for (let index = 0; ; index++) other.add(makeRrset(`n${index}.y.`, TYPE.TXT, text));
    };
    expect(fill).toThrow(withCode('IMAGE_FULL'));
    const change = ['a.x.', 'b.c.x.', 'd.x.'].flatMap((owner) => [
      { owner: parseName(owner), type: TYPE.TXT, rrset: makeRrset(owner, TYPE.TXT, text) },
    ]);
    expect(() => writer.apply(APEX, change)).toThrow(withCode('IMAGE_FULL'));
    const fixture = new ImageFixture(writer);
    expect(fixture.dig('a.x.', 'A')).toEqual(['NOERROR aa', 'an a.x. 3600 A 192.0.2.1']);
    expect(fixture.dig('a.x.', 'TXT')).toHaveLength(2);
    expect(fixture.dig('c.x.', 'A')[0]).toBe('NXDOMAIN aa');
    other.abandon();
    while (writer.reclaim(10));
    expect(writer.statistics()).toMatchObject({ ...before, bytesTouched: expect.any(Number) });
    writer.apply(APEX, change);
    expect(fixture.dig('a.x.', 'TXT')[0]).toBe('NOERROR aa');
    expect(fixture.dig('c.x.', 'A')[0]).toBe('NOERROR aa');
  });
});

describe('changes', () => {
  it('of a zone that is not served are refused', () => {
    expect(() => makeWriter().apply(APEX, [])).toThrow(withCode('IMAGE_ZONE_MISSING'));
  });

  it('wait with reclaiming until readers have passed', async () => {
    const writer = makeWriter();
    await loadText(writer, 'x.', 'a A 192.0.2.1');
    while (writer.reclaim(10));
    const reader = ImageReader.open(writer.image, 3);
    reader.beginBatch();
    const edit = { owner: parseName('a.x.'), type: TYPE.A };
    writer.apply(APEX, [edit]);
    expect(writer.reclaim(10)).toBe(false);
    expect(writer.statistics().retired).toBe(1);
    reader.endBatch();
    while (writer.reclaim(10));
    expect(writer.statistics().retired).toBe(0);
    reader.beginBatch();
    writer.apply(APEX, [{ ...edit, rrset: makeRrset('a.x.', TYPE.A, ['192.0.2.2']) }]);
    expect(writer.reclaim(10)).toBe(false);
    writer.releaseReader(3);
    while (writer.reclaim(10));
    expect(writer.statistics().retired).toBe(0);
  });

  it('keep the memory of a zone that changes for ever bounded', async () => {
    const writer = makeWriter();
    await loadText(writer, 'x.', '');
    for (let version = 2; version < 3000; version++) {
      const owner = `n${version % 40}.e${version % 7}.x.`;
      const rrset = makeRrset(owner, TYPE.TXT, [`"${version}"`]);
      const gone = `n${(version + 20) % 40}.e${(version + 20) % 7}.x.`;
      writer.apply(APEX, [
        { owner: APEX, type: TYPE.SOA, rrset: soaOf('x.', version) },
        { owner: parseName(owner), type: TYPE.TXT, rrset },
        { owner: parseName(gone), type: TYPE.TXT },
      ]);
      writer.reclaim(1);
    }
    expect(writer.statistics().bytesUsed).toBeLessThan(64 * 1024);
    expect(writer.statistics().bytesTouched).toBeLessThan(128 * 1024);
  });
});

describe('removing a zone', () => {
  it('uncovers the zone above it, and says whether there was one', async () => {
    const writer = makeWriter();
    await loadText(writer, 'x.', 'a.sub TXT "parent"');
    await loadText(writer, 'sub.x.', 'a TXT "child"');
    const fixture = new ImageFixture(writer);
    expect(fixture.dig('a.sub.x.', 'TXT')[1]).toContain('child');
    expect(writer.removeZone(parseName('SUB.x.'))).toBe(true);
    expect(fixture.dig('a.sub.x.', 'TXT')[1]).toContain('parent');
    expect(writer.removeZone(parseName('sub.x.'))).toBe(false);
    expect(writer.hasZone(APEX)).toBe(true);
  });

  it('of many names is done in slices', () => {
    const writer = makeWriter();
    const load = writer.loadZone(APEX);
    load.add(soaOf('x.', 1));
    const rrset = makeRrset('n.x.', TYPE.A, ['192.0.2.1']);
    for (let index = 0; index < 30_000; index++) {
      load.add({ ...rrset, owner: parseName(`n${index}.x.`) });
    }
    load.publish();
    writer.removeZone(APEX);
    let slices = 1;
    while (writer.reclaim(0)) slices += 1;
    expect(slices).toBeGreaterThan(20);
    expect(writer.statistics()).toMatchObject({ zones: 0, names: 0, records: 0, retired: 0 });
  });
});

describe('a reader', () => {
  it('refuses an image of another layout', () => {
    const writer = makeWriter();
    new Int32Array(writer.image.memory)[ARENA_LAYOUT] += 1;
    expect(() => ImageReader.open(writer.image, 0)).toThrow(withCode('IMAGE_LAYOUT'));
  });

  it('needs a slot that there is', () => {
    const { image } = makeWriter();
    expect(() => ImageReader.open(image, READER_COUNT_MAX)).toThrow(withCode('IMAGE_READERS'));
    expect(new Answerer(ImageReader.open(image, READER_COUNT_MAX - 1)).rcode).toBe(0);
  });
});
