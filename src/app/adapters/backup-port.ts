/**
 * Backups as the admin API, the schedule and the event feed see them. Each copy is told to the
 * ledger's feed, the log and Prometheus as soon as it is verified or has failed, whatever the other
 * locations do.
 */
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
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
import type { BackupMaker, CopyOutcome } from '#store/backup/backup-runner.ts';
import { findBackup, listBackups } from '#store/backup/list-backups.ts';
import {
  type BackupKind,
  type BackupManifest,
  backupSize,
  isEncrypted,
} from '#store/backup/manifest.ts';
import { readManifest } from '#store/backup/read-backup.ts';
import type { BackupLocation } from '#store/locations/location.ts';

/** Of a copy that nobody here can open, where size and SHA-256 are as they were written. */
const SEALED = 'sizes and SHA-256 only: backup.age has no identityFile';

export interface BackupAdapterOptions {
  journal: Journal;
  locations: readonly BackupLocation[];
  /** What makes and checks the copies in them; tells of each. */
  openMaker: (onOutcome: (copy: CopyOutcome) => Promise<void>) => BackupMaker;
  /** Whether what makes and checks copies can open those that are encrypted. */
  hasIdentity: boolean;
  log: Log;
  /** Told of each copy, good or not. */
  onOutcome: (copy: CopyOutcome) => void;
}

export class BackupAdapter implements BackupPort {
  readonly #options: BackupAdapterOptions;
  readonly #locations: readonly BackupLocation[];
  readonly #maker: BackupMaker;

  constructor(options: BackupAdapterOptions) {
    this.#options = options;
    this.#locations = options.locations;
    this.#maker = options.openMaker((copy) => this.#tell(copy));
  }

  /** No location is tried again. */
  async close(): Promise<void> {
    await this.#maker.close();
  }

  /** Also for the schedule, which has no context. */
  async run(_context?: unknown, kind: BackupKind = 'full'): Promise<BackupRun> {
    const { log } = this.#options;
    if (this.#locations.length === 0) {
      throw backupFailed('no location is configured: add some under backup.locations');
    }
    const outcome = await this.#maker.run(kind).catch((error: unknown) => {
      log.error({ error: errorMessage(error) }, 'backup failed: no copy was begun');
      throw backupFailed(errorMessage(error), { cause: error });
    });
    for (const { path, reason } of outcome.leftOut) {
      log.error({ id: outcome.id, path, reason }, 'a file is not in the backup');
    }
    if (outcome.locations.every(({ verified }) => !verified)) {
      const reasons = outcome.locations.map((copy) => (copy.verified ? '' : copy.message));
      throw backupFailed(reasons.join('; '));
    }
    return {
      id: outcome.id,
      atMs: Date.parse(outcome.at),
      leftOut: outcome.leftOut,
      locations: outcome.locations.map((copy) => ({
        location: copy.location,
        stored: copy.verified,
        verified: copy.verified,
        ...(copy.verified ? { kind: copy.kind, sizeBytes: copy.size } : { message: copy.message }),
      })),
    };
  }

  async #tell(copy: CopyOutcome): Promise<void> {
    const { journal, log, onOutcome } = this.#options;
    const { id, at, outcome } = copy;
    const { location, verified } = outcome;
    if (outcome.verified) {
      const { kind, size, durationMs, removed, pruneFailure } = outcome;
      log.info({ id, location, kind, size, durationMs, removed }, 'backup verified');
      if (pruneFailure !== undefined) {
        log.error({ location }, `old backups could not be removed: ${pruneFailure}`);
      }
    } else if (outcome.code === 'BACKUP_SUPERSEDED') {
      log.warn({ id, location }, 'backup left out: a newer one took its place');
      return;
    } else log.error({ id, location, code: outcome.code }, `backup failed: ${outcome.message}`);
    onOutcome(copy);
    try {
      await journal.tell({ kind: 'backup', at, id, location, verified });
    } catch (error) {
      log.error({ id, location, error: errorMessage(error) }, 'a backup is missing in the feed');
    }
  }

  /** All locations at the same time: one that is slow does not add to another. */
  async list(): Promise<BackupList> {
    const backups: BackupListing[] = [];
    const unreadable: UnreadableLocation[] = [];
    await Promise.all(
      this.#locations.map(async (location) => {
        try {
          backups.push(...(await this.#listLocation(location)));
        } catch (error) {
          unreadable.push({ location: location.name, message: errorMessage(error) });
        }
      }),
    );
    backups.sort((a, b) => b.atMs - a.atMs || (a.location < b.location ? -1 : 1));
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
    const locations = this.#locations.filter(
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
      const { result, isFound } = await this.#verifyCopy(location, wanted);
      results.push(result);
      if (isFound) foundCount += 1;
    }
    if (foundCount === 0) {
      const { id } = selection;
      throw backupMissing(id === undefined ? 'backup yet; make one' : `backup '${id}'; list them`);
    }
    return results;
  }

  async #verifyCopy(
    location: BackupLocation,
    wanted: { id?: string },
  ): Promise<{ result: BackupVerification; isFound: boolean }> {
    let id = wanted.id ?? '';
    try {
      id = await findBackup(location, wanted);
      await this.#maker.verify(location.name, id);
      const isSealed = !this.#options.hasIdentity && isEncrypted(await readManifest(location, id));
      const result = { id, location: location.name, good: true };
      return { result: { ...result, ...(isSealed && { message: SEALED }) }, isFound: true };
    } catch (error) {
      const result = { id, location: location.name, good: false, message: errorMessage(error) };
      return { result, isFound: errorCode(error) !== 'BACKUP_NOT_FOUND' };
    }
  }
}

function listingOf(location: string, manifest: BackupManifest): BackupListing {
  const { id, kind, at } = manifest;
  return { id, kind, atMs: Date.parse(at), location, sizeBytes: backupSize(manifest) };
}
