/**
 * What counts as one client where limits are per client: an IPv4 address, or the IPv6 /56 that one
 * site usually has, because whoever has a prefix has all of its addresses.
 */
import { formatHex } from '#base/bytes.ts';
import { parseIpAddress } from './ip-address.ts';

const IPV6_CLIENT_OCTETS = 7;

/** A name for the client behind an address in text form, with or without a zone index. */
export function clientNetwork(address: string): string {
  const octets = parseIpAddress(address.split('%', 1)[0] ?? '');
  if (octets === undefined || octets.length === 4) return address;
  return formatHex(octets.subarray(0, IPV6_CLIENT_OCTETS));
}
