/**
 * kill -9 in the middle of group commits, ten times over one store: whatever was acknowledged must
 * be there, and what is there must be whole. With a mirror that holds even if the end of LevelDB's
 * log or of the mirror is lost besides. The moments come from a seed that a failure prints.
 */
import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { type LevelStore, openLevelStore } from '#store/level-store.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { readAllRows } from '../../kit/temporary-store.ts';
import { writeUntilKilled } from '../../kit/write-until-killed.ts';

const WRITER = join(import.meta.dirname, 'kill-writer.ts');
const SEED = 815;
const KILLS = 10;
const ROWS_PER_RUN = 100_000;

/** That every row that was acknowledged is there as it was written. */
async function expectKept(store: LevelStore, acknowledged: readonly number[]): Promise<void> {
  const found = new Map(
    (await readAllRows(store)).map((row) => [
      Buffer.from(row.key).toString('hex'),
      Buffer.from(row.value).toString(),
    ]),
  );
  const lost = acknowledged.filter((index) => {
    const { key, value } = numberedRow(index, 1);
    return found.get(Buffer.from(key).toString('hex')) !== Buffer.from(value).toString();
  });
  expect(lost).toEqual([]);
}

/** Takes up to so much of the newest file with that ending. */
async function tearEnd(folder: string, ending: string, octets: number): Promise<void> {
  const name = (await readdir(folder))
    .filter((found) => found.endsWith(ending))
    .sort()
    .at(-1);
  const path = join(folder, name ?? '');
  await truncate(path, Math.max(0, (await stat(path)).size - octets));
}

describe('a writer killed with kill -9', () => {
  it(`has kept every acknowledged write, ${KILLS} times (seed ${SEED})`, async () => {
    const folder = await temporaryFolder();
    const random = seededRandom(SEED);
    const acknowledged: number[] = [];
    for (let run = 0; run < KILLS; run++) {
      const args = [folder, String(run * ROWS_PER_RUN)];
      const said = await writeUntilKilled(WRITER, args, 20 + random.below(200));
      expect(said.length, `run ${run} wrote something`).toBeGreaterThan(0);
      acknowledged.push(...said);
      const store = await openLevelStore(folder);
      await expectKept(store, acknowledged);
      await store.close();
    }
    expect(acknowledged.length).toBeGreaterThan(KILLS * 5);
  }, 60_000);

  it(`has kept it with a mirror when one of the two lost its end (seed ${SEED})`, async () => {
    const folder = await temporaryFolder();
    const random = seededRandom(SEED);
    const acknowledged: number[] = [];
    for (let run = 0; run < KILLS; run++) {
      const args = [folder, String(run * ROWS_PER_RUN), 'mirror'];
      acknowledged.push(...(await writeUntilKilled(WRITER, args, 20 + random.below(100))));
      const octets = random.below(20_000);
      if (random.below(4) > 0) await tearEnd(join(folder, 'level'), '.log', octets);
      else await tearEnd(join(folder, 'mirror'), '.mirror', octets);
      const store = await openLevelStore(folder, { mirror: true });
      await expectKept(store, acknowledged);
      await store.close();
    }
    expect(acknowledged.length).toBeGreaterThan(KILLS * 5);
  }, 60_000);
});
