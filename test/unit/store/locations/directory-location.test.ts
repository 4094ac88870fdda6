import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DirectoryLocation } from '#store/locations/directory-location.ts';
import { once } from '../../../kit/backup-fixture.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

async function opened() {
  const folder = await temporaryFolder();
  const location = new DirectoryLocation('disk', join(folder, 'disk'));
  await location.writeFile('a', 'part.zst', once('octets'));
  return { folder, location, path: join(folder, 'disk', 'a', 'part.zst') };
}

describe('a folder that others may write to', () => {
  it('gives back what it was given', async () => {
    const { location } = await opened();
    const chunks = await Array.fromAsync(location.readFile('a', 'part.zst'));
    expect(Buffer.concat(chunks).toString()).toBe('octets');
  });

  it('is not written through a link that waits there', async () => {
    const { folder, location, path } = await opened();
    const precious = join(folder, 'precious');
    await writeFile(precious, 'kept');
    await symlink(precious, `${path}.partial`);
    await location.writeFile('a', 'part.zst', once('newer'));
    expect(await readFile(precious, 'utf8')).toBe('kept');
    expect(await readFile(path, 'utf8')).toBe('newer');
  });

  it('lists no link as a backup, and removes nothing behind one', async () => {
    const { folder, location } = await opened();
    await mkdir(join(folder, 'other'));
    await writeFile(join(folder, 'other', 'kept'), '');
    await symlink(join(folder, 'other'), join(folder, 'disk', 'b'));
    expect(await location.listIds()).toEqual(['a']);
    await location.remove('b');
    expect(await readFile(join(folder, 'other', 'kept'), 'utf8')).toBe('');
  });
});
