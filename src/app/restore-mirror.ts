/**
 * The part of a restore that goes on where the backup ends: every batch that the lost store had
 * confirmed since is in its mirror, and is made again. Then each zone that these are about is read
 * and held against its row; what the mirror does not have is settled by name (settle-zones.ts).
 */
import { MirroredGenerations } from '#dns/zonedb/mirrored-generations.ts';
import type { OfflineZones } from '#dns/zonedb/offline-zones.ts';
import { settleZones, type UnsettledZone } from '#dns/zonedb/settle-zones.ts';
import { type AppliedMirror, applyMirror } from '#store/backup/apply-mirror.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import type { ScratchBackup } from './scratch-backup.ts';

export interface MirrorReport extends AppliedMirror {
  /** Zones and records that the store has now. */
  readonly zones: number;
  readonly records: number;
  /** Zones whose newest content is not there. */
  readonly unsettled: readonly UnsettledZone[];
}

/** A store whose batches were made again, with zones that are still to be looked at. */
export class PlayedMirror {
  readonly applied: AppliedMirror;
  readonly #seen: MirroredGenerations;

  private constructor(applied: AppliedMirror, seen: MirroredGenerations) {
    this.applied = applied;
    this.#seen = seen;
  }

  /**
   * @param untilMs batches from the first one that is later are left out, Unix milliseconds
   * @throws BackupError RESTORE_MIRROR
   */
  static async play(
    store: KeyValueStore,
    folder: string,
    untilMs: number | undefined,
  ): Promise<PlayedMirror> {
    const seen = new MirroredGenerations(store);
    const applied = await applyMirror(store, {
      folder,
      ...(untilMs !== undefined && { untilMs }),
      before: (writes) => seen.see(writes),
    });
    await seen.writeMarks();
    await store.write([]);
    return new PlayedMirror(applied, seen);
  }

  /** @param backup what the store was restored from */
  async settle(offline: OfflineZones, backup: ScratchBackup): Promise<MirrorReport> {
    const unsettled = await settleZones(offline, this.#seen, () => backup.open());
    let records = 0;
    for (const { row } of offline.zones.all()) records += row.records;
    return { ...this.applied, zones: offline.zones.size, records, unsettled };
  }
}
