/**
 * Cards about a server that follows: it or its primary dies amid transfers, its disk is torn or
 * damaged, the primary's journal no longer reaches back to what it has. It answers while its primary
 * is down, and comes to equality.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '#base/coded-error.ts';
import { tearTails, wound } from './damage.ts';
import type { FaultRun } from './fault-run.ts';
import { REFUSED_STORE } from './start-server.ts';
import { viewServer } from './zone-view.ts';

/** Of a kill, after the changes whose transfers it interrupts. */
const KILL_DELAY_MS_MAX = 60;

/** Killed while it fetches, its unsynced writes torn; meanwhile the primary goes on. */
export async function secondaryDies(run: FaultRun): Promise<void> {
  const { random, secondary } = run;
  await follow(run);
  const changing = run.change();
  await sleep(random.below(KILL_DELAY_MS_MAX));
  await secondary.kill();
  await changing;
  if (random.below(2) === 0) {
    run.diary.push(tearTails(secondary.place.data, secondary.synced, random));
  }
  if (random.below(2) === 0) {
    run.diary.push('the journal is cut');
    await run.cutJournal();
  }
  await run.change();
  await follow(run);
  await leave(run);
}

/** The primary is killed while the secondary fetches; that answers on, with what it has. */
export async function primaryDies(run: FaultRun): Promise<void> {
  const { random, secondary } = run;
  await follow(run);
  await run.killAmidst();
  const views = await viewServer(await secondary.start(), random, 'zone');
  for (const [zone, view] of views) {
    if ('fault' in view)
      throw new Error(`the secondary without its primary: ${zone} ${view.fault}`);
  }
  await run.start();
  await run.change();
  await follow(run);
  await leave(run);
}

/** What is wounded in its store is refused, never served, and fetched again. */
export async function secondaryDamaged(run: FaultRun): Promise<void> {
  const { random, secondary } = run;
  await follow(run);
  await secondary.kill();
  run.diary.push(await wound(secondary.storeFolder, random));
  if (random.below(2) === 0) await run.change();
  run.counts.trials += 1;
  try {
    await secondary.start();
  } catch (error) {
    if (!REFUSED_STORE.test(errorMessage(error))) throw error;
    run.counts.refusals += 1;
    await secondary.forget();
  }
  await follow(run);
  await leave(run);
}

async function follow(run: FaultRun): Promise<void> {
  await run.secondary.start();
  await run.secondary.expectFollows(run.model, run.random, 'of a healthy primary');
}

/** Sometimes it stays, and follows through the faults of the next rounds. */
async function leave({ random, secondary }: FaultRun): Promise<void> {
  if (random.below(3) > 0) await secondary.kill();
}
