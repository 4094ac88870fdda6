/**
 * Count and digest over the node rows of a zone, in any order: what its zone row says of them, so
 * that rows that vanished, came back or are others than written show (digest.ts).
 */
import { addRow, emptyDigest, formatDigest } from '#store/digest.ts';
import type { Entry } from '#store/key-value-store.ts';
import { parseNodeRow, recordCount } from './node-row.ts';
import { NODE_KEY_PREFIX_SIZE } from './zone-keys.ts';
import type { ZoneRow } from './zone-row.ts';

export class ContentSum {
  readonly #digest = emptyDigest();
  #records = 0;

  /** Records of the rows so far, disabled ones included. */
  get records(): number {
    return this.#records;
  }

  /** @param records of the row, where they have been counted already */
  add({ key, value }: Entry, records = recordCount(parseNodeRow(value))): void {
    addRow(this.#digest, key.subarray(NODE_KEY_PREFIX_SIZE), value);
    this.#records += records;
  }

  /** True if the rows so far are those that the zone row tells of. */
  is({ records, digest }: ZoneRow): boolean {
    return this.#records === records && formatDigest(this.#digest) === digest;
  }
}
