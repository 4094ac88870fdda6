/**
 * Backups as the admin API, the schedule and the event feed see them: one run at a time, each
 * copy told to the ledger's feed and to Prometheus.
 */
import type { Clock } from '#base/clock.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { describeZones } from '#dns/zonedb/describe-zones.ts';
import type { Journal } from '#dns/zonedb/journal.ts';
import { backupFailed, backupMissing } from '#http/api/api-error.ts';
import type {
  BackupList,
  BackupListing,
  BackupPort,
  BackupRun,
  BackupVerification,
  UnreadableLocation,
} from '#http/api/ports.ts';
import { findBackup, listBackups } from '#store/backup/list-backups.ts';
import type { BackupManifest } from '#store/backup/manifest.ts';
import { type BackupExtra, type LocationOutcome, runBackup } from '#store/backup/run-backup.ts';
import { verifyBackup } from '#store/backup/verify-backup.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import type { BackupLocation } from '#store/locations/location.ts';

/** After so long a location has failed this time. */
const LOCATION_TIMEOUT_MS = 30 * 60_000;

export interface BackupAdapterOptions {
  store: KeyValueStore;
  journal: Journal;
  locations: readonly BackupLocation[];
  extras: readonly BackupExtra[];
  keepNewest: number;
  clock: Clock;
  random: Random;
  log: Log;
  onVerified: (location: string, atMs: number) => void;
}

export class BackupAdapter implements BackupPort {
  readonly #options: BackupAdapterOptions;
  #running: Promise<BackupRun> | undefined;

  constructor(options: BackupAdapterOptions) {
    this.#options = options;
  }

  /** Who asks while one runs gets that one. */
  async run(): Promise<BackupRun> {
    this.#running ??= this.#runOnce().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #runOnce(): Promise<BackupRun> {
    const { store, locations, extras, keepNewest, clock, random, log } = this.#options;
    if (locations.length === 0) {
      throw backupFailed('no location is configured: add some under backup.locations');
    }
    const outcome = await runBackup({
      store,
      locations,
      extras,
      keepNewest,
      clock,
      random,
      describe: describeZones,
      locationTimeoutMs: LOCATION_TIMEOUT_MS,
    }).catch((error: unknown) => {
      log.error({ error: errorMessage(error) }, 'backup failed: no copy was begun');
      throw backupFailed(errorMessage(error), { cause: error });
    });
    for (const copy of outcome.locations) await this.#tell(outcome.id, outcome.at, copy);
    if (outcome.locations.every(({ verified }) => !verified)) {
      const reasons = outcome.locations.map((copy) => (copy.verified ? '' : copy.message));
      throw backupFailed(reasons.join('; '));
    }
    return {
      id: outcome.id,
      atMs: Date.parse(outcome.at),
      locations: outcome.locations.map((copy) => ({
        location: copy.location,
        stored: copy.verified,
        verified: copy.verified,
        ...(copy.verified ? { sizeBytes: copy.size } : { message: copy.message }),
      })),
    };
  }

  async #tell(id: string, at: string, copy: LocationOutcome): Promise<void> {
    const { journal, log, onVerified } = this.#options;
    const { location, verified } = copy;
    await journal.tell({ kind: 'backup', at, id, location, verified });
    if (copy.verified) {
      onVerified(location, Date.parse(at));
      log.info({ id, location, size: copy.size, durationMs: copy.durationMs }, 'backup verified');
    } else log.error({ id, location, code: copy.code }, `backup failed: ${copy.message}`);
  }

  async list(): Promise<BackupList> {
    const backups: BackupListing[] = [];
    const unreadable: UnreadableLocation[] = [];
    for (const location of this.#options.locations) {
      try {
        backups.push(...(await this.#listLocation(location)));
      } catch (error) {
        unreadable.push({ location: location.name, message: errorMessage(error) });
      }
    }
    backups.sort((a, b) => b.atMs - a.atMs);
    return { backups, unreadable };
  }

  async #listLocation(location: BackupLocation): Promise<BackupListing[]> {
    const { log } = this.#options;
    const { backups, damaged, incomplete } = await listBackups(location);
    for (const { id, message } of damaged) {
      log.error({ id, location: location.name }, `damaged backup: ${message}`);
    }
    if (incomplete.length > 0) {
      log.info({ location: location.name, incomplete }, 'incomplete backups');
    }
    return backups.map((manifest) => listingOf(location.name, manifest));
  }

  /** A location that lacks what another has is not good; what none has is missing. */
  async verify(selection: { id?: string; location?: string }): Promise<BackupVerification[]> {
    const locations = this.#options.locations.filter(
      ({ name }) => selection.location === undefined || name === selection.location,
    );
    const wanted = selection.id === undefined ? {} : { id: selection.id };
    const results: BackupVerification[] = [];
    if (locations.length === 0) {
      const { location } = selection;
      throw backupMissing(
        location === undefined
          ? 'location for backups; set backup.locations'
          : `location '${location}'; see backup.locations`,
      );
    }
    let foundCount = 0;
    for (const location of locations) {
      const { result, isFound } = await verifyCopy(location, wanted);
      results.push(result);
      if (isFound) foundCount += 1;
    }
    if (foundCount === 0) {
      const { id } = selection;
      throw backupMissing(id === undefined ? 'backup yet; make one' : `backup '${id}'; list them`);
    }
    return results;
  }
}

async function verifyCopy(
  location: BackupLocation,
  wanted: { id?: string },
): Promise<{ result: BackupVerification; isFound: boolean }> {
  let id = wanted.id ?? '';
  try {
    id = await findBackup(location, wanted);
    await verifyBackup(location, id);
    return { result: { id, location: location.name, good: true }, isFound: true };
  } catch (error) {
    const result = { id, location: location.name, good: false, message: errorMessage(error) };
    return { result, isFound: errorCode(error) !== 'BACKUP_NOT_FOUND' };
  }
}

function listingOf(location: string, manifest: BackupManifest): BackupListing {
  const sizeBytes = manifest.parts.reduce((total, part) => total + part.size, 0);
  return { id: manifest.id, atMs: Date.parse(manifest.at), location, sizeBytes };
}
