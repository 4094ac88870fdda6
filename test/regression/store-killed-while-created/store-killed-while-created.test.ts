/**
 * LevelDB writes its first manifest before CURRENT. A process killed in between, at the very first
 * start, left a store that was refused as damaged ever after, although nothing was ever in it.
 */
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLevelStore } from '#store/level-store.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { readAllRows } from '../../kit/temporary-store.ts';

/** A folder with LevelDB's first manifest, whole or torn, and nothing else of value. */
async function halfCreatedStore(): Promise<string> {
  const folder = await temporaryFolder();
  const whole = await openLevelStore(join(folder, 'whole'));
  const level = join(folder, 'half', 'level');
  await mkdir(level, { recursive: true });
  const names = await readdir(join(folder, 'whole', 'level'));
  const manifest = names.find((name) => name.startsWith('MANIFEST-')) ?? 'none';
  await cp(join(folder, 'whole', 'level', manifest), join(level, 'MANIFEST-000001'));
  await whole.close();
  await writeFile(join(level, '000001.dbtmp'), 'MANIFEST-0');
  await writeFile(join(level, 'LOCK'), '');
  return join(folder, 'half');
}

describe('a store whose creation was cut short', () => {
  it('is created at the next start, and keeps what it is given then', async () => {
    const folder = await halfCreatedStore();
    const store = await openLevelStore(folder);
    await store.write([numberedRow(1)]);
    await store.close();
    const again = await openLevelStore(folder);
    expect(await readAllRows(again)).toHaveLength(1);
    await again.close();
  });

  it('is created at the next start when the manifest is empty, too', async () => {
    const folder = await halfCreatedStore();
    await writeFile(join(folder, 'level', 'MANIFEST-000001'), '');
    const store = await openLevelStore(folder);
    expect(await readAllRows(store)).toHaveLength(0);
    await store.close();
  });
});
