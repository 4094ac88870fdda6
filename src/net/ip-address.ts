/**
 * IP addresses between text and octets (RFC 4291 section 2.2, RFC 5952 for the text that we print).
 * Octets are in network order: 4 for IPv4, 16 for IPv6.
 */
import { isIPv4, isIPv6 } from 'node:net';

export type Family = 4 | 6;

/** The family of an address in text form, or `undefined` if it is none. */
export function familyOf(address: string): Family | undefined {
  if (isIPv4(address)) return 4;
  return isIPv6(address) ? 6 : undefined;
}

/** Octets of an IPv4 or IPv6 address without zone index, or `undefined` if it is not one. */
export function parseIpAddress(address: string): Uint8Array | undefined {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number);
  if (!isIPv6(address) || address.includes('%')) return undefined;
  const octets = new Uint8Array(16);
  const [left, right] = address.split('::', 2);
  octets.set(parseGroups(left), 0);
  if (right !== undefined) {
    const tail = parseGroups(right);
    octets.set(tail, 16 - tail.length);
  }
  return octets;
}

function parseGroups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >>> 8, value & 0xff];
  });
}

/** `192.0.2.1`, `2001:db8::1`: the longest run of zero groups is shortened (RFC 5952). */
export function formatIpAddress(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => (octets[i * 2] << 8) | octets[i * 2 + 1]);
  let best = { at: 0, size: 1 };
  for (let at = 0; at < 8; at++) {
    let size = 0;
    while (at + size < 8 && groups[at + size] === 0) size += 1;
    if (size > best.size) best = { at, size };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.size === 1) return hex.join(':');
  return `${hex.slice(0, best.at).join(':')}::${hex.slice(best.at + best.size).join(':')}`;
}

/** The IPv4 address of a client that came in by an IPv6 socket (RFC 4291 section 2.5.5.2). */
export function unmapIpAddress(address: string): string {
  const found = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return found?.[1] ?? address;
}
