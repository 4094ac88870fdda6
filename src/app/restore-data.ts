/**
 * The offline restore: finds the backup in its location, has the store make a data folder of it as
 * a name server expects it, and then brings the zones to what was asked for:
 *
 *     backup -> store, read back and compared -> what the mirror has since, or zones as of the
 *            moment -> serials -> in place
 *
 * A moment between two backups is made from the later one, whose journal leads back; the earlier
 * one lends the zones that were removed or replaced in between, and the register of names, on which
 * the later one's log leads on. Everything else is then as the later backup has it: keys that were
 * revoked meanwhile stay revoked.
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
import { partOf } from '#store/backup/backup-chain.ts';
import { BackupError } from '#store/backup/backup-error.ts';
import { findAround, findBackup, listBackups } from '#store/backup/list-backups.ts';
import { readLog } from '#store/backup/log-part.ts';
import type { BackupManifest } from '#store/backup/manifest.ts';
import { describeBackup, LOG_PART, readPart } from '#store/backup/read-backup.ts';
import { type RestoreOptions, type RestoreSource, restoreBackup } from '#store/backup/restore.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import type { BackupLocation } from '#store/locations/location.ts';
import { STORE_FOLDER } from './data-folder.ts';
import { type MirrorReport, MirrorRestore } from './restore-mirror.ts';
import { type RegisterMoment, rewindRegister } from './restore-register.ts';
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
  /** There where the register of names was brought back as well. */
  readonly register?: RegisterMoment;
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
  /** There where the register changed around the moment: the backup whose log goes on from it. */
  readonly logOf?: BackupManifest;
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
  let register: RegisterMoment | undefined;
  const going = goOn(wish, plan);
  const adjust: RestoreOptions['adjust'] = async (store, manifest, scratch, applied) => {
    await going?.mark(store);
    const jump = serialJump ?? jumpSince(manifest, applied, clock);
    if (plan.rewindMs === undefined && applied === undefined && jump === 0) return;
    const offline = await openOfflineZones(store, clock, silentLog());
    const backup = new ScratchBackup(source, manifest.id, join(scratch, 'backup'));
    const { earlier: before } = plan;
    const earlier = before && new ScratchBackup(source, before.id, join(scratch, 'earlier'));
    try {
      register = earlier && (await rewindNames(store, plan, source, earlier));
      mirror = applied && (await going?.settle(offline, applied, backup));
      rewind = await rewindTo(offline, plan, register, earlier);
      if (jump > 0) serials = await raiseSerials(offline, jump);
    } finally {
      await offline.sweep.close();
      await backup.close();
      await earlier?.close();
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
    ...(register && { register }),
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
  const plan = { id: later.id, rewindMs: atMs, isBehindNewest: false };
  const isSame =
    earlier === undefined
      ? (later.facts['registerRows'] ?? 0) === 0
      : earlier.facts['register'] === later.facts['register'];
  if (isSame) return { ...plan, ...(earlier && { earlier }) };
  const base = await findLogBase(location, later, atMs);
  if (typeof base !== 'string') return { ...plan, earlier: base, logOf: later };
  throw outOfReach(atMs, base, [earlier, later]);
}

/** The backup that the log of `later` goes on from, or why the log does not help. */
async function findLogBase(
  location: BackupLocation,
  { log, noLog = 'it was made without' }: BackupManifest,
  atMs: number,
): Promise<BackupManifest | string> {
  if (log === undefined) return `the backup after it has no log: ${noLog}`;
  const { backups } = await listBackups(location);
  const base = backups.find(({ id }) => id === log.id);
  if (base?.rows !== log.rows || base.digest !== log.digest) {
    return `the log of the backup after it goes on from ${log.id}, which is not there as it was`;
  }
  return Date.parse(base.at) <= atMs ? base : `the log begins later, with ${base.id}`;
}

function outOfReach(
  atMs: number,
  why: string,
  around: readonly (BackupManifest | undefined)[],
): BackupError {
  const backups = around.filter((backup) => backup !== undefined);
  return new BackupError(
    'RESTORE_MOMENT',
    `${formatInstant(atMs)} cannot be reached: the register of names changed around it, and ` +
      `${why}. Restore ${backups.map(({ id, at }) => `${id} of ${at}`).join(' or ')}`,
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

/** @returns `undefined` where the register did not change around the moment */
async function rewindNames(
  store: KeyValueStore,
  { rewindMs, earlier, logOf }: Plan,
  { location, identities = [] }: RestoreSource,
  scratch: ScratchBackup,
): Promise<RegisterMoment | undefined> {
  if (rewindMs === undefined || earlier === undefined || logOf === undefined) return undefined;
  const part = partOf(location, logOf, LOG_PART);
  const where = describeBackup(location, logOf.id);
  const log = () => readLog(readPart(location, logOf, part, { identities }), where);
  const sources = { store, later: logOf, scratch: await scratch.open(), earlier, log };
  return rewindRegister(sources, rewindMs);
}

async function rewindTo(
  offline: OfflineZones,
  { rewindMs }: Plan,
  register: RegisterMoment | undefined,
  earlier: ScratchBackup | undefined,
): Promise<RewindReport | undefined> {
  if (rewindMs === undefined) return undefined;
  const moment = { atMs: rewindMs, ...(register && { sequence: register.zoneSequence }) };
  return rewindZones(offline, moment, earlier && (() => earlier.open()));
}
