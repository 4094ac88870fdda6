/**
 * A store that another user owns, after one start as root say, was reported as damaged with the
 * advice to restore a backup, or as a bare EACCES. Nothing is wrong with such a store but its
 * permissions. Root reads everything, so as root a child without its rights looks.
 */
import { spawnSync } from 'node:child_process';
import { chmod, chown, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openLevelStore } from '#store/level-store.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const NOBODY = 65_534;
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const OPEN = `
import { openLevelStore } from '#store/level-store.ts';
await openLevelStore(process.argv[1]).then(
  () => console.log('opened'),
  (error) => console.log(String(error.code), error.message),
);`;

/** What a user without rights of its own is told. */
function openAsNobody(folder: string): string {
  const isRoot = process.getuid?.() === 0;
  const child = spawnSync(
    process.execPath,
    ['--input-type=module-typescript', '-e', OPEN, folder],
    {
      cwd: ROOT,
      encoding: 'utf8',
      ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    },
  );
  return `${child.stdout}${child.stderr}`;
}

/** A closed store in a folder that everybody may enter; `deny` takes the rights to one part. */
async function storeOfNobody(deny: (folder: string) => Promise<void>): Promise<string> {
  const folder = await temporaryFolder();
  const store = await openLevelStore(folder);
  await store.write([numberedRow(1)]);
  await store.close();
  for (const name of ['.', ...(await readdir(folder, { recursive: true }))]) {
    if (process.getuid?.() === 0) await chown(join(folder, name), NOBODY, NOBODY);
  }
  await deny(folder);
  return folder;
}

async function filesOf(folder: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => pattern.test(name)).map((name) => join(folder, name));
}

describe('a store that may not be used', () => {
  it.each([
    ['the log', 'level', /\.log$/],
    ['the manifest', 'level', /^MANIFEST/],
    ['the seal', '.', /^seal$/],
  ])('is told from a damaged one when %s cannot be read', async (_what, part, pattern) => {
    const folder = await storeOfNobody(async (path) => {
      for (const file of await filesOf(join(path, part), pattern)) await chmod(file, 0);
    });
    const said = openAsNobody(folder);
    expect(said).toContain('STORE_UNAVAILABLE');
    expect(said).toMatch(/permission/i);
  });

  it.each(['lock', 'level'])(
    'is told from a damaged one when %s cannot be written',
    async (part) => {
      const folder = await storeOfNobody((path) => chmod(join(path, part), 0o500));
      const said = openAsNobody(folder);
      expect(said).toContain('STORE_UNAVAILABLE');
      expect(said).toMatch(/permission/i);
    },
  );
});
