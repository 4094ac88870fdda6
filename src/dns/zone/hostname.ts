/**
 * Host names (RFC 952, RFC 1123 section 2.1): labels of letters, digits and hyphens that neither
 * begin nor end in a hyphen. DNS allows any octet; names of hosts and of mail and name servers are
 * expected to keep to these.
 */
import { isWildcard, type Name } from '#dns/wire/name.ts';

/** True for a host name; a leading `*` label stands for one. The root is not a host name. */
export function isHostname(name: Name): boolean {
  let at = isWildcard(name) ? 2 : 0;
  if (name[at] === 0) return at > 0;
  for (; name[at] !== 0; at += 1 + name[at]) {
    if (!isHostLabel(name, at)) return false;
  }
  return true;
}

function isHostLabel(name: Name, at: number): boolean {
  const last = at + name[at];
  if (name[at + 1] === HYPHEN || name[last] === HYPHEN) return false;
  for (let next = at + 1; next <= last; next++) {
    if (!isLetterDigitHyphen(name[next])) return false;
  }
  return true;
}

const HYPHEN = 0x2d;

function isLetterDigitHyphen(octet: number): boolean {
  const folded = octet | 0x20;
  return (folded >= 0x61 && folded <= 0x7a) || (octet >= 0x30 && octet <= 0x39) || octet === HYPHEN;
}
