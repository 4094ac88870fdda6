/**
 * Retention: which backups a location may forget. Runs only after a new backup there was read back
 * and found good, and keeps that one with all that it builds on, so the last good one can never be
 * among those removed.
 *
 * What counts is full backups. The newest `keep` stay with everything that builds on them, so any
 * moment since then can be restored; further back the newest of a day, a week and a month stays,
 * alone.
 */
import { assert } from '#base/assert.ts';
import type { BackupLocation } from '../locations/location.ts';
import { readBackupId } from './backup-id.ts';
import { listBackups } from './list-backups.ts';
import type { BackupManifest } from './manifest.ts';

/** How many full backups a location keeps; the same one may count for several. */
export interface Retention {
  /** The newest ones, 1 or more. */
  readonly keep: number;
  /** The newest of each of so many days (UTC), weeks (from Monday) and months. */
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

/** A set without a manifest is left alone for so long: another server may be writing it. */
const INCOMPLETE_AGE_MS = 24 * 3_600_000;
const DAY_MS = 86_400_000;
/** 1970-01-01 was a Thursday, three days after a Monday. */
const MONDAY_OFFSET_DAYS = 3;

/**
 * Removes what retention does not keep, and sets that were never finished and are over a day old.
 * `verifiedId` stays whatever its age. Backups with a damaged manifest neither count nor go:
 * somebody should look at them.
 */
export async function pruneBackups(
  location: BackupLocation,
  retention: Retention,
  verifiedId: string,
  nowMs: number,
): Promise<{ removed: string[] }> {
  const listing = await listBackups(location);
  const kept = keptBackups(listing.backups, retention, verifiedId);
  const old = listing.backups.map(({ id }) => id).filter((id) => !kept.has(id));
  const abandoned = listing.incomplete.filter(
    (id) => id !== verifiedId && (readBackupId(id) ?? nowMs) < nowMs - INCOMPLETE_AGE_MS,
  );
  const removed = [...old, ...abandoned];
  // Newest first, so that whenever it ends nothing is left that builds on what is gone.
  for (const id of removed) await location.remove(id);
  return { removed };
}

/**
 * Ids of those to keep.
 * @param backups newest first
 */
export function keptBackups(
  backups: readonly Pick<BackupManifest, 'id' | 'at' | 'base'>[],
  retention: Retention,
  verifiedId: string,
): Set<string> {
  assert(retention.keep >= 1, 'retention keeps a backup');
  const fulls = backups.filter(({ base }) => base === undefined);
  const kept = new Set(fulls.slice(0, retention.keep).map(({ id }) => id));
  // Oldest first: what a backup builds on has been decided before it.
  for (const { id, base } of backups.toReversed()) {
    if (base !== undefined && kept.has(base.id)) kept.add(id);
  }
  keepNewestOf(fulls, retention.daily, dayOf, kept);
  keepNewestOf(fulls, retention.weekly, weekOf, kept);
  keepNewestOf(fulls, retention.monthly, ({ at }) => at.slice(0, 7), kept);
  const byId = new Map(backups.map((backup) => [backup.id, backup]));
  for (let id: string | undefined = verifiedId; id !== undefined; id = byId.get(id)?.base?.id) {
    kept.add(id);
  }
  return kept;
}

/** Adds the newest full backup of each of the last `count` periods that have one. */
function keepNewestOf<Full extends { id: string; at: string }>(
  fulls: readonly Full[],
  count: number,
  periodOf: (full: Full) => string | number,
  kept: Set<string>,
): void {
  const newest = new Map<string | number, string>();
  for (const full of fulls) {
    const period = periodOf(full);
    if (newest.has(period)) continue;
    if (newest.size === count) break;
    newest.set(period, full.id);
  }
  for (const id of newest.values()) kept.add(id);
}

function dayOf({ at }: { at: string }): number {
  return Math.floor(Date.parse(at) / DAY_MS);
}

function weekOf(full: { at: string }): number {
  return Math.floor((dayOf(full) + MONDAY_OFFSET_DAYS) / 7);
}
