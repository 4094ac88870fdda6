/**
 * Random changes of zones and of the register, kills, torn writes, full and read-only disks, failing
 * system calls, lost backup locations, flipped octets, restores and a secondary, with a model beside
 * them. A fault that a crash or a disk can bring ends in equality; damage that no crash brings ends in
 * equality or a refusal by name. HOLDFAST_FAULTS runs more rounds and HOLDFAST_FAULT_TRIALS more of
 * what a round repeats, HOLDFAST_FAULT_CARDS only the cards that it matches (a pattern);
 * HOLDFAST_SEED replays a run.
 */
import process from 'node:process';
import { expect, it } from 'vitest';
import { errorMessage } from '#base/coded-error.ts';
import { type Random, seededRandom } from '#base/random.ts';
import { readEnvironmentNumber } from '../../kit/environment-number.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { FaultRun } from './fault-run.ts';
import { FAULTS } from './faults.ts';
import { TRIALS } from './trials.ts';

const SEED = readEnvironmentNumber('HOLDFAST_SEED', 20_261_122);
const WANTED = new RegExp(process.env['HOLDFAST_FAULT_CARDS'] ?? '');
const CARDS = Object.keys(FAULTS).filter((name) => WANTED.test(name));
const ROUNDS = readEnvironmentNumber('HOLDFAST_FAULTS', CARDS.length);
/** Rounds. */
const TOLD_EVERY = 50;

it(`nothing acknowledged is lost over ${ROUNDS} faults (seed ${SEED})`, {
  timeout: 120_000 + ROUNDS * (20_000 + TRIALS * 2_000),
}, async () => {
  say(`seed ${SEED}, ${ROUNDS} rounds`);
  const random = seededRandom(SEED);
  const run = await FaultRun.open(await temporaryFolder(), random);
  await run.begin();
  const timesMs: Record<string, number> = {};
  let deck: string[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    if (deck.length === 0) deck = shuffled(CARDS, random);
    const name = deck.pop() ?? '';
    run.diary = [];
    const startMs = performance.now();
    try {
      await run.change();
      run.diary.push(name);
      await FAULTS[name](run);
      await run.start();
    } catch (error) {
      const story = [`seed ${SEED}, round ${round}, ${name}:`, ...run.diary].join('\n  ');
      throw new Error(`${errorMessage(error)}\n${story}`, { cause: error });
    }
    run.counts.rounds += 1;
    timesMs[name] = Math.round((timesMs[name] ?? 0) + performance.now() - startMs);
    if (round % TOLD_EVERY === 0) say(`after ${round} rounds: ${JSON.stringify(run.counts)}`);
  }
  expect(await run.server.stop()).toBe(0);
  say(JSON.stringify(run.counts));
  say(`milliseconds by card: ${JSON.stringify(timesMs)}`);
});

function say(text: string): void {
  process.stderr.write(`faults: ${text}\n`);
}

function shuffled(names: readonly string[], random: Random): string[] {
  const left = [...names];
  return names.map(() => left.splice(random.below(left.length), 1)[0]);
}
