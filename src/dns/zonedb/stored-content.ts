/**
 * The content of a zone as the store has it, held against what the zone row says it must be: every
 * row's checksum (the store does that), and the count and digest over all of them.
 */
import { CodedError } from '#base/coded-error.ts';
import { formatName, type Name, nameOfSortKey } from '#dns/wire/name.ts';
import type { PackedNode } from '#dns/zone/packed-node.ts';
import type { Entry, KeyValueReader } from '#store/key-value-store.ts';
import { ContentSum } from './content-sum.ts';
import { parseNodeRow, recordCount, type StoredNode } from './node-row.ts';
import { readPackedRow } from './packed-row.ts';
import { generationRange, NODE_KEY_PREFIX_SIZE } from './zone-keys.ts';
import type { ZoneRow } from './zone-row.ts';

/**
 * All nodes in canonical order, in chunks of a few hundred.
 * @throws StoreError STORE_DAMAGED on the way; CodedError ZONE_DAMAGED at the end, when rows have
 *   vanished or come back: whoever keeps what was read must then throw it away
 */
export async function* readStoredContent(
  reader: KeyValueReader,
  zone: ZoneRow,
): AsyncGenerator<StoredNode[]> {
  const sum = new ContentSum();
  const { from, to } = generationRange(zone.generation);
  for await (const chunk of reader.range(from, to)) {
    yield chunk.map((row) => {
      const rrsets = parseNodeRow(row.value);
      sum.add(row, recordCount(rrsets));
      return { owner: ownerOf(row, zone), rrsets };
    });
  }
  checkContent(zone, sum);
}

/**
 * The same without objects, for a start: takes the rows of one zone as somebody reads them, and at
 * the end says whether they were all.
 */
export class PackedContentReader {
  readonly #zone: ZoneRow;
  readonly #node: PackedNode;
  readonly #sum = new ContentSum();

  /** @param node what the rows are unpacked into, one after the other */
  constructor(zone: ZoneRow, node: PackedNode) {
    this.#zone = zone;
    this.#node = node;
  }

  /** What is served of a row, valid until the next one; `undefined` for nothing. */
  read(row: Entry): PackedNode | undefined {
    this.#sum.add(row, readPackedRow(row.value, ownerOf(row, this.#zone), this.#node));
    return this.#node.count > 0 ? this.#node : undefined;
  }

  /** @throws CodedError ZONE_DAMAGED when rows have vanished or come back */
  finish(): void {
    checkContent(this.#zone, this.#sum);
  }
}

function ownerOf({ key }: Entry, { apex }: ZoneRow): Name {
  return nameOfSortKey(key.subarray(NODE_KEY_PREFIX_SIZE), apex);
}

function checkContent(zone: ZoneRow, sum: ContentSum): void {
  if (sum.is(zone)) return;
  throw new CodedError(
    'ZONE_DAMAGED',
    `zone ${formatName(zone.apex)}: the store has ${sum.records} of its ${zone.records} records, ` +
      'or others than were written: import the zone again ("holdfast zone import --force") or ' +
      'restore the newest good backup',
  );
}
