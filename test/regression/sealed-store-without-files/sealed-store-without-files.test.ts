/**
 * A store that was closed in order has a seal that names its files. When the whole `level` folder
 * was gone (a volume that was not mounted, a copy that left it out), the next start made an empty
 * store in its place and served without a word whatever the zone files held.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLevelStore } from '#store/level-store.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

describe('a store that was closed in order and has lost all its files', () => {
  it('is refused as damaged at every start, and no empty one is put in its place', async () => {
    const folder = await temporaryFolder();
    const store = await openLevelStore(folder);
    await store.write([numberedRow(1)]);
    await store.close();
    await rm(join(folder, 'level'), { recursive: true });
    for (let start = 0; start < 2; start += 1) {
      await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    }
    expect(await readdir(join(folder, 'level'))).toEqual([]);
  });
});
