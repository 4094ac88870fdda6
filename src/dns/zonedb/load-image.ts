/**
 * Builds the image of every zone from the store at start. A zone whose rows are not what they must
 * be is not served; it is named with what to do, and the others go on.
 */
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { formatName } from '#dns/wire/name.ts';
import { readPackedContent } from './stored-content.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import type { ZoneState } from './zone-list.ts';

export async function loadImage(parts: ZoneDbParts): Promise<void> {
  for (const state of parts.zones.all()) await loadZone(parts, state);
}

async function loadZone({ image, store, log }: ZoneDbParts, state: ZoneState): Promise<void> {
  const load = image.loadZone(state.row.apex);
  try {
    await readPackedContent(store, state.row, (node) => load.addPacked(node));
    load.publish();
  } catch (error) {
    load.abandon();
    const zone = formatName(state.row.apex);
    state.fault = errorMessage(error);
    log.error({ zone, code: errorCode(error) }, `zone ${zone} is not served: ${state.fault}`);
  }
}
