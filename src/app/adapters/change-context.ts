/**
 * Who asks for a change through the admin API, and on what condition, in the words of the zone
 * database.
 */
import { formatName, type Name } from '#dns/wire/name.ts';
import {
  type Change,
  type ChangeContext,
  ChangeError,
  type ChangeOutcome,
} from '#dns/zonedb/change.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { ZoneRow } from '#dns/zonedb/zone-row.ts';
import { versionDiffers } from '#http/api/api-error.ts';
import type { WriteContext } from '#http/api/ports.ts';

/** How often a condition is judged anew because the zone moved on meanwhile. */
const ATTEMPTS_MAX = 5;

export function changeContext(context: WriteContext): ChangeContext {
  const { actor, requestId, receivedAtMs, sourceAddress } = context;
  return { source: 'api', actor, transactionId: requestId, receivedAtMs, sourceAddress };
}

/**
 * To be asked under the zone's lock.
 * @param row `undefined`: there is no such zone
 * @throws ApiError API_PRECONDITION_FAILED
 */
export function demandVersion(
  apex: Name,
  row: Pick<ZoneRow, 'version'> | undefined,
  { condition }: Pick<WriteContext, 'condition'>,
): void {
  if (condition === undefined || condition(row?.version)) return;
  throw versionDiffers(formatName(apex), row?.version);
}

/** Makes the change of a version that meets the condition. @throws ChangeError, and as above */
export async function applyOnCondition(
  zones: ZoneDb,
  change: Omit<Change, 'context'>,
  context: WriteContext,
): Promise<ChangeOutcome> {
  const whole = { ...change, context: changeContext(context) };
  if (context.condition === undefined) return zones.apply(whole);
  for (let attempt = 1; ; attempt++) {
    const row = zones.find(change.zone)?.row;
    if (row !== undefined) demandVersion(change.zone, row, context);
    const precondition = { ...change.precondition, ...(row && { version: row.version }) };
    try {
      return await zones.apply({ ...whole, precondition });
    } catch (error) {
      const isOvertaken = error instanceof ChangeError && error.detail.version !== undefined;
      if (!isOvertaken || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}
