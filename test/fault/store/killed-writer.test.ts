/**
 * kill -9 in the middle of group commits, ten times over one store: whatever was acknowledged must
 * be there, and what is there must be whole. The moments come from a seed that a failure prints.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { openLevelStore } from '#store/level-store.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { readAllRows } from '../../kit/temporary-store.ts';
import { writeUntilKilled } from '../../kit/write-until-killed.ts';

const WRITER = join(import.meta.dirname, 'kill-writer.ts');
const SEED = 815;
const KILLS = 10;
const ROWS_PER_RUN = 100_000;

describe('a writer killed with kill -9', () => {
  it(`has kept every acknowledged write, ${KILLS} times (seed ${SEED})`, async () => {
    const folder = await temporaryFolder();
    const random = seededRandom(SEED);
    const acknowledged: number[] = [];
    for (let run = 0; run < KILLS; run++) {
      const said = await writeUntilKilled(
        WRITER,
        [folder, String(run * ROWS_PER_RUN)],
        20 + random.below(200),
      );
      expect(said.length, `run ${run} wrote something`).toBeGreaterThan(0);
      acknowledged.push(...said);
      const store = await openLevelStore(folder);
      const found = new Map(
        (await readAllRows(store)).map((row) => [
          Buffer.from(row.key).toString('hex'),
          Buffer.from(row.value).toString(),
        ]),
      );
      await store.close();
      const lost = acknowledged.filter((index) => {
        const { key, value } = numberedRow(index, 1);
        return found.get(Buffer.from(key).toString('hex')) !== Buffer.from(value).toString();
      });
      expect(lost, `run ${run}`).toEqual([]);
    }
    expect(acknowledged.length).toBeGreaterThan(KILLS * 5);
  }, 60_000);
});
