/**
 * The PROXY protocol, version 2 (haproxy, doc/proxy-protocol.txt, section 2.2): what a load
 * balancer puts in front of a datagram, or once in front of a stream, to say for whom it asks.
 *
 *     0 signature (12)  12 version and command  13 family and transport  14 size of the rest (2)
 *    16 source address, destination address, source port, destination port; then options, skipped
 *
 * A header counts only from who is trusted to send one: it says which client's address lists,
 * limits and cookies are taken for. Who checks that is the caller.
 */

/** Results of `readProxyHeader` that are no size. */
export const PROXY_NONE = 0;
/** So far it is a header; more octets are needed. */
export const PROXY_PARTIAL = -1;
export const PROXY_BAD = -2;

/** CR LF CR LF NUL CR LF `QUIT` LF: as a DNS header it is no query that anybody sends. */
const SIGNATURE = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10);
const FIXED_SIZE = 16;
const VERSION_LOCAL = 0x20;
const VERSION_PROXY = 0x21;
const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;
const ADDRESSES_SIZE_IPV4 = 12;
const ADDRESSES_SIZE_IPV6 = 36;

/** What the last header said; reused from query to query. */
export class ProxiedClient {
  /** False: the proxy speaks for itself (LOCAL), or says nothing that we know. */
  isGiven = false;
  isIpv6 = false;
  /** The address, 4 octets or 16. */
  readonly octets = new Uint8Array(16);
  port = 0;
}

/**
 * Reads a header at `octets[at..at + size)`.
 * @returns its octets, or PROXY_NONE, PROXY_PARTIAL, PROXY_BAD
 */
export function readProxyHeader(
  octets: Uint8Array,
  at: number,
  size: number,
  client: ProxiedClient,
): number {
  const compared = Math.min(size, SIGNATURE.length);
  for (let step = 0; step < compared; step++) {
    if (octets[at + step] !== SIGNATURE[step]) return PROXY_NONE;
  }
  client.isGiven = false;
  if (size < FIXED_SIZE) return PROXY_PARTIAL;
  const command = octets[at + 12];
  if (command !== VERSION_LOCAL && command !== VERSION_PROXY) return PROXY_BAD;
  const restSize = (octets[at + 14] << 8) | octets[at + 15];
  const family = octets[at + 13] >> 4;
  const isIpv6 = family === FAMILY_IPV6;
  if (command === VERSION_PROXY && (isIpv6 || family === FAMILY_IPV4)) {
    if (restSize < (isIpv6 ? ADDRESSES_SIZE_IPV6 : ADDRESSES_SIZE_IPV4)) return PROXY_BAD;
    if (size < FIXED_SIZE + restSize) return PROXY_PARTIAL;
    readClient(octets, at + FIXED_SIZE, isIpv6, client);
  }
  return size < FIXED_SIZE + restSize ? PROXY_PARTIAL : FIXED_SIZE + restSize;
}

function readClient(octets: Uint8Array, at: number, isIpv6: boolean, client: ProxiedClient): void {
  const addressSize = isIpv6 ? 16 : 4;
  for (let step = 0; step < addressSize; step++) client.octets[step] = octets[at + step];
  const portAt = at + addressSize * 2;
  client.port = (octets[portAt] << 8) | octets[portAt + 1];
  client.isIpv6 = isIpv6;
  client.isGiven = true;
}
