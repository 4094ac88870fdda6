/**
 * The offline restore: finds the backup in its location, has the store make a data folder of it as
 * a name server expects it, and then brings the zones to what was asked for:
 *
 *     backup -> store, read back and compared -> what the mirror has since, or zones as of the
 *            moment -> serials -> in place
 *
 * A moment between two backups is made from the later one, whose journal leads back; the earlier
 * one lends the zones that were removed or replaced in between. Everything but zones is then as the
 * later backup has it: keys that were revoked meanwhile stay revoked.
 */
import { join } from 'node:path';
import { type PlacedFiles, placeFiles } from '#app/backup-files.ts';
import { describeRows } from '#app/describe-rows.ts';
import { type Clock, formatInstant } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { type OfflineZones, openOfflineZones } from '#dns/zonedb/offline-zones.ts';
import { type RaisedSerials, raiseSerials, SERIAL_JUMP_MAX } from '#dns/zonedb/raise-serials.ts';
import { type RewindReport, rewindZones } from '#dns/zonedb/rewind-zones.ts';
import type { AppliedMirror } from '#store/backup/apply-mirror.ts';
import { BackupError } from '#store/backup/backup-error.ts';
import { findAround, findBackup } from '#store/backup/list-backups.ts';
import type { BackupManifest } from '#store/backup/manifest.ts';
import { type RestoreOptions, type RestoreSource, restoreBackup } from '#store/backup/restore.ts';
import type { BackupLocation } from '#store/locations/location.ts';
import { STORE_FOLDER } from './data-folder.ts';
import { type MirrorReport, MirrorRestore } from './restore-mirror.ts';
import { ScratchBackup } from './scratch-backup.ts';

export interface RestoreWish {
  readonly location: BackupLocation;
  /** The backup's id, or a moment; neither: the newest backup as it is. */
  readonly id?: string;
  readonly atMs?: number;
  /** The data folder to make: absent or empty. */
  readonly into: string;
  /** Secret keys of age. */
  readonly identities: readonly string[];
  /**
   * How far serials go ahead of the backup's: 0 leaves them. Absent: by one for each second that
   * has passed since the backup, which is as far as they can have come at a change a second, and
   * not at all where a mirror has all that came since.
   */
  readonly serialJump?: number;
  /** Folder of the mirror of the store that was lost: what it has after the backup comes too. */
  readonly mirrorFolder?: string;
  readonly clock: Clock;
}

export interface RestoreReport {
  readonly manifest: BackupManifest;
  /** There where zones were brought back to a moment before the backup's. */
  readonly rewind?: RewindReport;
  /** There where a mirror was named. */
  readonly mirror?: MirrorReport;
  /** What the moment asked for became, where it is after the newest backup. */
  readonly isBehindNewest: boolean;
  /** There unless the serials were left. */
  readonly serials?: RaisedSerials;
  readonly files: PlacedFiles;
}

/** What was found for a wish. */
interface Plan {
  readonly id: string;
  /** The zones go back to here. */
  readonly rewindMs?: number;
  readonly earlier?: BackupManifest;
  readonly isBehindNewest: boolean;
}

/**
 * @throws BackupError by the codes that `restoreBackup` and `findBackup` list; CodedError
 *   RESTORE_MOMENT for a moment that cannot be reached, with those that can
 */
