/**
 * The cards of the deck. Each finds a server that runs and equals the model, and leaves a data folder
 * that the next start must take and serve as the model says; the process is dead then. What no crash
 * can do (wounds) is done to a store that is put back afterwards: there a zone or the start may be
 * refused by name, and nothing may be different in silence.
 */
import { cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { CodedError, errorMessage } from '#base/coded-error.ts';
import { holdfast } from '../../kit/command-line.ts';
import { readEnvironmentNumber } from '../../kit/environment-number.ts';
import { ServerProcess } from '../../kit/server-process.ts';
import { flip, listFiles, tearTails, wound } from './damage.ts';
import type { FaultRun, KeptBackup } from './fault-run.ts';
import type { Settling } from './zone-model.ts';
import { expectAnswers, viewFolder, viewServer } from './zone-view.ts';

export type Fault = (run: FaultRun) => Promise<void>;

/** Wounds or tears of one dead store, each done to a copy. */
const TRIALS = readEnvironmentNumber('HOLDFAST_FAULT_TRIALS', 4);
/** Octets on a disk that is called full, so that it is at another octet each time. */
const ROOM_LEFT_MAX = 20_000;
const RECOVERY_MS_MAX = 20_000;
/** How a start says what it refuses. */
const REFUSED_START = /^ended with [1-9]\d* before ready: .*\b(?:STORE|ZONE|ACCESS)_[A-Z_]+/s;
const TABLES = /\.ldb$/;
/**
 * Each copy decides anew what became of changes in doubt: one that only the mirror has whole happens
 * unless that is torn or damaged.
 */
const UNDECIDED: Settling = { settles: false };

export const FAULTS: Readonly<Record<string, Fault>> = {
  stop: async (run) => {
    expect(await run.server.stop()).toBe(0);
  },
  kill: (run) => run.killAmidst(),
  'torn writes': tornWrites,
  'full disk': fullDisk,
  'disk made read-only': failedDisk,
  'lost location': lostLocation,
  'restored backup': restoredBackup,
  'damaged backup': damagedBackup,
  'damaged store': damagedStore,
  'start on a damaged store': startOnDamage,
  'damage while running': damageWhileRunning,
};

async function tornWrites(run: FaultRun): Promise<void> {
  await run.killAmidst();
  for (let left = TRIALS; left > 0; left--) {
    const data = await copyStore(run);
    run.diary.push(tearTails(data, run.synced, run.random));
    await expectFolder(run, data, 'of torn writes', UNDECIDED);
    run.counts.trials += 1;
    run.diary.pop();
  }
  run.diary.push(tearTails(run.place.data, run.synced, run.random));
}

/** A data folder with a copy of the dead server's store, in place of the last such copy. */
async function copyStore(run: FaultRun): Promise<string> {
  const data = join(run.disk.folder, 'copy');
  await rm(data, { recursive: true, force: true });
  await cp(run.storeFolder, join(data, 'store'), { recursive: true });
  return data;
}

async function fullDisk(run: FaultRun): Promise<void> {
  const { disk, random } = run;
  if (!disk.canFill) return run.killAmidst();
  await disk.fill(random.below(ROOM_LEFT_MAX));
  await run.changeUntilRefused();
  await run.expectEqual('on a full disk', false);
  const end = random.below(3);
  if (end === 0) {
    run.diary.push('room is made');
    await disk.free();
    await run.waitRecovered(RECOVERY_MS_MAX);
    // All of them were answered, with a failure: the store has undone what was under way.
    run.model.refuteDoubts();
    await run.expectEqual('after there was room again');
    await run.change();
    return run.killAmidst();
  }
  await run.server.kill();
  if (end === 1) await startOnFullDisk(run);
  await disk.free();
}

/** Served or refused; what was in doubt may be decided by the next start. */
async function startOnFullDisk(run: FaultRun): Promise<void> {
  run.diary.push('start on the full disk');
  try {
    run.server = await ServerProcess.start(run.place);
  } catch (error) {
    const message = errorMessage(error);
    if (!/^ended with [1-9]\d* before ready: .*\b[A-Z]+_[A-Z_]+/s.test(message)) throw error;
    run.diary.push(message);
    return;
  }
  await run.expectEqual('after a start on a full disk', false);
  await run.server.kill();
}

async function failedDisk(run: FaultRun): Promise<void> {
  const { disk } = run;
  if (!disk.canFail) return run.killAmidst();
  await disk.fail();
  await run.changeUntilRefused();
  await run.expectEqual('on a read-only disk', false);
  await run.server.kill();
  disk.repair();
}

/** A folder that is gone is made again; what stands in its place stays. */
async function lostLocation(run: FaultRun): Promise<void> {
  const lost = run.location('one');
  const aside = `${lost}.aside`;
  await mkdir(lost, { recursive: true });
  await rename(lost, aside);
  const kind = run.random.below(3);
  if (kind === 0) await writeFile(lost, 'a file');
  if (kind === 1) await symlink('/nowhere/at/all', lost);
  await run.backUp('two');
  await run.change();
  await rm(lost, { recursive: true, force: true });
  await rename(aside, lost);
  await run.server.kill();
}

async function restoredBackup(run: FaultRun): Promise<void> {
  await run.backUp('one', 'two');
  await run.change();
  await run.killAmidst();
  const backup = keptBackup(run);
  const from = backup.locations[run.random.below(backup.locations.length)];
  const restored = join(run.disk.folder, 'restored');
  await restore(run, backup, from, restored);
  await rm(run.storeFolder, { recursive: true });
  await rename(join(restored, 'store'), run.storeFolder);
  await rm(restored, { recursive: true });
  run.model.goBackTo(backup.mark);
}

async function restore(
  run: FaultRun,
  { id }: KeptBackup,
  from: string,
  into: string,
): Promise<void> {
  // More than a restore takes for granted, because changes come faster here.
  const options = ['--id', id, '--config', run.place.config, '--serial-jump', '10000'];
  const { exitCode, stderr } = await holdfast(
    'restore',
    '--from',
    from,
    '--into',
    into,
    ...options,
  );
  if (exitCode !== 0) throw new Error(`restore of ${id} from ${from}: ${stderr}`);
  run.diary.push(`restored ${id} from ${from}`);
  run.counts.restores += 1;
}

/** A wounded copy is refused or as good as before, and the other location has a good one. */
async function damagedBackup(run: FaultRun): Promise<void> {
  await run.backUp('one', 'two');
  const backup = keptBackup(run);
  await run.server.kill();
  const folder = join(run.location('one'), backup.id);
  const [kept, into] = [join(run.place.folder, 'kept'), join(run.disk.folder, 'restored')];
  await cp(folder, kept, { recursive: true });
  for (let left = TRIALS / 2; left > 0; left--) {
    run.diary.push(await wound(folder, run.random));
    await restore(run, backup, 'one', into).then(
      () => expectFolder(run, into, 'restored of a damaged backup'),
      (error: unknown) => {
        if (!/BACKUP_[A-Z]+/.test(errorMessage(error))) throw error;
        run.counts.refusals += 1;
      },
    );
    run.counts.trials += 1;
    await rm(into, { recursive: true, force: true });
    await rm(folder, { recursive: true });
    await cp(kept, folder, { recursive: true });
  }
  await rm(kept, { recursive: true });
  await restore(run, backup, 'two', into);
  await expectFolder(run, into, 'restored of the other location');
  await rm(into, { recursive: true });
}

async function damagedStore(run: FaultRun): Promise<void> {
  if (run.random.below(3) === 0) await run.server.stop();
  else await run.killAmidst();
  await expectFolder(run, await copyStore(run), 'of a dead server', UNDECIDED);
  for (let left = TRIALS; left > 0; left--) {
    const data = await copyStore(run);
    run.diary.push(await wound(data, run.random));
    await expectFolder(run, data, 'of a damaged store', { ...UNDECIDED, mayRefuse: true });
    run.counts.trials += 1;
    run.diary.pop();
  }
}

async function startOnDamage(run: FaultRun): Promise<void> {
  await run.killAmidst();
  const putBack = await run.keepStore();
  run.diary.push(await wound(run.storeFolder, run.random));
  await startDamaged(run);
  await putBack();
}

/** Files that LevelDB has open already: what it reads is found, and what is in memory answers. */
async function damageWhileRunning(run: FaultRun): Promise<void> {
  const putBack = await run.keepStore();
  const tables = await listFiles(run.storeFolder, TABLES);
  for (const table of tables) run.diary.push(await flip(run.storeFolder, table, run.random));
  expectNoDifference(run, await viewServer(run.server, run.random), 'with damaged tables');
  await expectAnswers(run.server, run.model.contents, run.random);
  run.counts.trials += 1;
  await run.server.kill();
  await startDamaged(run);
  await putBack();
}

async function startDamaged(run: FaultRun): Promise<void> {
  run.counts.trials += 1;
  try {
    run.server = await ServerProcess.start(run.place);
  } catch (error) {
    if (!REFUSED_START.test(errorMessage(error))) throw error;
    run.counts.refusals += 1;
    return;
  }
  expectNoDifference(run, await viewServer(run.server, run.random), 'of a damaged store');
  await run.server.kill();
}

/** Where something may be refused: the start, by a code, or zones, by name. */
async function expectFolder(
  run: FaultRun,
  data: string,
  what: string,
  settling: Settling = {},
): Promise<void> {
  try {
    const views = await viewFolder(run.place, data);
    const lines = run.model.differences(views, { ...settling, isAside: true });
    if (lines.length > 0) throw new Error(`zones ${what}: ${lines.join('\n')}`);
    if ([...views.values()].some((view) => 'fault' in view)) run.counts.refusals += 1;
  } catch (error) {
    if (settling.mayRefuse !== true || !(error instanceof CodedError)) throw error;
    run.counts.refusals += 1;
  }
}

function expectNoDifference(
  run: FaultRun,
  views: Awaited<ReturnType<typeof viewServer>>,
  what: string,
): void {
  const lines = run.model.differences(views, { ...UNDECIDED, mayRefuse: true });
  if (lines.length > 0) throw new Error(`zones ${what}: ${lines.join('\n')}`);
  if ([...views.values()].some((view) => 'fault' in view)) run.counts.refusals += 1;
}

function keptBackup(run: FaultRun): KeptBackup {
  if (run.backup === undefined) throw new Error('there is no backup');
  return run.backup;
}
