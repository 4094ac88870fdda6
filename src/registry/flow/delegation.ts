/**
 * What of the register stands in zones: the delegations of domains that may resolve, and as glue
 * the addresses of hosts that such a delegation in the same zone uses, and of no others (narrow
 * glue).
 *
 *     out of the zone   clientHold, serverHold, pendingCreate, no name servers, pendingDelete
 *                       (and with it redemption)
 */
import type { Delegation } from '#registry/model/delegation.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { RegisterDraft, RegisterReader } from '#registry/model/register.ts';
import type { DomainStatus } from '#registry/model/status.ts';
import { isUnder } from './labels.ts';

const UNPUBLISHED: readonly DomainStatus[] = [
  'clientHold',
  'serverHold',
  'pendingCreate',
  'pendingDelete',
];

/** Domains of a host that are looked at to find one that is delegated: few first, then more. */
const USERS_LOOKED_AT = [16, 1024, 65_536] as const;
/** Domains read at once. */
const DOMAINS_TOGETHER = 64;

/** Whether a domain stands in its zone. */
export function isDelegated({ nameservers, statuses }: Domain): boolean {
  return nameservers.length > 0 && !statuses.some(({ status }) => UNPUBLISHED.includes(status));
}

/**
 * What is to be at an owner name of a zone, by the register as it is now.
 * @param tld zone
 * @param owner domain or host
 */
export async function readDelegation(
  reader: RegisterReader,
  tld: string,
  owner: string,
): Promise<Delegation> {
  const [domain, host] = await Promise.all([reader.domain(owner), reader.host(owner)]);
  const isPublished = domain !== undefined && domain.tld === tld && isDelegated(domain);
  const addresses = host?.addresses ?? [];
  const isUsed = addresses.length > 0 && (await isUsedIn(reader, tld, owner));
  return {
    owner,
    nameservers: isPublished ? domain.nameservers : [],
    ds: isPublished ? domain.ds : [],
    addresses: isUsed ? addresses : [],
  };
}

/** Whether a domain that stands in the zone is delegated to the host. */
async function isUsedIn(reader: RegisterReader, tld: string, host: string): Promise<boolean> {
  let seen = 0;
  for (const limit of USERS_LOOKED_AT) {
    const names = await reader.domainsOfHost(host, limit);
    // A name server of many names may have most of them in other zones: those are not read.
    const inside = names.slice(seen).filter((name) => isUnder(name, tld));
    for (let at = 0; at < inside.length; at += DOMAINS_TOGETHER) {
      const some = inside.slice(at, at + DOMAINS_TOGETHER);
      const domains = await Promise.all(some.map((name) => reader.domain(name)));
      if (domains.some((each) => each?.tld === tld && isDelegated(each))) return true;
    }
    if (names.length < limit) return false;
    seen = names.length;
  }
  // So many domains and none in the zone: glue too much does less harm than glue too little.
  return true;
}

/**
 * Notes what a change of a domain moves in its zone: the domain itself, and the hosts that begin or
 * cease to be used by it.
 * @param before absent: it is new
 * @param after absent: it is gone
 */
export function touchDelegation(
  draft: RegisterDraft,
  before: Domain | undefined,
  after: Domain | undefined,
): void {
  const domain = after ?? before;
  if (domain === undefined) return;
  const was = before !== undefined && isDelegated(before) ? before : undefined;
  const is = after !== undefined && isDelegated(after) ? after : undefined;
  const had = new Set(was?.nameservers);
  const has = new Set(is?.nameservers);
  const moved = had.symmetricDifference(has);
  const isDsSame = JSON.stringify(was?.ds ?? []) === JSON.stringify(is?.ds ?? []);
  if (moved.size === 0 && isDsSame) return;
  draft.touch(domain.tld, domain.name);
  for (const host of moved) if (isUnder(host, domain.tld)) draft.touch(domain.tld, host);
}
