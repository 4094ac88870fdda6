/**
 * Whether enough places hold a recent good backup, for people who have to act long before a day
 * is judged short. Pure: the contract and the ledger's `backup` lines up to a moment say it, so
 * whoever has them finds the same.
 *
 *   a location is good      for 8 hours from its newest verified backup on (its moment, `at`)
 *   backups are lacking     from when fewer locations are good than the contract's `locationsMin`
 *   nothing is known        under a contract that asks for no locations, and without any line
 */
import type { Contract } from '#sla/contract/contract.ts';
import { instantMs, shortInstant } from '#sla/measurement/instant.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';

/** After its newest good backup so long a location counts as good. */
export const BACKUP_AGE_MAX_MS = 8 * 3_600_000;

export interface BackupStanding {
  locationsMin: number;
  /** Locations with a good backup that is recent, by name. */
  good: string[];
  /** Since when there are too few; `null` while there are enough. */
  lackingSince: string | null;
}

/** `undefined` where nothing can be said. */
export function findBackupStanding(
  { parameters }: Contract,
  events: readonly EventOf<'backup'>[],
  atMs: number,
): BackupStanding | undefined {
  const rule = parameters.find((parameter) => parameter.rule === 'backup-locations');
  const known = events.filter(({ at }) => instantMs(at) <= atMs);
  if (rule === undefined || known.length === 0) return undefined;
  const { locationsMin } = rule;
  const newestMs = new Map<string, number>();
  let firstMs = atMs;
  for (const { at, location, verified } of known) {
    firstMs = Math.min(firstMs, instantMs(at));
    if (!verified) continue;
    newestMs.set(location, Math.max(instantMs(at), newestMs.get(location) ?? 0));
  }
  const good = [...newestMs].filter(([, ms]) => ms + BACKUP_AGE_MAX_MS > atMs);
  // The one without which there were too few; before there ever were enough, the first attempt.
  const [lastNeededMs = firstMs] = [...newestMs.values()]
    .toSorted((a, b) => b - a)
    .slice(locationsMin - 1);
  const sinceMs = lastNeededMs + BACKUP_AGE_MAX_MS;
  return {
    locationsMin,
    good: good.map(([location]) => location).toSorted(),
    lackingSince: sinceMs <= atMs ? shortInstant(sinceMs) : null,
  };
}
