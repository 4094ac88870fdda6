/**
 * What a catalog zone holds (RFC 9432 section 4), and where:
 *
 *     version.CATALOG                 TXT "2"
 *     LABEL.zones.CATALOG             PTR  a member zone; LABEL is new with each incarnation of it
 *     group.LABEL.zones.CATALOG       TXT  groups that the member is in
 *     coo.LABEL.zones.CATALOG         PTR  the catalog that may take the member over
 *
 * A catalog that breaks one of the rules is not processed at all (section 5.1). What else stands in
 * it is passed over.
 */
import { concatBytes } from '#base/bytes.ts';
import { CodedError } from '#base/coded-error.ts';
import {
  formatLabel,
  formatName,
  labelOffsets,
  lowerName,
  type Name,
  nameKey,
} from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { servedRrset } from '#dns/zonedb/served-rrset.ts';
import type { ZoneView } from '#dns/zonedb/zone-view.ts';

/** A catalog that is not to be processed. Code: CATALOG_BROKEN. */
export class CatalogError extends CodedError {}

/** Members of one catalog. */
export const MEMBERS_MAX = 1_000_000;
/** Groups of one member. */
export const GROUPS_MAX = 16;
/** RDATA of the only version that there is: "2". */
export const CATALOG_VERSION = Uint8Array.of(1, 0x32);

export interface CatalogMember {
  /** Lower case. */
  zone: Name;
  /** As master files write it, lower case. */
  label: string;
  groups: readonly string[];
  /** Catalog that may take it over, lower case. */
  coo: Name | undefined;
}

/** By `nameKey` of the member. */
export type CatalogMembers = Map<string, CatalogMember>;

/** @throws CatalogError CATALOG_BROKEN; StoreError */
export async function readCatalog(view: ZoneView): Promise<CatalogMembers> {
  const reading = new CatalogReading(view.row.apex);
  for await (const nodes of view.nodes()) {
    for (const { owner, rrsets } of nodes) {
      for (const stored of rrsets) {
        const served = servedRrset(owner, stored);
        if (served !== undefined) reading.take(owner, served.type, served.rdatas);
      }
    }
  }
  return reading.finish();
}

/** `labels` in front of `name`. */
export function prefixName(labels: readonly string[], name: Name): Name {
  const parts = labels.map((label) => {
    const octets = Buffer.from(label, 'latin1');
    return concatBytes([Uint8Array.of(octets.length), octets]);
  });
  return concatBytes([...parts, name]);
}

interface Found {
  zone?: Name;
  groups: string[];
  coo?: Name;
}

class CatalogReading {
  readonly #apex: Name;
  readonly #apexLabels: number;
  readonly #byLabel = new Map<string, Found>();
  #hasVersion = false;

  constructor(apex: Name) {
    this.#apex = apex;
    this.#apexLabels = labelOffsets(apex).length;
  }

  /** @throws CatalogError */
  take(name: Name, type: number, rdatas: readonly Uint8Array[]): void {
    const owner = lowerName(name);
    const offsets = labelOffsets(owner);
    const labels = offsets
      .slice(0, offsets.length - this.#apexLabels)
      .map((at) => formatLabel(owner, at));
    if (labels.length === 1 && labels[0] === 'version' && type === TYPE.TXT) {
      this.#takeVersion(rdatas);
      return;
    }
    if (labels.at(-1) !== 'zones') return;
    if (labels.length === 2 && type === TYPE.PTR) {
      this.#member(labels[0]).zone = this.#single(owner, rdatas);
    }
    if (labels.length !== 3) return;
    const [property, label] = labels;
    if (property === 'coo' && type === TYPE.PTR) {
      this.#member(label).coo = this.#single(owner, rdatas);
    }
    if (property === 'group' && type === TYPE.TXT) {
      this.#member(label).groups = rdatas.slice(0, GROUPS_MAX).map(firstText);
    }
  }

  /** @throws CatalogError */
  finish(): CatalogMembers {
    if (!this.#hasVersion) throw this.#broken('it has no TXT record at its name version');
    const members: CatalogMembers = new Map();
    for (const [label, { zone, groups, coo }] of this.#byLabel) {
      // Properties of a member that is not there say nothing.
      if (zone === undefined) continue;
      const key = nameKey(zone);
      const twin = members.get(key);
      if (twin !== undefined) {
        const labels = `${twin.label} and ${label}`;
        throw this.#broken(`${formatName(zone)} is in it twice, as ${labels}`);
      }
      members.set(key, { zone, label, groups, coo });
    }
    return members;
  }

  #takeVersion(rdatas: readonly Uint8Array[]): void {
    const [version] = rdatas;
    if (rdatas.length !== 1 || Buffer.compare(version, CATALOG_VERSION) !== 0) {
      throw this.#broken('its version is not "2", the only one that is known here');
    }
    this.#hasVersion = true;
  }

  #member(label: string): Found {
    const known = this.#byLabel.get(label);
    if (known !== undefined) return known;
    if (this.#byLabel.size >= MEMBERS_MAX) {
      throw this.#broken(`it has more than ${MEMBERS_MAX} members`);
    }
    const found: Found = { groups: [] };
    this.#byLabel.set(label, found);
    return found;
  }

  #single(owner: Name, rdatas: readonly Uint8Array[]): Name {
    if (rdatas.length === 1) return lowerName(rdatas[0]);
    throw this.#broken(`${formatName(owner)} has ${rdatas.length} PTR records`);
  }

  #broken(reason: string): CatalogError {
    const zone = formatName(this.#apex);
    return new CatalogError(
      'CATALOG_BROKEN',
      `catalog zone ${zone} is broken and not processed: ${reason}; correct it where it is made`,
    );
  }
}

/** Of a TXT record its strings, put together. */
function firstText(rdata: Uint8Array): string {
  const texts: string[] = [];
  for (let at = 0; at < rdata.length; at += 1 + rdata[at]) {
    texts.push(Buffer.from(rdata.subarray(at + 1, at + 1 + rdata[at])).toString('latin1'));
  }
  return texts.join('');
}
