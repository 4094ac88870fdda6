import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readIdentities } from '#app/backup-locations.ts';
import { restoreBackup } from '#store/backup/restore.ts';
import { verifyBackup } from '#store/backup/verify-backup.ts';
import {
  type BackupFixture,
  backupFixture,
  countRows,
  runBackup,
} from '../../kit/backup-fixture.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { peersMissing } from '../../kit/peers.ts';
import { readAllRows, temporaryStore } from '../../kit/temporary-store.ts';

async function encrypted(): Promise<
  BackupFixture & { id: string; keyFile: string; identities: string[] }
> {
  const fixture = await backupFixture();
  const keyFile = join(fixture.folder, 'key.txt');
  execFileSync('age-keygen', ['-o', keyFile], { stdio: 'ignore' });
  const recipient = execFileSync('age-keygen', ['-y', keyFile]).toString().trim();
  await fixture.store.write(Array.from({ length: 3000 }, (_, index) => numberedRow(index)));
  const { id } = await runBackup({ ...fixture.options, recipients: [recipient] });
  return { ...fixture, id, keyFile, identities: await readIdentities(keyFile) };
}

describe.skipIf(peersMissing('age', 'age-keygen', 'zstd'))('an encrypted backup', () => {
  it('is opened by age and zstd, without Holdfast', async () => {
    const { folder, id, keyFile } = await encrypted();
    const open = (file: string): Buffer =>
      execFileSync('sh', [
        '-c',
        `age --decrypt -i ${keyFile} ${join(folder, 'a', id, file)} | zstd -dc`,
      ]);
    expect(open('admin.key.zst.age').toString()).toBe('a secret');
    expect(open('store.zst.age').subarray(0, 8).toString()).toBe('HFROWS1\n');
  });

  it('is restored with an identity, and refused by name without one or with another', async () => {
    const { a, folder, store, id, identities } = await encrypted();
    const into = join(folder, 'restored');
    const options = { location: a, id, into, storeFolder: 'store', describe: countRows };
    await expect(restoreBackup(options)).rejects.toMatchObject({ code: 'BACKUP_IDENTITY' });
    const other = execFileSync('age-keygen', { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
    const wrong = { identities: other.split('\n').filter((line) => line.startsWith('AGE-')) };
    await expect(restoreBackup({ ...options, ...wrong })).rejects.toMatchObject({
      code: 'BACKUP_IDENTITY',
      message: expect.stringContaining(id),
    });
    await restoreBackup({ ...options, identities });
    const restored = await temporaryStore(join(into, 'store'));
    expect(await readAllRows(restored)).toEqual(await readAllRows(store));
    expect(await readFile(join(into, 'admin.key'), 'utf8')).toBe('a secret');
  });

  it('is found damaged with or without an identity', async () => {
    const { a, folder, id, identities } = await encrypted();
    const path = join(folder, 'a', id, 'store.zst.age');
    const sound = await readFile(path);
    await expect(verifyBackup(a, id)).resolves.toMatchObject({ id });
    for (const at of [10, 60, 190, sound.length >> 1, sound.length - 1]) {
      const bent = Buffer.from(sound);
      bent[at] ^= 4;
      await writeFile(path, bent);
      await expect(verifyBackup(a, id)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
      const opened = verifyBackup(a, id, { identities });
      await expect(opened).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    }
  });
});
