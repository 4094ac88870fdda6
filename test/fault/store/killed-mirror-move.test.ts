/**
 * A mirror that moves to another disk, by a process that is killed on the way: whenever that is, the
 * next start has every batch, either there or in the folder of the store.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { openLevelStore } from '#store/level-store.ts';
import { readBatches } from '#store/mirror/mirror-segment.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const ROWS = 400;
/** Files of the mirror: removing them takes a while. */
const LIMITS = { segmentOctetsMax: 300, octetsMax: 1 << 30 };
const KILLS = 12;
const STORE = new URL('../../../src/store/level-store.ts', import.meta.url).href;
const SEED = 7;

/** Opens the store with its mirror elsewhere, and says so before and after. */
const MOVER = `
const { openLevelStore } = await import(${JSON.stringify(STORE)});
const [path, mirrorFolder] = process.argv.slice(1);
process.stdout.write('begins');
await openLevelStore(path, { mirror: ${JSON.stringify(LIMITS)}, mirrorFolder });
process.stdout.write('moved');
setInterval(() => {}, 1000);
`;

async function batchesIn(folder: string): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { number } of readBatches(folder, 0)) numbers.push(number);
  return numbers;
}

function filesIn(folder: string): number {
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

it('loses no batch when it is killed at any moment', { timeout: 60_000 }, async () => {
  const folder = await temporaryFolder();
  const filled = await openLevelStore(join(folder, 'filled'), { mirror: LIMITS });
  for (let index = 0; index < ROWS; index++) await filled.write([numberedRow(index)]);
  await filled.close();
  const all = await batchesIn(join(folder, 'filled', 'mirror'));
  const files = filesIn(join(folder, 'filled', 'mirror'));
  const random = seededRandom(SEED);
  for (let kill = 0; kill < KILLS; kill++) {
    const path = join(folder, `store-${kill}`);
    const mirrorFolder = join(folder, `mirror-${kill}`);
    await cp(join(folder, 'filled'), path, { recursive: true });
    const args = ['--input-type=module', '--eval', MOVER, path, mirrorFolder];
    const mover = spawn(execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(mover.stdout, 'data');
    // Half of the times as it copies, half as it removes what was copied.
    if (kill % 2 === 0) await sleep(random.below(100));
    else while (filesIn(join(path, 'mirror')) === files) await sleep(1);
    mover.kill('SIGKILL');
    await once(mover, 'close');
    const store = await openLevelStore(path, { mirror: LIMITS, mirrorFolder });
    expect(await batchesIn(mirrorFolder), `seed ${SEED}, kill ${kill}`).toEqual(all);
    await store.close();
    expect((await readdir(path)).filter((name) => name.startsWith('mirror'))).toEqual([]);
  }
});
