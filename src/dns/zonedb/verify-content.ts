/**
 * Reads in the background what a start from a snapshot did not: the rows of the zones, held against
 * their checksums, counts and digests, so that damage in the store is said on the day it is there
 * and not on the day the store is needed. Answers come from the snapshot, which has a checksum of
 * its own, and go on; changes to a damaged zone are refused.
 */
import { setTimeout } from 'node:timers/promises';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { formatName, nameKey } from '#dns/wire/name.ts';
import { tryMend } from './mend-zone.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { servedFault, type ZoneState } from './zone-list.ts';
import { openZoneView } from './zone-view.ts';

/** Rest after each chunk of rows, so that this takes a small part of the control thread's time. */
const REST_MS = 5;

/** Ends when all zones were read or the database closes; never rejects. */
export async function verifyContents(
  parts: ZoneDbParts,
  states: readonly ZoneState[],
): Promise<void> {
  for (const state of states) {
    if (parts.closing.aborted) return;
    await verifyContent(parts, state);
  }
}

async function verifyContent(parts: ZoneDbParts, state: ZoneState): Promise<void> {
  const { closing, log, lock } = parts;
  const zone = formatName(state.row.apex);
  try {
    const view = await openZoneView(parts, state.row.apex);
    if (view === undefined) return;
    try {
      for await (const nodes of view.nodes()) {
        if (closing.aborted) return;
        if (nodes.length > 1) await setTimeout(REST_MS);
      }
    } finally {
      await view.close();
    }
  } catch (error) {
    if (closing.aborted) return;
    state.fault = servedFault(errorMessage(error));
    log.error({ zone, code: errorCode(error) }, `the store of zone ${zone}: ${state.fault}`);
    await lock.run([nameKey(state.row.apex)], () => tryMend(parts, state));
  }
}
