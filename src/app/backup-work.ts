/**
 * Everything that a name server does about backups by itself: full and incremental ones by the
 * clock, restores on trial, and the alarm when too few locations hold a recent good copy.
 */
import { join } from 'node:path';
import { createTask } from 'node-cron';
import type { Registry } from 'prom-client';
import {
  BackupMetrics,
  GOOD_COPY_AGE_MS,
  GOOD_LOCATIONS_MIN,
} from '#app/adapters/backup-metrics.ts';
import { BackupAdapter } from '#app/adapters/backup-port.ts';
import { openTargets, readIdentities } from '#app/backup-locations.ts';
import type { BackupWorkerStart } from '#app/backup-worker.ts';
import type { Configuration } from '#app/config/configuration.ts';
import { LAST_COPIES_FOLDER } from '#app/data-folder.ts';
import { findBackupFiles } from '#app/named-files.ts';
import { repeatEvery } from '#app/repeat-every.ts';
import { drillRestore } from '#app/restore-drill.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { scheduleBackups } from '#app/scheduled-backups.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { BackupThread } from '#store/backup/backup-thread.ts';
import { listBackups } from '#store/backup/list-backups.ts';
import type { BackupTarget } from '#store/backup/location-lane.ts';
import type { StoreLender } from '#store/lent-store.ts';

const ALARM_INTERVAL_MS = 600_000;
const WORKER = new URL('./backup-worker.ts', import.meta.url);

export interface BackedUp {
  store: StoreLender;
  zones: ZoneDb;
  registry: Registry;
}

/**
 * Opens the locations and starts the schedules, if there is any location.
 * @throws CodedError BACKUP_SECRET_FILE
 */
export async function startBackups(
  configuration: Configuration,
  { store, zones, registry }: BackedUp,
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<BackupAdapter> {
  const { log, clock, random } = parts;
  const { backup } = configuration;
  const targets = await openTargets(backup, random);
  const locations = targets.map(({ location }) => location);
  const names = locations.map(({ name }) => name);
  const metrics = new BackupMetrics({ registry, locations: names, clock });
  // Read by the thread when it starts; what is wrong with it is said now.
  if (backup.age?.identityFile !== undefined) await readIdentities(backup.age.identityFile);
  const start: BackupWorkerStart = {
    backup,
    files: findBackupFiles(configuration),
    memory: join(configuration.data, LAST_COPIES_FOLDER),
    clock: { kind: 'system' },
  };
  const backups = new BackupAdapter({
    journal: zones.journal,
    locations,
    openMaker: (onOutcome) =>
      new BackupThread({ store, module: WORKER, start, onOutcome, random, log }),
    hasIdentity: backup.age?.identityFile !== undefined,
    log,
    onOutcome: (copy) => metrics.copied(copy),
  });
  stack.defer(() => backups.close());
  if (targets.length === 0) return backups;
  warnOfOpenSecrets(configuration, log);
  void findCopies(targets, metrics, parts);
  stack.defer(await scheduleBackups(backup.schedule, async () => backups.run(), log));
  if (backup.incremental !== 'never') {
    const run = async () => backups.run(undefined, 'incremental');
    stack.defer(await scheduleBackups(backup.incremental, run, log));
  }
  await scheduleDrills(configuration, metrics, parts, stack);
  startAlarm(metrics, targets.length, parts, stack);
  return backups;
}

function warnOfOpenSecrets({ backup }: Configuration, log: Log): void {
  if (backup.age !== undefined) return;
  const remote = backup.locations.filter(({ directory }) => directory === undefined);
  if (remote.length === 0) return;
  const locations = remote.map(({ name }) => name);
  log.warn({ locations }, 'backups leave this machine unencrypted, keys included: set backup.age');
}

/** What earlier lives of the process left counts as well, but nothing that is yet to come. */
async function findCopies(
  targets: readonly BackupTarget[],
  metrics: BackupMetrics,
  { log, clock }: ProcessParts,
): Promise<void> {
  for (const { location } of targets) {
    try {
      const { backups } = await listBackups(location);
      const newest = backups.find(({ at }) => Date.parse(at) <= clock.nowMs());
      if (newest !== undefined) metrics.found(location.name, Date.parse(newest.at));
    } catch (error) {
      log.warn({ location: location.name, error: errorMessage(error) }, 'backups are not readable');
    }
  }
}

async function scheduleDrills(
  { file, data, backup }: Configuration,
  metrics: BackupMetrics,
  { log, clock }: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<void> {
  if (backup.drill === 'never') return;
  if (backup.age !== undefined && backup.age.identityFile === undefined) {
    log.warn('backups are not restored on trial: backup.age has no identityFile');
    return;
  }
  const closing = new AbortController();
  stack.defer(() => closing.abort());
  const drillAll = async (): Promise<void> => {
    for (const { name: location } of backup.locations) {
      const why = await drillRestore({ config: file, location, data, signal: closing.signal });
      if (closing.signal.aborted) return;
      metrics.drilled(location, why === undefined, clock.nowMs());
      if (why === undefined) log.info({ location }, 'backup restored on trial');
      else log.error({ location }, `the newest backup could not be restored on trial: ${why}`);
    }
  };
  const task = createTask(backup.drill, drillAll, { timezone: 'UTC', noOverlap: true });
  await task.start();
  stack.defer(async () => {
    await task.destroy();
  });
}

/**
 * Says again and again what is true for as long as it is, from one age after the start on.
 * @param count of locations there are
 */
function startAlarm(
  metrics: BackupMetrics,
  count: number,
  { log, clock }: ProcessParts,
  stack: AsyncDisposableStack,
): void {
  const startMs = clock.nowMs();
  const alarm = repeatEvery(ALARM_INTERVAL_MS, async () => {
    const good = metrics.goodLocations();
    if (good.length >= Math.min(GOOD_LOCATIONS_MIN, count)) return;
    if (clock.nowMs() < startMs + GOOD_COPY_AGE_MS) return;
    const hours = GOOD_COPY_AGE_MS / 3_600_000;
    log.error({ good }, `no good backup in ${GOOD_LOCATIONS_MIN} locations for ${hours} h`);
  });
  stack.defer(() => alarm.close());
}
