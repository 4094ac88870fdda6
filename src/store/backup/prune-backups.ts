/**
 * Retention: which backups a location may forget. Runs only after a new backup there was read back
 * and found good, so the last good one can never be among those removed.
 */
import { assert } from '#base/assert.ts';
import type { BackupLocation } from '../locations/location.ts';
import { readBackupId } from './backup-id.ts';
import { listBackups } from './list-backups.ts';

/** A set without a manifest is left alone for so long: another server may be writing it. */
const INCOMPLETE_AGE_MS = 24 * 3_600_000;

/**
 * Removes all but the `keepNewest` (1 or more) newest backups, and sets that were never finished
 * and are over a day old; returns the removed ids. `verifiedId` stays whatever its age. Backups
 * with a damaged manifest neither count nor go: somebody should look at them.
 */
export async function pruneBackups(
  location: BackupLocation,
  keepNewest: number,
  verifiedId: string,
  nowMs: number,
): Promise<string[]> {
  assert(keepNewest >= 1, 'retention keeps a backup');
  const listing = await listBackups(location);
  const old = listing.backups.map((backup) => backup.id).slice(keepNewest);
  const abandoned = listing.incomplete.filter(
    (id) => (readBackupId(id) ?? nowMs) < nowMs - INCOMPLETE_AGE_MS,
  );
  const removed = [...old, ...abandoned].filter((id) => id !== verifiedId);
  for (const id of removed) await location.remove(id);
  return removed;
}
