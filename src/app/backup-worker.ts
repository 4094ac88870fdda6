/**
 * Entry of the thread that makes backups: opens the locations for itself, and a clock. The thread
 * yields to the others where processor time is short. It does not stand behind all other
 * programs of the machine, or a busy one would have no backups.
 */
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { type BackupFiles, readBackupFiles } from '#app/backup-files.ts';
import { openTargets, readIdentities } from '#app/backup-locations.ts';
import type { BackupConfiguration } from '#app/config/backup-section.ts';
import { describeRows } from '#app/describe-rows.ts';
import { checkRegisterLog, logRegister } from '#app/register-rows.ts';
import { TimedFileReader } from '#app/timed-file-reader.ts';
import { assert } from '#base/assert.ts';
import { type ClockConfig, openClock } from '#base/clock.ts';
import { systemRandom } from '#base/random.ts';
import { BackupRunner } from '#store/backup/backup-runner.ts';
import { runBackupThread } from '#store/backup/thread-runner.ts';

/** After so long a location has failed this time. */
const LOCATION_TIMEOUT_MS = 30 * 60_000;

/** What the thread is given. */
export interface BackupWorkerStart {
  readonly backup: BackupConfiguration;
  readonly files: BackupFiles;
  /** Folder that remembers the last copy of each location. */
  readonly memory: string;
  readonly clock: ClockConfig;
}

const { backup, files, memory, clock } = workerData as BackupWorkerStart;
assert(parentPort !== null, 'a thread has a port');
// Linux counts threads as processes here: it is this one that steps back.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
await runBackupThread(parentPort, async ({ store, report }) => {
  const random = systemRandom();
  const { recipients = [], identityFile } = backup.age ?? {};
  const reader = new TimedFileReader();
  return new BackupRunner({
    store,
    targets: await openTargets(backup, random),
    describe: describeRows,
    logFilter: logRegister,
    checkLog: checkRegisterLog,
    memory,
    extras: async () => readBackupFiles(files, reader),
    recipients,
    identities: identityFile === undefined ? [] : await readIdentities(identityFile),
    locationTimeoutMs: LOCATION_TIMEOUT_MS,
    onOutcome: (copy) => report({ kind: 'copied', copy }),
    clock: openClock(clock),
    random,
  });
});
