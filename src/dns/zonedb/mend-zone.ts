/**
 * Repairs a zone and brings what is known of it in line: its fault, and its image if it was not
 * answered. Damage that cannot be repaired becomes the zone's fault: answers from memory go on,
 * changes are refused by name.
 */
import { equalBytes } from '#base/bytes.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { formatName } from '#dns/wire/name.ts';
import { contentFromImage } from './image-content.ts';
import { reloadZone } from './load-image.ts';
import { type ContentSource, repairZone } from './repair-zone.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { zoneKey } from './zone-keys.ts';
import { servedFault, type ZoneState } from './zone-list.ts';
import { formatZoneRow } from './zone-row.ts';

/**
 * The caller holds the zone's lock, or nobody has the database yet.
 * @returns as `repairZone`; `undefined` also for a zone that is not stored yet
 */
export async function mendZone(
  parts: ZoneDbParts,
  state: ZoneState,
  sources: readonly ContentSource[] = [],
): Promise<string | undefined> {
  if (state.isStored === false) return undefined;
  const { log, image } = parts;
  const zone = formatName(state.row.apex);
  let source: string | undefined;
  let reason =
    'the store has not the records that were written, and neither have mirror and memory';
  try {
    await keepRow(parts, state);
    source = await repairZone(parts, state, sources);
    if (source === undefined && sources.length === 0 && image.hasZone(state.row.apex)) {
      source = await repairZone(parts, state, [contentFromImage(image)]);
    }
  } catch (error) {
    reason = errorMessage(error);
    // A disk that takes nothing is no damage of the zone.
    if (errorCode(error) !== 'STORE_DAMAGED') throw error;
  }
  if (source !== undefined) {
    if (state.fault !== undefined) await reloadZone(parts, state);
    return source;
  }
  if (state.fault === undefined) {
    state.fault = servedFault(reason);
    log.error({ zone, reason: state.fault }, `zone ${zone} could not be repaired at once`);
  }
  parts.listeners.damaged(state.row.apex);
  return undefined;
}

/** The zone's row as it is here goes to the store again where that lost it or shows another. */
async function keepRow({ store, journal, log }: ZoneDbParts, { row }: ZoneState): Promise<void> {
  const key = zoneKey(row.apex);
  const value = formatZoneRow(row);
  const isKept = await store.get(key).then(
    (stored) => stored !== undefined && equalBytes(stored, value),
    (error: unknown) => {
      if (errorCode(error) === 'STORE_DAMAGED') return false;
      throw error;
    },
  );
  if (isKept) return;
  await journal.commit([], () => [{ key, value }]);
  log.warn({ zone: formatName(row.apex) }, 'the row of a zone was written again');
}

/** As `mendZone`, at a start: what cannot be repaired, or not now, stays as it is. */
export async function tryMend(parts: ZoneDbParts, state: ZoneState): Promise<void> {
  try {
    await mendZone(parts, state);
  } catch (error) {
    const zone = formatName(state.row.apex);
    parts.log.error({ zone, reason: errorMessage(error) }, `zone ${zone} could not be repaired`);
  }
}
