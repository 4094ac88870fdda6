/**
 * Builds the image of every zone from the store at start, and checks on the way that the store
 * gives what was put into it: every row's checksum, and each zone's count and digest. A zone that
 * fails is not served; it is named with what to do, and the others go on.
 */
import { CodedError, errorCode, errorMessage } from '#base/coded-error.ts';
import type { ZoneLoad } from '#dns/image/image-writer.ts';
import { formatName, nameOfSortKey } from '#dns/wire/name.ts';
import { addRow, emptyDigest, formatDigest } from '#store/digest.ts';
import { parseNodeRow, recordCount } from './node-row.ts';
import { servedRrset } from './served-rrset.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { generationRange, NODE_KEY_PREFIX_SIZE } from './zone-keys.ts';
import type { ZoneState } from './zone-list.ts';
import type { ZoneRow } from './zone-row.ts';

export async function loadImage(parts: ZoneDbParts): Promise<void> {
  for (const state of parts.zones.all()) await loadZone(parts, state);
}

async function loadZone(parts: ZoneDbParts, state: ZoneState): Promise<void> {
  const { image, log } = parts;
  const zone = formatName(state.row.apex);
  const load = image.loadZone(state.row.apex);
  try {
    await readRows(parts, state.row, load);
    load.publish();
  } catch (error) {
    load.abandon();
    state.fault = errorMessage(error);
    log.error({ zone, code: errorCode(error) }, `zone ${zone} is not served: ${state.fault}`);
  }
}

async function readRows(parts: ZoneDbParts, row: ZoneRow, load: ZoneLoad): Promise<void> {
  const digest = emptyDigest();
  let records = 0;
  const { from, to } = generationRange(row.generation);
  for await (const chunk of parts.store.range(from, to)) {
    for (const { key, value } of chunk) {
      const relative = key.subarray(NODE_KEY_PREFIX_SIZE);
      addRow(digest, relative, value);
      const owner = nameOfSortKey(relative, row.apex);
      const rrsets = parseNodeRow(value);
      records += recordCount(rrsets);
      for (const stored of rrsets) {
        const rrset = servedRrset(owner, stored);
        if (rrset !== undefined) load.add(rrset);
      }
    }
  }
  if (records !== row.records || formatDigest(digest) !== row.digest) {
    throw new CodedError(
      'ZONE_DAMAGED',
      `the store has ${records} of its ${row.records} records, or other ones than were written: ` +
        'import the zone again ("holdfast zone import --force") or restore the newest good backup',
    );
  }
}
