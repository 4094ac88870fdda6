/**
 * What NSEC records prove (RFC 4034 section 4, RFC 4035 section 5.4). Each says which name comes
 * next after its owner in the zone, and so that none lies between, and which types its owner has.
 */
import type { Denied } from './denial-question.ts';
import {
  commonLabels,
  compareLabels,
  isAtOrBelow,
  isSameLabels,
  type Labels,
} from './domain-labels.ts';
import { readName, TYPE } from './raw-message.ts';
import type { RRset } from './rrset.ts';
import { isDelegation, lacksType, readTypeBitmap } from './type-bitmap.ts';

interface Nsec {
  owner: Labels;
  next: Labels;
  types: ReadonlySet<number>;
}

export class NsecProof {
  readonly #records: Nsec[];
  readonly #zone: Labels;

  /** RRsets of type NSEC of the zone, with good signatures. */
  constructor(rrsets: readonly RRset[], zone: Labels) {
    this.#records = rrsets.flatMap(readNsec);
    this.#zone = zone;
  }

  proves(denied: Denied): boolean {
    const { name } = denied;
    if (denied.kind === 'type') return this.#provesNoType(name, denied.type);
    const covering = this.#covering(name);
    if (covering === undefined) return false;
    if (denied.kind === 'next-closer') {
      return excludes(name.slice(name.length - denied.encloser.length - 1), covering);
    }
    const wildcard = ['*', ...closestEncloser(name, covering)];
    const coveringWildcard = this.#covering(wildcard);
    return (
      excludes(name, covering) &&
      coveringWildcard !== undefined &&
      excludes(wildcard, coveringWildcard)
    );
  }

  #provesNoType(name: Labels, type: number): boolean {
    const matching = this.#records.find(({ owner }) => isSameLabels(owner, name));
    if (matching !== undefined) return lacksType(matching.types, type, name.length === 0);
    const covering = this.#covering(name);
    if (covering === undefined) return false;
    if (isAtOrBelow(covering.next, name)) return true;
    const wildcard = ['*', ...closestEncloser(name, covering)];
    const source = this.#records.find(({ owner }) => isSameLabels(owner, wildcard));
    return source !== undefined && lacksType(source.types, type, false);
  }

  #covering(name: Labels): Nsec | undefined {
    return this.#records.find(
      (record) => isBetween(name, record, this.#zone) && !saysNothingOf(name, record),
    );
  }
}

/**
 * True if nothing exists at or below `name`, where the record covers it or a name below it. A name
 * with others below it exists, though it may be empty.
 */
function excludes(name: Labels, { owner, next }: Nsec): boolean {
  return !isAtOrBelow(owner, name) && !isAtOrBelow(next, name);
}

/** The last record of a zone names the apex as its next. */
function isBetween(name: Labels, { owner, next }: Nsec, zone: Labels): boolean {
  if (!isAtOrBelow(name, zone) || compareLabels(owner, name) >= 0) return false;
  return isSameLabels(next, zone) || compareLabels(name, next) < 0;
}

function saysNothingOf(name: Labels, { owner, types }: Nsec): boolean {
  return isAtOrBelow(name, owner) && (isDelegation(types) || types.has(TYPE.dname));
}

/** The longest ancestor of `name` that exists, as the record that covers it shows. */
function closestEncloser(name: Labels, { owner, next }: Nsec): Labels {
  const common = Math.max(commonLabels(name, owner), commonLabels(name, next));
  return name.slice(name.length - common);
}

function readNsec({ owner, records }: RRset): Nsec[] {
  return records.flatMap(({ rdata }) => {
    try {
      const { labels: next, end } = readName(rdata, 0);
      const types = readTypeBitmap(rdata, end);
      return types === undefined ? [] : [{ owner, next, types }];
    } catch {
      return [];
    }
  });
}
