import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openClock } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import { ImageWriter } from '#dns/image/image-writer.ts';
import { parseName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { makeRrset } from '../../../kit/arbitrary-zones.ts';
import { ImageFixture, loadText, makeWriter } from '../../../kit/image-fixture.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const APEX = parseName('x.');
const OPTIONS = {
  random: seededRandom(9),
  clock: openClock({ kind: 'system' }),
  sizeBytes: 64 << 20,
};
const CONTENTS = new Map([['x.', 'one']]);
const UNUSABLE = expect.objectContaining({ code: 'IMAGE_SNAPSHOT' });

async function makeImage(): Promise<ImageWriter> {
  const writer = makeWriter();
  const names = Array.from({ length: 500 }, (_, index) => `n${index} A 192.0.2.1`);
  await loadText(writer, 'x.', `a NSEC b A\nb TXT "1"\n${names.join('\n')}`);
  await loadText(writer, 'y.', 'a A 192.0.2.1');
  // Changes leave free blocks of many sizes, and nodes that were settled.
  for (let index = 0; index < 100; index++) {
    const owner = parseName(`n${index}.x.`);
    const rrset = makeRrset(`n${index}.x.`, TYPE.TXT, [`"${'t'.repeat(index + 1)}"`]);
    const second = { owner, type: TYPE.A, rrset: undefined };
    writer.apply(APEX, [{ owner, type: TYPE.TXT, rrset }, second]);
  }
  writer.removeZone(parseName('y.'));
  return writer;
}

async function save(): Promise<{ path: string; writer: ImageWriter }> {
  const path = join(await temporaryFolder(), 'image');
  const writer = await makeImage();
  expect(await writer.save(path, CONTENTS)).toBe(true);
  return { path, writer };
}

describe('a snapshot', () => {
  it('is answered from like the image that it was made of, and goes on from there', async () => {
    const { path, writer } = await save();
    const restored = await ImageWriter.restore(path, OPTIONS);
    expect(restored?.contents).toEqual(CONTENTS);
    const image = restored?.image ?? makeWriter();
    expect(image.statistics()).toEqual(writer.statistics());
    const fixtures = [new ImageFixture(writer), new ImageFixture(image)];
    const ask = (name: string, type: string): void => {
      const [before, after] = fixtures.map((fixture) => fixture.dig(name, type));
      expect(after).toEqual(before);
    };
    for (let index = 0; index < 510; index++) ask(`n${index}.x.`, 'A');
    for (const name of ['x.', 'a.x.', 'aa.x.', 'a.y.']) ask(name, 'SOA');
    for (const [index, changed] of [writer, image].entries()) {
      await loadText(changed, `z.`, 'a A 192.0.2.9');
      const rrset = makeRrset('new.x.', TYPE.A, ['192.0.2.4']);
      changed.apply(APEX, [{ owner: parseName('new.x.'), type: TYPE.A, rrset }]);
      expect(fixtures[index].dig('new.x.', 'A')).toHaveLength(2);
    }
    ask('a.z.', 'A');
    expect(image.statistics().records).toBe(writer.statistics().records);
  });

  it('is not there at first', async () => {
    const path = join(await temporaryFolder(), 'image');
    expect(await ImageWriter.restore(path, OPTIONS)).toBeUndefined();
  });

  it('is refused whichever octet of it changed', async () => {
    const { path } = await save();
    const good = await readFile(path);
    const random = seededRandom(5);
    const places = [0, 6, 8, 11, 12, 40, good.length - 1];
    for (let round = 0; round < 40; round++) places.push(random.below(good.length));
    for (const at of places) {
      const bad = Buffer.from(good);
      bad[at] ^= 1 << random.below(8);
      await writeFile(path, bad);
      await expect(ImageWriter.restore(path, OPTIONS)).rejects.toEqual(UNUSABLE);
    }
    for (const size of [0, 5, 12, 100, good.length - 1]) {
      await writeFile(path, good.subarray(0, size));
      await expect(ImageWriter.restore(path, OPTIONS)).rejects.toEqual(UNUSABLE);
    }
    await writeFile(path, Buffer.concat([good, Buffer.alloc(1)]));
    await expect(ImageWriter.restore(path, OPTIONS)).rejects.toEqual(UNUSABLE);
    await writeFile(path, good);
    expect(await ImageWriter.restore(path, OPTIONS)).toBeDefined();
  });

  it('is refused where the image has less memory than it needs', async () => {
    const { path } = await save();
    const small = { ...OPTIONS, sizeBytes: 1 << 20 };
    const big = makeWriter();
    const text = Array.from({ length: 30_000 }, (_, index) => `n${index} A 192.0.2.1`);
    await loadText(big, 'x.', text.join('\n'));
    await big.save(path, CONTENTS);
    await expect(ImageWriter.restore(path, small)).rejects.toEqual(UNUSABLE);
  });

  it('is not made while a reader may still see what was removed', async () => {
    const writer = await makeImage();
    const fixture = new ImageFixture(writer);
    fixture.answerer.beginBatch();
    writer.removeZone(APEX);
    const path = join(await temporaryFolder(), 'image');
    expect(await writer.save(path, CONTENTS)).toBe(false);
    fixture.answerer.endBatch();
    expect(await writer.save(path, CONTENTS)).toBe(true);
  });
});
