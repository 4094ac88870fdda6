/**
 * LevelDB writes a table in the background and enters it in the manifest when it is whole. A
 * process killed in between (found by kill -9 after large imports) leaves half a table that nothing
 * refers to; every later start refused the store as damaged.
 */
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLevelStore } from '#store/level-store.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { readAllRows } from '../../kit/temporary-store.ts';

const ROWS = 2000;

/** A killed store of one table and a log, and the octets of that table. */
async function killedStore(): Promise<{ folder: string; table: Buffer }> {
  const folder = await temporaryFolder();
  const live = join(folder, 'live');
  const first = await openLevelStore(live);
  await first.write(Array.from({ length: ROWS }, (_, index) => numberedRow(index)));
  await first.close();
  const second = await openLevelStore(live);
  await second.write([numberedRow(ROWS)]);
  await cp(live, join(folder, 'killed'), { recursive: true });
  await second.close();
  const level = join(folder, 'killed', 'level');
  const name = (await readdir(level)).find((file) => file.endsWith('.ldb')) ?? 'none';
  return { folder: join(folder, 'killed'), table: await readFile(join(level, name)) };
}

describe('a table that was being written when the process was killed', () => {
  it.each([0, 30, 0.5, 1])(
    'does not keep the store from opening (%f of it there)',
    async (part) => {
      const { folder, table } = await killedStore();
      const size = part <= 1 ? Math.floor(table.length * part) : part;
      const orphan = join(folder, 'level', '000999.ldb');
      await writeFile(orphan, table.subarray(0, size));
      const store = await openLevelStore(folder);
      // The rows and the layout version.
      expect(await readAllRows(store)).toHaveLength(ROWS + 1);
      expect(await readdir(join(folder, 'level'))).not.toContain('000999.ldb');
      await store.close();
    },
  );
});
