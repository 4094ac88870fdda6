import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { restoreBackup } from '#store/backup/restore.ts';
import {
  type BackupFixture,
  backupFixture,
  countRows,
  runBackup,
} from '../../../kit/backup-fixture.ts';
import { numberedRow } from '../../../kit/numbered-row.ts';
import { smallDisk } from '../../../kit/small-disk.ts';
import { readAllRows, temporaryStore } from '../../../kit/temporary-store.ts';

const ROWS = Array.from({ length: 4000 }, (_, index) => numberedRow(index));

async function takenBackup(): Promise<BackupFixture & { id: string; into: string }> {
  const fixture = await backupFixture();
  await fixture.store.write(ROWS);
  const { id } = await runBackup(fixture.options);
  return { ...fixture, id, into: join(fixture.folder, 'restored', 'data') };
}

function restore(taken: { a: BackupFixture['a']; id: string; into: string }): Promise<unknown> {
  const { a: location, id, into } = taken;
  return restoreBackup({ location, id, into, storeFolder: 'store', describe: countRows });
}

describe('a restore', () => {
  it('brings back every row and the files that went along', async () => {
    const taken = await takenBackup();
    await restore(taken);
    const restored = await temporaryStore(join(taken.into, 'store'));
    expect(await readAllRows(restored)).toEqual(await readAllRows(taken.store));
    expect(await readFile(join(taken.into, 'admin.key'), 'utf8')).toBe('a secret');
    expect((await readdir(taken.into)).sort()).toEqual(['admin.key', 'store']);
  });

  it('goes into a folder that is there and empty', async () => {
    const taken = await takenBackup();
    await mkdir(taken.into, { recursive: true });
    await restore(taken);
    expect(await readdir(taken.into)).toContain('store');
  });

  it('never touches a folder that holds something', async () => {
    const taken = await takenBackup();
    await mkdir(taken.into, { recursive: true });
    await writeFile(join(taken.into, 'precious'), 'kept');
    await expect(restore(taken)).rejects.toMatchObject({ code: 'RESTORE_TARGET' });
    expect(await readdir(taken.into)).toEqual(['precious']);
  });

  it('refuses a link, and a folder that a disk is mounted on, before it begins', async () => {
    const taken = await takenBackup();
    const link = join(taken.folder, 'link');
    await symlink('nowhere', link);
    const code = 'RESTORE_TARGET';
    const linked = restore({ ...taken, into: link });
    await expect(linked).rejects.toMatchObject({
      code,
      message: expect.stringContaining('a link'),
    });
    const disk = await smallDisk();
    if (disk === undefined) return;
    const mounted = restore({ ...taken, into: disk });
    await expect(mounted).rejects.toMatchObject({
      code,
      message: expect.stringContaining('a disk is mounted there'),
    });
  });

  it('refuses an id that is not there', async () => {
    const taken = await takenBackup();
    const missing = restore({ ...taken, id: '20200101T000000000Z-0000' });
    await expect(missing).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
  });

  it('refuses when the restored rows tell other facts than the backup did', async () => {
    const { a, id, into } = await takenBackup();
    const lying = restoreBackup({
      location: a,
      id,
      into,
      storeFolder: 'store',
      describe: async () => ({ rows: 1 }),
    });
    await expect(lying).rejects.toMatchObject({ code: 'RESTORE_DIFFERS' });
    await expect(readdir(into)).rejects.toThrow('ENOENT');
  });
});
