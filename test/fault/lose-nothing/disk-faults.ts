/**
 * Cards about what crashes and disks do: torn writes, a full disk, one that the kernel made read-only,
 * system calls that fail. Each must end in equality: nothing that was acknowledged is lost, nothing
 * that was refused is there, and where the disk comes back the server goes on without a restart.
 */
import { errorMessage } from '#base/coded-error.ts';
import { FaultInjector, type FaultyCalls, SYNC_CALLS } from '../../kit/fault-injector.ts';
import { peersMissing } from '../../kit/peers.ts';
import { listFiles, tearTails } from './damage.ts';
import { copyStore, expectFolder, expectNoDifference, UNDECIDED } from './dead-store.ts';
import type { FaultRun } from './fault-run.ts';
import { REFUSED_START, startServer } from './start-server.ts';
import { TRIALS } from './trials.ts';
import { expectAnswers, viewServer } from './zone-view.ts';

/** Octets on a disk that is called full, so that it is at another octet each time. */
const ROOM_LEFT_MAX = 20_000;
const RECOVERY_MS_MAX = 20_000;
/** Changes on a disk of which only some calls fail. */
const FAULTY_BURSTS_MAX = 6;
const ERRORS = ['EIO', 'ENOSPC', 'EROFS'];
/** Of the files that LevelDB and the mirror begin next. */
const NEW_FILES = 12;

/** Kills at many moments of one server's life, and what is left of each with its tails torn. */
export async function crashes(run: FaultRun): Promise<void> {
  for (let left = TRIALS; left > 0; left--) {
    const { store, model, synced } = await run.copyAmidst();
    await expectFolder(run, await copyStore(run, store), 'of a crash', UNDECIDED, model);
    const data = await copyStore(run, store);
    run.diary.push(tearTails(data, synced, run.random));
    await expectFolder(run, data, 'of a crash with torn writes', UNDECIDED, model);
    run.diary.pop();
  }
}

/** A real kill, whose torn store the next start has to take. */
export async function tornWrites(run: FaultRun): Promise<void> {
  await run.killAmidst();
  for (let left = TRIALS; left > 0; left--) {
    const data = await copyStore(run);
    run.diary.push(tearTails(data, run.synced, run.random));
    await expectFolder(run, data, 'of torn writes', UNDECIDED);
    run.diary.pop();
  }
  run.diary.push(tearTails(run.place.data, run.synced, run.random));
}

export async function fullDisk(run: FaultRun): Promise<void> {
  const { disk, random } = run;
  if (!disk.canFill) return run.killAmidst();
  await disk.fill(random.below(ROOM_LEFT_MAX));
  await run.changeUntilRefused();
  await run.expectEqual('on a full disk', false);
  const end = random.below(3);
  if (end === 0) {
    run.diary.push('room is made');
    await disk.free();
    return goOn(run);
  }
  await run.server.kill();
  if (end === 1) await startOnFullDisk(run);
  return disk.free();
}

/** Served or refused; what was in doubt may be decided by the next start. */
async function startOnFullDisk(run: FaultRun): Promise<void> {
  run.diary.push('start on the full disk');
  try {
    run.server = await startServer(run.place);
  } catch (error) {
    const message = errorMessage(error);
    if (!REFUSED_START.test(message)) throw error;
    run.diary.push(message);
    return;
  }
  await run.expectEqual('after a start on a full disk', false);
  await run.server.kill();
}

export async function failedDisk(run: FaultRun): Promise<void> {
  const { disk } = run;
  if (!disk.canFail) return run.killAmidst();
  await disk.fail();
  await run.changeUntilRefused();
  await run.expectEqual('on a read-only disk', false);
  await run.server.kill();
  disk.repair();
}

/** Calls of the running server on its store fail, all or some; then it is killed or they stop failing. */
export async function failedCalls(run: FaultRun): Promise<void> {
  const { random } = run;
  if (peersMissing('strace')) return run.killAmidst();
  const faulty = await chooseCalls(run);
  const injector = await FaultInjector.attach(run.server.child.pid ?? 0, faulty);
  for (let left = FAULTY_BURSTS_MAX; left > 0 && !run.model.hasDoubt; left--) await run.tryBurst();
  // The store may be closed at the moment, to be opened anew; what is in memory answers.
  expectNoDifference(run, await viewServer(run.server, random, 'register'), 'while calls fail');
  await expectAnswers(run.server, run.zoneContents, random);
  const isKilled = random.below(3) === 0;
  if (isKilled) await run.server.kill();
  run.counts.failedCalls += await injector.detach();
  if (!isKilled) await goOn(run);
}

/** No restart: what was in doubt has not happened, and changes are taken. */
async function goOn(run: FaultRun): Promise<void> {
  await run.waitRecovered(RECOVERY_MS_MAX);
  // All of them were answered, with a failure: the store has undone what was under way.
  run.model.refuteDoubts();
  await run.expectEqual('after the disk came back');
  await run.change();
}

async function chooseCalls(run: FaultRun): Promise<FaultyCalls> {
  const { random, storeFolder } = run;
  const error = ERRORS[random.below(ERRORS.length)];
  const when = [undefined, '1', '2+', '3'][random.below(4)];
  const often = when === undefined ? {} : { when };
  const files = (await listFiles(storeFolder)).map((path) => `${storeFolder}/${path}`);
  const kinds: FaultyCalls[] = [
    { calls: SYNC_CALLS, error, ...often },
    { calls: ['write', 'pwrite64', 'writev', 'pwritev'], error, paths: files, ...often },
    {
      calls: [...SYNC_CALLS, 'openat', 'rename', 'unlink', 'ftruncate', 'write', 'pwrite64'],
      error,
      paths: [`${storeFolder}/level`, `${storeFolder}/mirror`, ...files, ...nextFiles(files)],
      ...often,
    },
  ];
  const chosen = kinds[random.below(kinds.length)];
  run.diary.push(`${error} of ${chosen.calls.join(', ')}, ${when ?? 'always'}`);
  return chosen;
}

/** Names that LevelDB will give: `level/000012.log`. */
function nextFiles(files: readonly string[]): string[] {
  const numbered = files.flatMap((path) => {
    const [, folder, number] = /^(.*\/level)\/(?:MANIFEST-)?(\d{6})/.exec(path) ?? [];
    return number === undefined ? [] : [{ folder, number: Number(number) }];
  });
  const last = Math.max(...numbered.map(({ number }) => number));
  const [{ folder }] = numbered;
  return Array.from({ length: NEW_FILES }, (_, index) => String(last + 1 + index)).flatMap(
    (number) =>
      ['.log', '.ldb', '.dbtmp'].map((suffix) => `${folder}/${number.padStart(6, '0')}${suffix}`),
  );
}
