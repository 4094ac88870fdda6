/**
 * What NSEC3 records prove (RFC 5155 section 8). They name hashes, so the closest encloser has to
 * be found first: the longest ancestor whose hash is an owner, with the next closer name's hash
 * between two. A span with the opt-out flag may hide unsigned delegations: it still proves that
 * there is no signed one.
 *
 *   RDATA: hash (1) | flags (1) | iterations (2) | salt length (1) | salt
 *          | hash length (1) | next hash | types
 */
import type { Denied } from './denial-question.ts';
import { base32HexOf, isAtOrBelow, type Labels, nsec3Hash } from './domain-labels.ts';
import { TYPE } from './raw-message.ts';
import type { RRset } from './rrset.ts';
import { isDelegation, lacksType, readTypeBitmap } from './type-bitmap.ts';

interface Nsec3 {
  hashAlgorithm: number;
  isOptOut: boolean;
  iterations: number;
  salt: Buffer;
  owner: string;
  next: string;
  types: ReadonlySet<number>;
}

interface Encloser {
  encloser: Labels;
  covering: Nsec3;
}

const HASH_SHA1 = 1;
const FLAG_OPT_OUT = 1;
/** More are not computed: they cost the probe its time (RFC 9276 3.2 lets validators say so). */
const ITERATIONS_MAX = 500;

export class Nsec3Proof {
  readonly #records: Nsec3[];
  readonly #zone: Labels;
  readonly isTooCostly: boolean;
  readonly isUnknownHash: boolean;

  /** RRsets of type NSEC3 right below the zone's name, with good signatures. */
  constructor(rrsets: readonly RRset[], zone: Labels) {
    const all = rrsets.flatMap(readNsec3);
    const known = all.filter(({ hashAlgorithm }) => hashAlgorithm === HASH_SHA1);
    this.isUnknownHash = all.length > 0 && known.length === 0;
    this.isTooCostly = known.some(({ iterations }) => iterations > ITERATIONS_MAX);
    // Records of one chain only; two chains at once are never both whole in an answer.
    const [first] = known;
    this.#records = known.filter(
      ({ salt, iterations }) => first?.iterations === iterations && first.salt.equals(salt),
    );
    this.#zone = zone;
  }

  proves(denied: Denied): boolean {
    const { name } = denied;
    if (this.#records.length === 0 || !isAtOrBelow(name, this.#zone)) return false;
    if (denied.kind === 'next-closer') {
      return this.#covering(name.slice(name.length - denied.encloser.length - 1)) !== undefined;
    }
    if (denied.kind === 'type') return this.#provesNoType(name, denied.type);
    const found = this.#closestEncloser(name);
    return found !== undefined && this.#covering(['*', ...found.encloser]) !== undefined;
  }

  #provesNoType(name: Labels, type: number): boolean {
    const matching = this.#matching(name);
    if (matching !== undefined) return lacksType(matching.types, type, name.length === 0);
    const found = this.#closestEncloser(name);
    if (found === undefined) return false;
    // No signed delegation hides in an opt-out span; empty names above unsigned ones may.
    if (found.covering.isOptOut) return true;
    const source = this.#matching(['*', ...found.encloser]);
    return source !== undefined && lacksType(source.types, type, false);
  }

  /** RFC 5155 8.3. The name itself must not exist. */
  #closestEncloser(name: Labels): Encloser | undefined {
    for (let up = 0; up <= name.length - this.#zone.length; up++) {
      const matching = this.#matching(name.slice(up));
      if (matching === undefined) continue;
      if (up === 0 || isDelegation(matching.types) || matching.types.has(TYPE.dname)) {
        return undefined;
      }
      const covering = this.#covering(name.slice(up - 1));
      return covering && { encloser: name.slice(up), covering };
    }
    return undefined;
  }

  #matching(name: Labels): Nsec3 | undefined {
    const hash = this.#hash(name);
    return this.#records.find(({ owner }) => owner === hash);
  }

  #covering(name: Labels): Nsec3 | undefined {
    const hash = this.#hash(name);
    return this.#records.find(({ owner, next }) => {
      // The last record of the chain names the first.
      return owner < next ? owner < hash && hash < next : owner < hash || hash < next;
    });
  }

  #hash(name: Labels): string {
    const [{ salt, iterations }] = this.#records as [Nsec3];
    return nsec3Hash(name, salt, iterations);
  }
}

function readNsec3({ owner, records }: RRset): Nsec3[] {
  return records.flatMap(({ rdata }) => {
    const saltSize = rdata[4] ?? 0;
    const hashAt = 6 + saltSize;
    const hashSize = rdata[hashAt - 1] ?? 0;
    const flags = rdata[1] ?? 0;
    const types = readTypeBitmap(rdata, hashAt + hashSize);
    // Unknown flags make a record void (RFC 5155 8.2).
    const isWhole = hashSize > 0 && hashAt + hashSize <= rdata.length;
    if (types === undefined || !isWhole || flags > FLAG_OPT_OUT) return [];
    return [
      {
        hashAlgorithm: rdata[0] ?? 0,
        isOptOut: (flags & FLAG_OPT_OUT) !== 0,
        iterations: rdata.readUInt16BE(2),
        salt: rdata.subarray(5, 5 + saltSize),
        owner: owner[0] ?? '',
        next: base32HexOf(rdata.subarray(hashAt, hashAt + hashSize)),
        types,
      },
    ];
  });
}
