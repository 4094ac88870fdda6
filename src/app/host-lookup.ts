/** Addresses of hosts that no zone of ours knows, from the resolvers of the system. */
import { Resolver } from 'node:dns/promises';
import type { LookUpHost } from '#dns/transfer/nameserver-addresses.ts';

/** For both families together; then the host has no address. */
const TIMEOUT_MS = 2_000;
const TRIES = 1;

/** Questions for A and AAAA; a family that cannot be had counts as none. */
export function systemHostLookup(): LookUpHost {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  return async (host) => {
    const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    return found.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  };
}
