/**
 * Who asked, as the answer path needs to know it: for cookies, rate limits and what only goes over
 * encrypted transports. It is read in place, so that a query costs no object; what the sockets tell
 * of a query's origin (net/datagram.ts, net/stream-handler.ts) is one.
 */
export interface QueryClient {
  /** The client's address: 4 octets, 16 with `isIpv6`, from `clientAt` on. */
  readonly clientOctets: Uint8Array;
  readonly clientAt: number;
  readonly isIpv6: boolean;
  /** Nobody on the way reads question and answer. */
  readonly isEncrypted: boolean;
}

/** Octets of the client's address. */
export function clientSize(client: QueryClient): number {
  return client.isIpv6 ? 16 : 4;
}
