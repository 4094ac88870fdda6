/**
 * Host names (RFC 952, RFC 1123 section 2.1): labels of letters, digits and hyphens that neither
 * begin nor end in a hyphen. DNS allows any octet; names of hosts and of mail and name servers are
 * expected to keep to these.
 */
import { isWildcard, type Name } from '#dns/wire/name.ts';

/** True for a host name; a leading `*` label stands for one. The root is not a host name. */
export function isHostname(name: Name): boolean {
  return isWildcard(name) ? name[2] === 0 || isHostnameAt(name, 2) : isHostnameAt(name, 0);
}

/** As `isHostname` for the name that begins at an octet, but for the wildcard. */
export function isHostnameAt(octets: Uint8Array, at: number): boolean {
  if (octets[at] === 0) return false;
  for (let label = at; octets[label] !== 0; label += 1 + octets[label]) {
    if (!isHostLabel(octets, label)) return false;
  }
  return true;
}

function isHostLabel(name: Uint8Array, at: number): boolean {
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
