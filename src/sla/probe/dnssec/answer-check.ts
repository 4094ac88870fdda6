/**
 * Whether a whole reply of a signed zone's name server holds (RFC 4035 section 5): every RRset that
 * answers the question is signed by the zone, and what is said not to exist is proven.
 *
 *   answer     each step of the CNAME chain that lies in the zone, and what ends it; records from a
 *              wildcard also need proof that no closer name exists
 *   referral   the signed DS of the zone below, or proof that there is none
 *   NODATA     proof that the name lacks the type; the SOA
 *   NXDOMAIN   proof that neither the name nor a wildcard exists; the SOA
 */
import { checkDenial } from './denial.ts';
import type { Denied } from './denial-question.ts';
import { isAtOrBelow, isSameLabels, type Labels } from './domain-labels.ts';
import { type RawMessage, readName, TYPE } from './raw-message.ts';
import { checkRRset, groupRRsets, type RRset, type Verdict, type ZoneKeys } from './rrset.ts';

export interface AskedQuestion {
  name: Labels;
  type: number;
}

const RCODE_NXDOMAIN = 3;
const SECURE: Verdict = { status: 'secure' };
/** Steps of a CNAME chain that are followed. */
const CHAIN_MAX = 8;
/** RRsets that are checked in one reply; each costs a public-key operation. */
const RRSETS_MAX = 64;

/** The verdict on a reply without errors but NXDOMAIN, at `nowS` (Unix time). */
export function checkAnswer(
  message: RawMessage,
  asked: AskedQuestion,
  trusted: ZoneKeys,
  nowS: number,
): Verdict {
  return new AnswerCheck(message, trusted, nowS).check(asked);
}

class AnswerCheck {
  readonly #message: RawMessage;
  readonly #trusted: ZoneKeys;
  readonly #nowS: number;
  readonly #answers: RRset[];
  readonly #authorities: RRset[];

  constructor(message: RawMessage, trusted: ZoneKeys, nowS: number) {
    this.#message = message;
    this.#trusted = trusted;
    this.#nowS = nowS;
    const isOwn = ({ owner }: RRset): boolean => isAtOrBelow(owner, trusted.zone);
    this.#answers = groupRRsets(message.answers).filter(isOwn).slice(0, RRSETS_MAX);
    this.#authorities = groupRRsets(message.authorities).filter(isOwn).slice(0, RRSETS_MAX);
  }

  check({ name, type }: AskedQuestion): Verdict {
    for (const set of this.#answers) {
      const verdict = this.#checkAnswered(set);
      if (verdict.status !== 'secure') return verdict;
    }
    let current = name;
    for (let step = 0; step < CHAIN_MAX; step++) {
      const found = this.#answers.find(
        (set) => isSameLabels(set.owner, current) && (set.type === type || set.type === TYPE.cname),
      );
      if (found === undefined) return this.#checkEnd(current, type, step > 0);
      if (found.type === type) return SECURE;
      const target = targetOf(found);
      // What lies in another zone is that zone's to sign.
      if (target === undefined || !isAtOrBelow(target, this.#trusted.zone)) return SECURE;
      current = target;
    }
    return SECURE;
  }

  #checkAnswered(set: RRset): Verdict {
    const dname = set.type === TYPE.cname ? this.#dnameOf(set) : undefined;
    const verdict = checkRRset(dname ?? set, this.#trusted, this.#nowS);
    if (verdict.status !== 'secure' || verdict.expandedFrom === undefined) return verdict;
    return this.#checkDenied({
      kind: 'next-closer',
      name: (dname ?? set).owner,
      encloser: verdict.expandedFrom,
    });
  }

  /** The DNAME that a CNAME without a signature was made from (RFC 6672 5.3.1). */
  #dnameOf(cname: RRset): RRset | undefined {
    if (cname.signatures.length > 0) return undefined;
    return this.#answers.find((set) => {
      if (set.type !== TYPE.dname || !isAtOrBelow(cname.owner, set.owner)) return false;
      const [target, made] = [targetOf(set), targetOf(cname)];
      const below = cname.owner.slice(0, cname.owner.length - set.owner.length);
      if (target === undefined || made === undefined || below.length === 0) return false;
      return isSameLabels(made, [...below, ...target]);
    });
  }

  /** No record answers: a referral, NODATA or NXDOMAIN, for the last name of a CNAME chain. */
  #checkEnd(name: Labels, type: number, isChained: boolean): Verdict {
    const cut = this.#authorities.find(
      (set) =>
        set.type === TYPE.ns &&
        !isSameLabels(set.owner, this.#trusted.zone) &&
        isAtOrBelow(name, set.owner),
    );
    const soa = this.#authorities.find((set) => set.type === TYPE.soa);
    if (cut !== undefined && soa === undefined) return this.#checkReferral(cut.owner);
    if (!isChained || soa !== undefined) {
      const verdict =
        soa === undefined
          ? ({ status: 'bogus', code: 'dnssec-denial-missing' } as const)
          : checkRRset(soa, this.#trusted, this.#nowS);
      if (verdict.status !== 'secure') return verdict;
    }
    const isMissing = this.#message.rcode === RCODE_NXDOMAIN;
    return this.#checkDenied(isMissing ? { kind: 'name', name } : { kind: 'type', name, type });
  }

  #checkReferral(child: Labels): Verdict {
    const ds = this.#authorities.find(
      (set) => set.type === TYPE.ds && isSameLabels(set.owner, child),
    );
    if (ds !== undefined) return checkRRset(ds, this.#trusted, this.#nowS);
    return this.#checkDenied({ kind: 'type', name: child, type: TYPE.ds });
  }

  /** A record that is bogus makes the proof bogus, by its own reason. */
  #checkDenied(denied: Denied): Verdict {
    const proofs = this.#authorities.filter(
      ({ type }) => type === TYPE.nsec || type === TYPE.nsec3,
    );
    for (const proof of proofs) {
      const verdict = checkRRset(proof, this.#trusted, this.#nowS);
      if (verdict.status !== 'secure') return verdict;
      // No wildcard makes NSEC records: an expanded one is another name's.
      if (verdict.expandedFrom !== undefined) {
        return { status: 'bogus', code: 'dnssec-signature-invalid' };
      }
    }
    return checkDenial(denied, proofs, this.#trusted.zone);
  }
}

/** The name that a CNAME or DNAME points to. */
function targetOf({ records }: RRset): Labels | undefined {
  const [record] = records;
  return record && readName(record.rdata, 0).labels;
}
