import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { restoreBackup } from '#store/backup/restore.ts';
import { verifyBackup } from '#store/backup/verify-backup.ts';
import { backupFixture, countRows, runBackup } from '../../kit/backup-fixture.ts';
import { numberedRow } from '../../kit/numbered-row.ts';

describe('a damaged backup', () => {
  it('is refused by name with any octet of it changed, and leaves nothing behind', async () => {
    const { store, options, a, folder } = await backupFixture();
    await store.write(Array.from({ length: 500 }, (_, index) => numberedRow(index)));
    const { id } = await runBackup(options);
    const home = join(folder, 'a', id);
    const into = join(folder, 'restored');
    const survived: string[] = [];
    for (const file of await readdir(home)) {
      const sound = await readFile(join(home, file));
      const step = Math.max(1, Math.floor(sound.length / 60));
      for (let at = 0; at < sound.length; at += step) {
        const bent = Buffer.from(sound);
        bent[at] = (bent[at] ?? 0) ^ 0x10;
        await writeFile(join(home, file), bent);
        const error = await failure(verifyBackup(a, id));
        const isRefused = errorCode(error) === 'BACKUP_DAMAGED' && errorMessage(error).includes(id);
        // Blanks between the manifest's tokens carry nothing; anything else must be refused.
        const isBlank = file === 'manifest.json' && isSameJson(sound, bent);
        if (!isRefused && !isBlank) survived.push(`${file}:${at} ${errorMessage(error)}`);
      }
      await restoreRefused(bentMiddle(sound), join(home, file));
      await writeFile(join(home, file), sound);
    }
    expect(survived).toEqual([]);
    await expect(verifyBackup(a, id)).resolves.toMatchObject({ id });

    async function restoreRefused(content: Buffer, path: string): Promise<void> {
      await writeFile(path, content);
      const options_ = { location: a, id, into, storeFolder: 'store', describe: countRows };
      expect(errorCode(await failure(restoreBackup(options_)))).toBe('BACKUP_DAMAGED');
      expect((await readdir(folder)).filter((name) => name.startsWith('restored'))).toEqual([]);
    }
  }, 60_000);

  it('is refused when a part is cut short, longer or missing', async () => {
    const { store, options, a, folder } = await backupFixture();
    await store.write(Array.from({ length: 500 }, (_, index) => numberedRow(index)));
    const { id } = await runBackup(options);
    const path = join(folder, 'a', id, 'store.zst');
    const sound = await readFile(path);
    for (const size of [0, 1, 10, sound.length >> 1, sound.length - 1]) {
      await writeFile(path, sound);
      await truncate(path, size);
      await expect(verifyBackup(a, id)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    }
    await writeFile(path, Buffer.concat([sound, Buffer.from('more')]));
    await expect(verifyBackup(a, id)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    await rm(path);
    await expect(verifyBackup(a, id)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
  });
});

async function failure(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function bentMiddle(content: Buffer): Buffer {
  const bent = Buffer.from(content);
  const at = bent.indexOf('"digest"') > 0 ? bent.indexOf('"digest"') + 14 : bent.length >> 1;
  bent[at] = (bent[at] ?? 0) ^ 1;
  return bent;
}

function isSameJson(a: Buffer, b: Buffer): boolean {
  try {
    return JSON.stringify(JSON.parse(a.toString())) === JSON.stringify(JSON.parse(b.toString()));
  } catch {
    return false;
  }
}
