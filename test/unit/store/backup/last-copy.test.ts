import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyBackup } from '#store/backup/verify-backup.ts';
import { backupFixture, runBackup } from '../../../kit/backup-fixture.ts';
import { numberedRow } from '../../../kit/numbered-row.ts';

/** Each run is by a runner of its own, as after a restart. */
async function remembered() {
  const fixture = await backupFixture();
  const memory = join(fixture.folder, 'memory');
  const { store, options, setNow } = fixture;
  await store.write(Array.from({ length: 3000 }, (_, index) => numberedRow(index)));
  let hour = 1;
  const run = async () => {
    hour += 1;
    setNow(`2026-11-22T${String(hour).padStart(2, '0')}:00:00Z`);
    await store.write([numberedRow(3, hour)]);
    const { id, locations } = await runBackup({ ...options, memory }, 'incremental');
    return { id, kinds: locations.map((copy) => (copy.verified ? copy.kind : copy.code)) };
  };
  return { ...fixture, memory, run };
}

const FULL = ['full', 'full'];
const INCREMENTAL = ['incremental', 'incremental'];
/** Of the two locations the first had to begin anew. */
const FIRST_FULL = ['full', 'incremental'];

describe('the first backup after a restart', () => {
  it('builds on the last good copy of its location', async () => {
    const { run, a } = await remembered();
    const first = await run();
    expect(first.kinds).toEqual(FULL);
    const second = await run();
    expect(second.kinds).toEqual(INCREMENTAL);
    const third = await run();
    expect(third.kinds).toEqual(INCREMENTAL);
    const manifest = await verifyBackup(a, third.id);
    expect(manifest.base).toMatchObject({ id: second.id });
  });

  it('is a full one where that copy, or one that it builds on, is gone', async () => {
    const { run, folder } = await remembered();
    const full = await run();
    await run();
    await rm(join(folder, 'a', full.id), { recursive: true });
    expect((await run()).kinds).toEqual(FIRST_FULL);
    const last = await run();
    expect(last.kinds).toEqual(INCREMENTAL);
    await rm(join(folder, 'a', last.id), { recursive: true });
    expect((await run()).kinds).toEqual(FIRST_FULL);
  });

  it('is a full one where a part of that copy is gone, or its manifest is damaged', async () => {
    const { run, folder } = await remembered();
    const full = await run();
    await rm(join(folder, 'a', full.id, 'store.zst'));
    expect((await run()).kinds).toEqual(FIRST_FULL);
    const { id } = await run();
    const manifest = join(folder, 'a', id, 'manifest.json');
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('"rows": 3', '"rows": 4'));
    expect((await run()).kinds).toEqual(FIRST_FULL);
  });

  it('is a full one where another copy has the id', async () => {
    const { run, folder } = await remembered();
    const first = await run();
    const other = await remembered();
    await other.store.write([numberedRow(5000)]);
    const stranger = await other.run();
    expect(stranger.id).toBe(first.id);
    await rm(join(folder, 'a'), { recursive: true });
    await cp(join(other.folder, 'a'), join(folder, 'a'), { recursive: true });
    expect((await run()).kinds).toEqual(FIRST_FULL);
  });

  it('is a full one where what it remembers is damaged, in any octet', async () => {
    const { run, memory } = await remembered();
    await run();
    const [name] = await readdir(memory);
    const path = join(memory, name);
    const octets = await readFile(path);
    for (const [at, damaged] of [Buffer.from(octets), Buffer.from(octets)].entries()) {
      const place = at === 0 ? 100 : octets.length - 60;
      damaged[place] ^= 1;
      await writeFile(path, damaged);
      expect((await run()).kinds).toEqual(FIRST_FULL);
    }
    await truncate(path, 300);
    expect((await run()).kinds).toEqual(FIRST_FULL);
    await truncate(path, 0);
    expect((await run()).kinds).toEqual(FIRST_FULL);
  });
});
