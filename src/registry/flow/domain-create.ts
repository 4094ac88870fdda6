/**
 * `<domain:create>` (RFC 5731 section 3.2.1): registers a name for some years and bills them.
 * Refusals come in the order in which a registrar can mend them: the name, who asks, what stands in
 * the way of the name, what was sent with it, and money last.
 */
import type { Caller } from '#registry/model/caller.ts';
import type { CommandOutcome } from '#registry/model/command.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { DomainCreate } from '#registry/model/domain-commands.ts';
import type { ObjectKey, RegisterDraft } from '#registry/model/register.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import { makeAuthInfo } from './auth-info.ts';
import { charge } from './billing.ts';
import { addYears, YEARS_AHEAD_MAX } from './calendar.ts';
import type { CommandContext } from './command-context.ts';
import { touchDelegation } from './delegation.ts';
import { changePeople, contactIdsOf, demandPeople, type PeopleChange } from './domain-contacts.ts';
import { changeNameservers, parseNameservers } from './domain-nameservers.ts';
import { demandYears, domainOffender, isAccredited } from './domain-rules.ts';
import { changeDs } from './ds-data.ts';
import { type Cost, costOf, demandOffer, withGrace } from './fees.ts';
import { withPeriod } from './grace.ts';
import { findReservation, type ParsedDomainName, parseDomainName } from './labels.ts';

/** @throws RegistryError 2003, 2004, 2005, 2104, 2201, 2302, 2303, 2306 */
export async function domainCreate(
  { register, clock }: CommandContext,
  command: DomainCreate,
  caller: Caller,
): Promise<CommandOutcome> {
  const parsed = parseDomainName(command.name, register.tlds());
  const nameservers = parseNameservers(command.nameservers);
  const { registrant = null, contacts } = command;
  const people: PeopleChange = { add: contacts, remove: [], registrant };
  const keys: ObjectKey[] = [`domain/${parsed.name}`, `registrar/${caller.registrar}`];
  for (const host of nameservers) keys.push(`host/${host}`);
  for (const id of contactIdsOf(people)) keys.push(`contact/${id}`);
  const created = await register.run(caller, command.kind, keys, async (draft) => {
    await demandRegistrable(draft, parsed, caller);
    const parts = { parsed, nameservers, people, caller };
    const nowMs = clock.nowMs();
    const { domain: unpaid, cost } = await makeDomain(draft, command, parts, nowMs);
    const { tld } = parsed;
    demandOffer(command.fee, tld, cost);
    const { registrar } = caller;
    const { fee, refund } = await charge(draft, { registrar, tld, amount: cost.amount });
    // What goes back when the name is deleted within the add period.
    const period = { status: 'addPeriod', refund } as const;
    const domain = { ...unpaid, periods: withPeriod([], period, tld.grace.add, nowMs) };
    draft.putDomain(domain);
    touchDelegation(draft, undefined, domain);
    return { domain, fee: withGrace(fee, cost) };
  });
  const { name, createdAtMs, expiresAtMs } = created.domain;
  const data = { kind: command.kind, name, createdAtMs, expiresAtMs, fee: created.fee };
  return { result: RESULT.done, data };
}

/** @throws RegistryError 2201, 2302, 2306 */
async function demandRegistrable(
  draft: RegisterDraft,
  parsed: ParsedDomainName,
  caller: Caller,
): Promise<void> {
  const { name, tld } = parsed;
  const object = domainOffender(name);
  const registrar = await draft.registrar(caller.registrar);
  if (registrar === undefined) {
    throw new RegistryError(RESULT.authorization, 'only registrars register names', object);
  }
  if (!isAccredited(registrar, tld)) {
    const why = `${registrar.id} is not accredited for ${tld.name}`;
    throw new RegistryError(RESULT.authorization, why, object);
  }
  // The name was read before the command had its turn.
  if (draft.tlds().every((each) => each.name !== tld.name)) {
    throw new RegistryError(RESULT.policy, `there is no TLD ${tld.name} any more`, object);
  }
  if ((await draft.domain(name)) !== undefined) {
    throw new RegistryError(RESULT.exists, `${name} is registered`, object);
  }
  const reserved = findReservation(draft, parsed, caller.registrar);
  if (reserved !== undefined) throw new RegistryError(RESULT.policy, reserved, object);
}

interface Parts {
  parsed: ParsedDomainName;
  nameservers: readonly string[];
  people: PeopleChange;
  caller: Caller;
}

/** The name as it will be, and what it costs; nothing is paid yet. */
async function makeDomain(
  draft: RegisterDraft,
  command: DomainCreate,
  { parsed, nameservers, people: named, caller }: Parts,
  nowMs: number,
): Promise<{ domain: Domain; cost: Cost }> {
  const { name, tld, label, unicodeName } = parsed;
  const years = demandYears(command.years, tld);
  const expiresAtMs = addYears(nowMs, years);
  if (expiresAtMs > addYears(nowMs, YEARS_AHEAD_MAX)) {
    const why = `a name is registered for ${YEARS_AHEAD_MAX} years at most`;
    const offender = { element: 'domain:period', text: String(years) };
    throw new RegistryError(RESULT.policy, why, offender);
  }
  const authInfo = makeAuthInfo(command.authInfo, tld.authInfoDays, nowMs, 'domain:authInfo');
  const ds = changeDs([], { remove: [], add: command.ds }, tld.dsMax);
  const servers = { add: nameservers, remove: [] };
  const people = await changePeople(draft, caller, { contacts: [] }, named, tld);
  demandPeople(people, tld);
  const cost = costOf(tld, label, 'create', years);
  const domain: Domain = {
    roid: draft.newRoid('D', tld.repositoryId),
    name,
    tld: tld.name,
    ...people,
    nameservers: await changeNameservers(draft, [], servers, tld),
    ds,
    statuses: [],
    periods: [],
    sponsor: caller.registrar,
    createdBy: caller.registrar,
    createdAtMs: nowMs,
    expiresAtMs,
    ...(authInfo !== undefined && { authInfo }),
    ...(unicodeName !== undefined && { unicodeName }),
  };
  return { domain, cost };
}
