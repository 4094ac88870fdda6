/**
 * The message digest of a zone (RFC 8976): scheme SIMPLE, SHA-384 over all records in canonical
 * form and order (section 3.4.1), the ZONEMD of the apex and its signatures left out. Other tools
 * reckon the same from the master file, so that what a backup holds of a zone can be compared
 * without Holdfast. Disabled records are no part of the zone.
 */
import { createHash } from 'node:crypto';
import { equalNames, lowerName, type Name } from '#dns/wire/name.ts';
import { canonicalRdata } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_IN } from '#dns/wire/record.ts';
import { coveredType } from '#dns/zone/rrset-builder.ts';
import type { StoredRrset } from './change.ts';
import type { StoredNode } from './node-row.ts';

/** Type, class, TTL and the size of the RDATA. */
const FIXED_SIZE = 10;

export class ZoneDigest {
  readonly #apex: Name;
  readonly #hash = createHash('sha384');

  constructor(apex: Name) {
    this.#apex = apex;
  }

  /** The nodes of the zone in canonical order, each once. */
  add({ owner, rrsets }: StoredNode): void {
    const name = lowerName(owner);
    const isApex = equalNames(owner, this.#apex);
    for (const rrset of rrsets) {
      if (isApex && rrset.type === TYPE.ZONEMD) continue;
      this.#addRrset(name, rrset, isApex);
    }
  }

  /** 96 lower-case hexadecimal digits; asked once, at the end. */
  finish(): string {
    return this.#hash.digest('hex');
  }

  /** Records are stored in canonical order. */
  #addRrset(name: Name, { type, ttl, records }: StoredRrset, isApex: boolean): void {
    for (const { rdata, disabled } of records) {
      if (disabled || (isApex && type === TYPE.RRSIG && coveredType(rdata) === TYPE.ZONEMD))
        continue;
      const canonical = canonicalRdata(type, rdata);
      const fixed = Buffer.allocUnsafe(FIXED_SIZE);
      fixed.writeUInt16BE(type, 0);
      fixed.writeUInt16BE(CLASS_IN, 2);
      fixed.writeUInt32BE(ttl, 4);
      fixed.writeUInt16BE(canonical.length, 8);
      this.#hash.update(name).update(fixed).update(canonical);
    }
  }
}
