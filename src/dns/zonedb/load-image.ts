/**
 * Builds the image of every zone from the store at start, but for those that a snapshot brought
 * and whose content is what the store has. A zone whose rows are not what they must
 * be is not served; it is named with what to do, and the others go on.
 */
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { formatName, parseName } from '#dns/wire/name.ts';
import { readPackedContent } from './stored-content.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import type { ZoneList, ZoneState } from './zone-list.ts';
import type { ZoneRow } from './zone-row.ts';

/**
 * @param restored zones that the image holds already, by name, with the mark of their content
 * @returns the zones that were taken as the image held them, their rows unread
 */
export async function loadImage(
  parts: ZoneDbParts,
  restored: ReadonlyMap<string, string>,
): Promise<ZoneState[]> {
  const { zones, image, log } = parts;
  for (const name of restored.keys()) {
    const apex = parseName(name);
    if (zones.find(apex) === undefined) image.removeZone(apex);
  }
  const isWorth = isSnapshotWorth(zones, parts.readWholeMax);
  const unread: ZoneState[] = [];
  for (const state of zones.all()) {
    const { row } = state;
    const isHeld = isWorth && restored.get(formatName(row.apex)) === contentMark(row);
    if (isHeld && image.hasZone(row.apex)) unread.push(state);
    else await loadZone(parts, state);
  }
  if (restored.size > 0) {
    const built = zones.size - unread.length;
    log.info({ restored: unread.length, built }, 'zones taken from the snapshot');
  }
  return unread;
}

/** Up to so many records the whole store is read at each start, whatever snapshot there is. */
export const READ_WHOLE_MAX = 100_000;

/**
 * True if the store is so large that reading it holds up a start. What is read at start is checked
 * before it is answered; what a snapshot spares is checked afterwards.
 */
export function isSnapshotWorth(zones: ZoneList, readWholeMax: number): boolean {
  let records = 0;
  for (const { row } of zones.all()) records += row.records;
  return records > readWholeMax;
}

/** Equal for equal contents: the digest is over all rows of the zone. */
export function contentMark({ records, digest }: ZoneRow): string {
  return `${records} ${digest}`;
}

async function loadZone({ image, store, log }: ZoneDbParts, state: ZoneState): Promise<void> {
  const load = image.loadZone(state.row.apex);
  try {
    await readPackedContent(store, state.row, (node) => load.addPacked(node));
    load.publish();
  } catch (error) {
    load.abandon();
    // What a snapshot may hold of it is not what the store says it is.
    image.removeZone(state.row.apex);
    const zone = formatName(state.row.apex);
    state.fault = errorMessage(error);
    log.error({ zone, code: errorCode(error) }, `zone ${zone} is not served: ${state.fault}`);
  }
}
