/**
 * Cards about what no crash does: octets flipped and files cut or gone, in a store that is put back
 * afterwards. A zone or the start may be refused by name, and nothing may be different in silence.
 */
import { errorMessage } from '#base/coded-error.ts';
import { flip, listFiles, wound } from './damage.ts';
import { copyStore, expectFolder, expectNoDifference, UNDECIDED } from './dead-store.ts';
import type { FaultRun } from './fault-run.ts';
import { REFUSED_STORE, startServer } from './start-server.ts';
import { TRIALS } from './trials.ts';
import { expectAnswers, viewServer } from './zone-view.ts';

const TABLES = /\.ldb$/;

/** Wounds of one dead store, each done to a copy. */
export async function damagedStore(run: FaultRun): Promise<void> {
  if (run.random.below(3) === 0) await run.server.stop();
  else await run.killAmidst();
  await expectFolder(run, await copyStore(run), 'of a dead server', UNDECIDED);
  for (let left = TRIALS; left > 0; left--) {
    const data = await copyStore(run);
    run.diary.push(await wound(data, run.random));
    await expectFolder(run, data, 'of a damaged store', { ...UNDECIDED, mayRefuse: true });
    run.diary.pop();
  }
}

export async function startOnDamage(run: FaultRun): Promise<void> {
  await run.killAmidst();
  const putBack = await run.keepStore();
  run.diary.push(await wound(run.storeFolder, run.random));
  await startDamaged(run);
  await putBack();
}

/** Files that LevelDB has open already: what it reads is found, and what is in memory answers. */
export async function damageWhileRunning(run: FaultRun): Promise<void> {
  const putBack = await run.keepStore();
  const tables = await listFiles(run.storeFolder, TABLES);
  for (const table of tables) run.diary.push(await flip(run.storeFolder, table, run.random));
  expectNoDifference(run, await viewServer(run.server, run.random), 'with damaged tables');
  await expectAnswers(run.server, run.zoneContents, run.random);
  run.counts.trials += 1;
  await run.server.kill();
  await startDamaged(run);
  await putBack();
}

/** A start that may refuse its store, and serves nothing that is different. */
export async function startDamaged(run: FaultRun): Promise<void> {
  run.counts.trials += 1;
  try {
    run.server = await startServer(run.place);
  } catch (error) {
    if (!REFUSED_STORE.test(errorMessage(error))) throw error;
    run.counts.refusals += 1;
    return;
  }
  expectNoDifference(run, await viewServer(run.server, run.random), 'of a damaged store');
  await run.server.kill();
}