export async function restoreData(wish: RestoreWish): Promise<RestoreReport> {
  const { location, into, identities, serialJump, clock } = wish;
  const plan = await makePlan(wish);
  const source: RestoreSource = { location, describe: describeRows, identities };
  let rewind: RewindReport | undefined;
  let serials: RaisedSerials | undefined;
  let mirror: MirrorReport | undefined;
  const going = goOn(wish, plan);
  const adjust: RestoreOptions['adjust'] = async (store, manifest, scratch, applied) => {
    await going?.mark(store);
    const jump = serialJump ?? jumpSince(manifest, applied, clock);
    if (plan.rewindMs === undefined && applied === undefined && jump === 0) return;
    const offline = await openOfflineZones(store, clock, silentLog());
    const backup = new ScratchBackup(source, manifest.id, join(scratch, 'backup'));
    try {
      mirror = applied && (await going?.settle(offline, applied, backup));
      rewind = await rewindTo(offline, plan, source, scratch);
      if (jump > 0) serials = await raiseSerials(offline, jump);
    } finally {
      await offline.sweep.close();
      await backup.close();
      await store.write([]);
    }
  };
  const { id, isBehindNewest } = plan;
  let files: PlacedFiles = { inData: [], elsewhere: [], leftOut: [] };
  const manifest = await restoreBackup({
    ...source,
    id,
    into,
    storeFolder: STORE_FOLDER,
    adjust,
    ...(going && { mirror: going.options }),
    arrange: async (folder) => {
      files = await placeFiles(folder);
    },
  });
  return {
    manifest,
    isBehindNewest,
    files,
    ...(rewind && { rewind }),
    ...(mirror && { mirror }),
    ...(serials && { serials }),
  };
}

/** What comes of the lost store's mirror; `undefined`: none was named. */
function goOn({ mirrorFolder, atMs }: RestoreWish, { rewindMs }: Plan): MirrorRestore | undefined {
  if (mirrorFolder === undefined) return undefined;
  if (rewindMs === undefined) return new MirrorRestore(mirrorFolder, atMs);
  throw new BackupError(
    'RESTORE_MOMENT',
    `a backup is younger than ${formatInstant(rewindMs)}, and a mirror only leads on from the ` +
      'newest: leave --mirror out',
  );
}

async function makePlan({ location, id, atMs }: RestoreWish): Promise<Plan> {
  if (atMs === undefined) {
    return { id: await findBackup(location, { ...(id && { id }) }), isBehindNewest: false };
  }
  const { earlier, later } = await findAround(location, atMs);
  if (later === undefined) {
    return { id: await findBackup(location, {}), isBehindNewest: true };
  }
  if (later === earlier || Date.parse(later.at) === atMs) {
    return { id: later.id, isBehindNewest: false };
  }
  refuseMixedRegister(atMs, later, earlier);
  return { id: later.id, rewindMs: atMs, isBehindNewest: false, ...(earlier && { earlier }) };
}

/** The register's rows have no before-images: it must not have changed between the two backups. */
function refuseMixedRegister(
  atMs: number,
  later: BackupManifest,
  earlier: BackupManifest | undefined,
): void {
  const hasNone = (later.facts['registerRows'] ?? 0) === 0;
  if (earlier === undefined ? hasNone : earlier.facts['register'] === later.facts['register'])
    return;
  const before = earlier === undefined ? '' : `${earlier.id} of ${earlier.at} or `;
  throw new BackupError(
    'RESTORE_MOMENT',
    `${formatInstant(atMs)} cannot be reached: the register of names changed around it, and only ` +
      'zones can be brought to a moment between backups. ' +
      `Restore ${before}${later.id} of ${later.at}`,
  );
}

/** Where every batch of the lost store is there, nobody has seen a later serial. */
function jumpSince(
  { at }: BackupManifest,
  applied: AppliedMirror | undefined,
  clock: Clock,
): number {
  if (applied !== undefined && applied.stopped === undefined) return 0;
  const sinceMs = applied?.reachedMs ?? Date.parse(at);
  const elapsed = Math.ceil((clock.nowMs() - sinceMs) / 1000);
  return Math.min(SERIAL_JUMP_MAX, Math.max(1, elapsed));
}

async function rewindTo(
  offline: OfflineZones,
  { rewindMs, earlier }: Plan,
  source: RestoreSource,
  scratch: string,
): Promise<RewindReport | undefined> {
  if (rewindMs === undefined) return undefined;
  const backup = earlier && new ScratchBackup(source, earlier.id, join(scratch, 'earlier'));
  try {
    return await rewindZones(offline, rewindMs, backup && (() => backup.open()));
  } finally {
    await backup?.close();
  }
}
