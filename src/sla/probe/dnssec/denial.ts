/**
 * Proofs that something does not exist, from NSEC (RFC 4035 section 5.4) or NSEC3 records (RFC 5155
 * section 8) whose signatures were verified. A record from the parent's side of a zone cut, or at a
 * DNAME, says nothing of what lies below it (RFC 6840 section 4.1).
 */
import type { Denied } from './denial-question.ts';
import { isAtOrBelow, isSameLabels, type Labels } from './domain-labels.ts';
import { NsecProof } from './nsec-proof.ts';
import { Nsec3Proof } from './nsec3-proof.ts';
import { TYPE } from './raw-message.ts';
import type { RRset, Verdict } from './rrset.ts';

/** Whether `verified` (RRsets of one zone with good signatures) prove the denial. */
export function checkDenial(denied: Denied, verified: readonly RRset[], zone: Labels): Verdict {
  const own = verified.filter(({ owner }) => isAtOrBelow(owner, zone));
  const nsec = own.filter(({ type }) => type === TYPE.nsec);
  if (new NsecProof(nsec, zone).proves(denied)) return { status: 'secure' };
  const nsec3 = own.filter(
    ({ type, owner }) => type === TYPE.nsec3 && isSameLabels(owner.slice(1), zone),
  );
  const proof = new Nsec3Proof(nsec3, zone);
  if (proof.isTooCostly) return { status: 'uncheckable', code: 'dnssec-iterations' };
  if (proof.isUnknownHash) return { status: 'uncheckable', code: 'dnssec-algorithm' };
  if (proof.proves(denied)) return { status: 'secure' };
  return { status: 'bogus', code: 'dnssec-denial-missing' };
}
