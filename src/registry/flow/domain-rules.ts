/**
 * What commands on domains share: how they name the domain in refusals, what is locked while one of
 * them is changed, and for how long names are registered.
 */
import { type Caller, isOperator } from '#registry/model/caller.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { ObjectKey, RegisterDraft, RegisterReader } from '#registry/model/register.ts';
import type { Registrar } from '#registry/model/registrar.ts';
import { type Offender, RESULT, RegistryError } from '#registry/model/result.ts';
import type { DomainStatus, PendingDomainStatus } from '#registry/model/status.ts';
import type { Tld } from '#registry/model/tld.ts';
import type { CommandContext } from './command-context.ts';
import { demandNoStatus, demandObject, demandSponsor } from './object-rules.ts';

/** Hosts under one domain, at most: a transfer moves them all in one command. */
export const SUBORDINATES_MAX = 1_000;

/** Statuses in which no other command may change a domain (RFC 5730 section 2.9.3). */
export const PENDING: readonly PendingDomainStatus[] = [
  'pendingCreate',
  'pendingDelete',
  'pendingRenew',
  'pendingTransfer',
  'pendingUpdate',
];

/** How often the locks are taken again when the domain changed hands before they were. */
const ATTEMPTS_MAX = 5;

export function domainOffender(name: string): Offender {
  return { element: 'domain:name', text: name };
}

/** What stands in front of the TLD. */
export function labelOf({ name, tld }: Pick<Domain, 'name' | 'tld'>): string {
  return name.slice(0, -tld.length - 1);
}

/** The zone that a registered domain lies in. */
export function tldOf(reader: RegisterReader, { name, tld }: Pick<Domain, 'name' | 'tld'>): Tld {
  const found = reader.tlds().find((each) => each.name === tld);
  if (found !== undefined) return found;
  const why = `the zone ${tld} is no longer in this register`;
  throw new RegistryError(RESULT.policy, why, domainOffender(name));
}

/**
 * A number of years that a client may ask for.
 * @throws RegistryError 2004 for no whole number of years, 2306 for one that the TLD does not take
 */
export function demandYears(years: number | undefined, tld: Tld): number {
  const wanted = years ?? Math.max(1, tld.periodMin);
  const offender = { element: 'domain:period', text: String(wanted) };
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new RegistryError(RESULT.parameterRange, 'a period is of whole years', offender);
  }
  if (wanted < tld.periodMin || wanted > tld.periodMax) {
    const why = `${tld.name} takes periods of ${tld.periodMin} to ${tld.periodMax} years`;
    throw new RegistryError(RESULT.policy, why, offender);
  }
  return wanted;
}

/** Whether a registrar may have names in a TLD. */
export function isAccredited({ tlds }: Registrar, { name }: Tld): boolean {
  return tlds.length === 0 || tlds.includes(name);
}

/** Whether the caller may see all of a domain without showing its authorisation information. */
export function isDomainParty(caller: Caller, { sponsor, transfer }: Domain): boolean {
  if (isOperator(caller) || caller.registrar === sponsor) return true;
  return transfer?.status === 'pending' && transfer.gaining === caller.registrar;
}

/**
 * The caller may change the domain, and nothing pending or among `prohibitions` forbids it.
 * @throws RegistryError 2201, 2304
 */
export function demandChangeable(
  { domain, caller }: DomainWork,
  prohibitions: readonly DomainStatus[],
): void {
  const object = domainOffender(domain.name);
  demandSponsor(caller, domain.sponsor, object);
  demandNoStatus(caller, domain.statuses, [...prohibitions, ...PENDING], object);
}

/** What a command on one domain works on. */
export interface DomainWork {
  draft: RegisterDraft;
  domain: Domain;
  tld: Tld;
  caller: Caller;
  /** One moment for the whole command. */
  nowMs: number;
}

export interface DomainTask {
  name: string;
  caller: Caller;
  /** As `domain:renew`. */
  command: string;
  /** What else the work writes. */
  keys?: readonly ObjectKey[];
  /** The work may move the hosts under the domain. */
  movesHosts?: boolean;
}

/**
 * Runs work on a domain that must be there, with the registrars whose money it may move and, if
 * asked, the hosts under it locked. Who these are stands in the domain, which is read before the
 * locks are there: when it has changed meanwhile, the locks are taken anew.
 * @throws RegistryError 2303 that there is no such domain
 */
export async function runOnDomain<T>(
  { register, clock }: CommandContext,
  task: DomainTask,
  work: (work: DomainWork) => Promise<T>,
): Promise<T> {
  const { name, caller, command } = task;
  const keys = await keysOf(register, task);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const outcome = await register.run(caller, command, [...keys], async (draft) => {
      const missing = (await keysOf(draft, task)).difference(keys);
      if (missing.size > 0) return { missing };
      const domain = demandObject(await draft.domain(name), domainOffender(name));
      const tld = tldOf(draft, domain);
      return { done: await work({ draft, domain, tld, caller, nowMs: clock.nowMs() }) };
    });
    if ('done' in outcome) return outcome.done as T;
    for (const key of outcome.missing) keys.add(key);
  }
  const why = `${name} changes hands again and again: try later`;
  throw new RegistryError(RESULT.failed, why, domainOffender(name));
}

async function keysOf(
  reader: RegisterReader,
  { name, caller, keys = [], movesHosts = false }: DomainTask,
): Promise<Set<ObjectKey>> {
  const locked = new Set<ObjectKey>([`domain/${name}`, `registrar/${caller.registrar}`, ...keys]);
  const domain = await reader.domain(name);
  if (domain === undefined) return locked;
  locked.add(`registrar/${domain.sponsor}`);
  if (domain.transfer !== undefined) locked.add(`registrar/${domain.transfer.gaining}`);
  for (const { refund } of domain.periods) {
    if (refund !== undefined) locked.add(`registrar/${refund.registrar}`);
  }
  if (!movesHosts) return locked;
  for (const host of await reader.hostsOfDomain(name, SUBORDINATES_MAX)) locked.add(`host/${host}`);
  return locked;
}
