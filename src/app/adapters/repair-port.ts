/**
 * Repairs a zone whose stored content is damaged, for the admin API: from the mirror, or else from
 * the newest backup of each location in turn, which is restored into a scratch folder for that.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeRows } from '#app/describe-rows.ts';
import { errorMessage } from '#base/coded-error.ts';
import { contentFromBackup } from '#dns/zonedb/backup-content.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { ApiError, zoneMissing } from '#http/api/api-error.ts';
import type { RepairPort, ZoneRepair } from '#http/api/ports.ts';
import { readChain } from '#store/backup/backup-chain.ts';
import { findBackup } from '#store/backup/list-backups.ts';
import { restoreStore } from '#store/backup/restore.ts';
import type { BackupLocation } from '#store/locations/location.ts';
import { refusing } from './change-refusal.ts';
import { readName } from './zone-text.ts';

export interface RepairOptions {
  zones: Pick<ZoneDb, 'find' | 'repair'>;
  /** Opened when a repair needs them. @throws CodedError BACKUP_SECRET_FILE */
  openBackups: () => Promise<OpenedBackups>;
  /** The data folder; the scratch folder is made in it. */
  data: string;
}

export interface OpenedBackups {
  locations: readonly BackupLocation[];
  /** Secret keys of age. */
  identities: readonly string[];
}

export class RepairAdapter implements RepairPort {
  readonly #options: RepairOptions;
  /** One repair at a time: each may restore a whole backup. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: RepairOptions) {
    this.#options = options;
  }

  async repair(zone: string): Promise<ZoneRepair> {
    const running = this.#last.then(() => this.#repair(zone));
    this.#last = running.catch(() => {});
    return running;
  }

  async #repair(zone: string): Promise<ZoneRepair> {
    const { zones, openBackups } = this.#options;
    const apex = readName(zone);
    if (apex === undefined || zones.find(apex) === undefined) throw zoneMissing(zone);
    const source = await refusing(zone, () => zones.repair(apex));
    if (source !== undefined) return { zone, source };
    const reasons: string[] = ['the mirror does not have it'];
    const { locations, identities } = await openBackups();
    for (const location of locations) {
      try {
        const found = await this.#fromBackup(location, identities, (content) =>
          zones.repair(apex, [content]),
        );
        if (found !== undefined) return { zone, source: found };
        reasons.push(`the newest backup of ${location.name} has another content`);
      } catch (error) {
        reasons.push(`${location.name}: ${errorMessage(error)}`);
      }
    }
    throw new ApiError('ZONE_DAMAGED', 409, `zone ${zone}: ${reasons.join('; ')}`);
  }

  async #fromBackup<T>(
    location: BackupLocation,
    identities: readonly string[],
    use: (content: ReturnType<typeof contentFromBackup>) => Promise<T>,
  ): Promise<T> {
    const { data } = this.#options;
    const id = await findBackup(location, {});
    const chain = await readChain(location, id);
    const scratch = join(data, 'repair', location.name);
    await rm(scratch, { recursive: true, force: true });
    try {
      const source = { location, describe: describeRows, identities };
      const store = await restoreStore(scratch, chain, source);
      try {
        return await use(contentFromBackup(`backup ${id} of ${location.name}`, store));
      } finally {
        await store.close();
      }
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}
