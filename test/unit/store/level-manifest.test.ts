/** What a manifest says is held against the folder that LevelDB made with it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildCrc32cTable } from '#store/crc32c.ts';
import { readLiveTables } from '#store/level-manifest.ts';
import { openLevelStore } from '#store/level-store.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

/** A store that was opened and closed so often that tables were added and merged. */
async function mergedStore(): Promise<string> {
  const folder = await temporaryFolder();
  for (let round = 0; round < 8; round += 1) {
    const store = await openLevelStore(folder);
    await store.write(Array.from({ length: 200 }, (_, index) => numberedRow(index, round)));
    await store.close();
  }
  return join(folder, 'level');
}

async function manifestOf(level: string): Promise<Uint8Array> {
  return readFile(join(level, (await readFile(join(level, 'CURRENT'), 'utf8')).trimEnd()));
}

describe('the tables that a manifest names', () => {
  it('are those in the folder, after tables were added and merged', async () => {
    const level = await mergedStore();
    const files = (await readdir(level)).filter((name) => name.endsWith('.ldb'));
    const live = readLiveTables(buildCrc32cTable(), await manifestOf(level));
    expect([...(live ?? [])].sort((a, b) => a - b)).toEqual(
      files.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b),
    );
    expect(files).not.toHaveLength(0);
  });

  it('are none for an empty one', () => {
    expect(readLiveTables(buildCrc32cTable(), new Uint8Array(0))).toEqual(new Set());
  });
});
