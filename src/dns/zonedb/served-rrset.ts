/** From an RRset as stored to what clients are given: disabled records and comments stay behind. */
import type { Name } from '#dns/wire/name.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import type { StoredRrset } from './change.ts';

/** `undefined` when there is nothing to serve. */
export function servedRrset(owner: Name, stored: StoredRrset | undefined): Rrset | undefined {
  if (stored === undefined) return undefined;
  const rdatas = stored.records.filter((record) => !record.disabled).map((record) => record.rdata);
  return rdatas.length === 0 ? undefined : { owner, type: stored.type, ttl: stored.ttl, rdatas };
}
