/**
 * Writes the node rows of a zone's new content under a generation of their own, as many unsynced
 * batches as it takes, and reckons what the zone row must say of them. Nothing of it is the zone
 * before the zone row names the generation.
 */
import {
  equalNames,
  formatName,
  NAME_SIZE_MAX,
  type Name,
  sortKey,
  writeSortKey,
} from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { PackedNode } from '#dns/zone/packed-node.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import { addRow, emptyDigest, formatDigest } from '#store/digest.ts';
import type { KeyValueStore, Write } from '#store/key-value-store.ts';
import { ChangeError } from './change.ts';
import { formatNodeRow, recordCount, type StoredNode } from './node-row.ts';
import { formatPackedRow } from './packed-row.ts';
import { signatureExpiry } from './signature-expiry.ts';
import { nodeKey } from './zone-keys.ts';

/** Rows per unsynced batch. */
const BATCH_SIZE = 1000;

export interface StoredContent {
  serial: number;
  records: number;
  digest: string;
  /** Unix seconds; `undefined`: no signatures. */
  signaturesExpireAt: number | undefined;
  /** Rows that are not written yet. */
  left: Write[];
}

export class ContentWriter {
  readonly #store: KeyValueStore;
  readonly #apex: Name;
  readonly #generation: number;
  readonly #digest = emptyDigest();
  readonly #key = new Uint8Array(2 * NAME_SIZE_MAX);
  #left: Write[];
  #records = 0;
  #serial: number | undefined;
  #signaturesExpireAt: number | undefined;

  /** @param first goes before all rows: the mark of the generation */
  constructor(store: KeyValueStore, apex: Name, generation: number, first: Write) {
    this.#store = store;
    this.#apex = apex;
    this.#generation = generation;
    this.#left = [first];
  }

  /** True when enough rows wait for `flush`. */
  get isFull(): boolean {
    return this.#left.length >= BATCH_SIZE;
  }

  add({ owner, rrsets }: StoredNode): void {
    this.#addRow(sortKey(owner, this.#apex), formatNodeRow(rrsets));
    this.#records += recordCount(rrsets);
    for (const { type, records } of rrsets) {
      if (type === TYPE.RRSIG) for (const { rdata } of records) this.#seeSignature(rdata, 0);
      const soa = records.find(({ disabled }) => !disabled);
      if (type !== TYPE.SOA || soa === undefined || !equalNames(owner, this.#apex)) continue;
      this.#serial = soaSerial(soa.rdata);
    }
  }

  addPacked(node: PackedNode): void {
    const keySize = writeSortKey(node.owner, this.#apex, this.#key);
    this.#addRow(this.#key.subarray(0, keySize), formatPackedRow(node));
    this.#records += node.count;
    for (let record = 0; record < node.count; record++) {
      const type = node.types[record];
      if (type === TYPE.RRSIG) this.#seeSignature(node.octets, node.starts[record]);
      if (type === TYPE.SOA && keySize === 0) this.#serial = soaSerial(node.rdata(record));
    }
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    const writes = this.#left;
    this.#left = [];
    await this.#store.writeBulk(writes);
  }

  /** @throws ChangeError CHANGE_SOA */
  finish(): StoredContent {
    if (this.#serial === undefined) {
      const apex = formatName(this.#apex);
      throw new ChangeError('CHANGE_SOA', `zone ${apex} has no SOA record at its apex`);
    }
    return {
      serial: this.#serial,
      records: this.#records,
      digest: formatDigest(this.#digest),
      signaturesExpireAt: this.#signaturesExpireAt,
      left: this.#left,
    };
  }

  #addRow(relative: Uint8Array, value: Uint8Array): void {
    addRow(this.#digest, relative, value);
    this.#left.push({ key: nodeKey(this.#generation, relative), value });
  }

  #seeSignature(octets: Uint8Array, rdataAt: number): void {
    const expireAt = signatureExpiry(octets, rdataAt);
    this.#signaturesExpireAt = Math.min(this.#signaturesExpireAt ?? expireAt, expireAt);
  }
}
