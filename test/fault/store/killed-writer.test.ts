/**
 * kill -9 in the middle of group commits, ten times over one store: whatever was acknowledged must
 * be there, and what is there must be whole. The moments come from a seed that a failure prints.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { openLevelStore } from '#store/level-store.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { readAllRows } from '../../kit/temporary-store.ts';

const SEED = 815;
const KILLS = 10;
const ROWS_PER_RUN = 100_000;

describe('a writer killed with kill -9', () => {
  it(`has kept every acknowledged write, ${KILLS} times (seed ${SEED})`, async () => {
    const folder = await temporaryFolder();
    const random = seededRandom(SEED);
    const acknowledged: number[] = [];
    for (let run = 0; run < KILLS; run++) {
      const said = await writeUntilKilled(folder, run * ROWS_PER_RUN, 20 + random.below(200));
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

/** The row numbers that the writer said were acknowledged before it was killed. */
async function writeUntilKilled(folder: string, first: number, delayMs: number): Promise<number[]> {
  const script = join(import.meta.dirname, 'kill-writer.ts');
  const child = spawn(process.execPath, [script, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await once(child.stdout, 'data');
  await sleep(delayMs);
  child.kill('SIGKILL');
  await once(child, 'close');
  return said.split('\n').slice(0, -1).map(Number);
}
