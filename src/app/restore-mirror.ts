/**
 * The part of a restore that goes on where the backup ends: every batch that the lost store had
 * confirmed since is in its mirror, and is made again. Then each zone that these are about is read
 * and held against its row; what the mirror does not have is settled by name (settle-zones.ts).
 */
import { MirroredGenerations } from '#dns/zonedb/mirrored-generations.ts';
import type { OfflineZones } from '#dns/zonedb/offline-zones.ts';
import { settleZones, type UnsettledZone } from '#dns/zonedb/settle-zones.ts';
import type { AppliedMirror, ApplyOptions } from '#store/backup/apply-mirror.ts';
import type { KeyValueStore, Write } from '#store/key-value-store.ts';
import type { ScratchBackup } from './scratch-backup.ts';

export interface MirrorReport extends AppliedMirror {
  /** Zones and records that the store has now. */
  readonly zones: number;
  readonly records: number;
  /** Zones whose newest content is not there. */
  readonly unsettled: readonly UnsettledZone[];
}

/** Watches the batches as they are made again, for what has to be looked at afterwards. */
export class MirrorRestore {
  /** For `restoreBackup`. */
  readonly options: ApplyOptions;
  readonly #seen = new MirroredGenerations();

  /** @param untilMs batches behind the last that is not later are left out, Unix milliseconds */
  constructor(folder: string, untilMs: number | undefined) {
    const before = (writes: readonly Write[]) => this.#seen.see(writes);
    this.options = { folder, before, ...(untilMs !== undefined && { untilMs }) };
  }

  /** Before zones are read: what is left of generations that no zone has any more is found so. */
  async mark(store: KeyValueStore): Promise<void> {
    await this.#seen.writeMarks(store);
    await store.write([]);
  }

  /** @param backup what the store was restored from */
  async settle(
    offline: OfflineZones,
    applied: AppliedMirror,
    backup: ScratchBackup,
  ): Promise<MirrorReport> {
    const unsettled = await settleZones(offline, this.#seen, () => backup.open());
    let records = 0;
    for (const { row } of offline.zones.all()) records += row.records;
    return { ...applied, zones: offline.zones.size, records, unsettled };
  }
}
