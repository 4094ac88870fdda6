/**
 * `npm run test:long`: the whole suite with the counts that CI has no time for, and a seed nobody has
 * tried. It prints the seed; `HOLDFAST_SEED=n npm run test:long` runs the same again.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import process from 'node:process';

const COUNTS = {
  HOLDFAST_KILLS: '100',
  HOLDFAST_FAULTS: '2000',
  HOLDFAST_FAULT_TRIALS: '40',
  HOLDFAST_MUTATIONS: '1000000',
  HOLDFAST_DIFFERENTIAL: '100000',
  HOLDFAST_DOORS_SECONDS: '30',
  HOLDFAST_MONTHS: '1000',
};

const seed = process.env.HOLDFAST_SEED ?? String(randomInt(1, 2 ** 31));
process.stdout.write(`seed ${seed}\n`);
const { status } = spawnSync('vitest', ['run', '--testTimeout=3600000', ...process.argv.slice(2)], {
  env: { ...COUNTS, ...process.env, HOLDFAST_SEED: seed, HOLDFAST_DIFFERENTIAL_SEED: seed },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
