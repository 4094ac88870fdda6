/**
 * `<domain:update>` (RFC 5731 section 3.2.5) with DS data (RFC 5910) and restores (RFC 3915). All
 * of it is done or nothing. The operator sets and lifts `server…` statuses by the same command.
 */
import type { Caller } from '#registry/model/caller.ts';
import type { CommandOutcome } from '#registry/model/command.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { DomainUpdate, DomainUpdated } from '#registry/model/domain-commands.ts';
import type { ObjectKey } from '#registry/model/register.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { DomainStatus } from '#registry/model/status.ts';
import { makeAuthInfo } from './auth-info.ts';
import type { CommandContext } from './command-context.ts';
import { touchDelegation } from './delegation.ts';
import { changePeople, contactIdsOf, type PeopleChange } from './domain-contacts.ts';
import {
  changeNameservers,
  type NameserverChange,
  parseNameservers,
} from './domain-nameservers.ts';
import { restoreDomain } from './domain-restore.ts';
import { type DomainWork, domainOffender, PENDING, runOnDomain } from './domain-rules.ts';
import { changeDs } from './ds-data.ts';
import { demandOffer } from './fees.ts';
import { parseNameText } from './labels.ts';
import { changeStatuses, demandNoStatus, demandSponsor, updateForbidding } from './object-rules.ts';
import { tellSponsor } from './told-changes.ts';

/** The command, with what it names in the register's form. */
interface ParsedUpdate {
  command: DomainUpdate;
  servers: NameserverChange;
  people: PeopleChange;
  /** Nothing of the domain itself is to change. */
  isEmpty: boolean;
}

/** @throws RegistryError 2003, 2004, 2005, 2104, 2201, 2303, 2304, 2306 */
export async function domainUpdate(
  context: CommandContext,
  command: DomainUpdate,
  caller: Caller,
): Promise<CommandOutcome> {
  const name = parseNameText(command.name, 'domain:name');
  const update = parseUpdate(command);
  const keys: ObjectKey[] = update.servers.add.map((host) => `host/${host}` as const);
  for (const id of contactIdsOf(update.people)) keys.push(`contact/${id}`);
  const task = { name, caller, command: command.kind, keys };
  const data = await runOnDomain(context, task, (work) => changeDomain(work, update));
  return { result: RESULT.done, data };
}

/** @throws RegistryError 2003 for an update of nothing, 2306 for a restore that changes more */
function parseUpdate(command: DomainUpdate): ParsedUpdate {
  const { add, remove, change, ds, restore } = command;
  const parts = [add, remove].flatMap((part) => [part.nameservers, part.contacts, part.statuses]);
  const isKept = change.registrant === undefined && change.authInfo === undefined;
  const isEmpty = isKept && ds === undefined && parts.every((part) => part.length === 0);
  const object = domainOffender(command.name);
  if (isEmpty && restore === undefined) {
    throw new RegistryError(RESULT.missingParameter, 'the update changes nothing', object);
  }
  if (!isEmpty && restore !== undefined) {
    throw new RegistryError(RESULT.policy, 'a restore changes nothing else', object);
  }
  return {
    command,
    servers: {
      add: parseNameservers(add.nameservers),
      remove: parseNameservers(remove.nameservers),
    },
    people: {
      add: add.contacts,
      remove: remove.contacts,
      ...(change.registrant !== undefined && { registrant: change.registrant }),
    },
    isEmpty,
  };
}

async function changeDomain(work: DomainWork, update: ParsedUpdate): Promise<DomainUpdated> {
  const { draft, domain, caller, nowMs } = work;
  const { command } = update;
  demandUpdatable(work, command);
  const stamp = { updatedBy: caller.registrar, updatedAtMs: nowMs };
  if (command.restore !== undefined) {
    const { domain: restored, ...shown } = await restoreDomain(work, command.restore, command.fee);
    const changed = { ...restored, ...stamp };
    draft.putDomain(changed);
    touchDelegation(draft, domain, changed);
    tellSponsor(draft, caller, 'restore', { type: 'domain', value: changed }, nowMs);
    return { kind: command.kind, name: domain.name, ...shown };
  }
  demandOffer(command.fee, work.tld, { amount: 0, isPremium: false });
  const changed = { ...(await changedDomain(work, update)), ...stamp };
  draft.putDomain(changed);
  touchDelegation(draft, domain, changed);
  tellSponsor(draft, caller, 'update', { type: 'domain', value: changed }, nowMs);
  return { kind: command.kind, name: domain.name };
}

/** @throws RegistryError 2201, 2304 */
function demandUpdatable({ domain, caller }: DomainWork, command: DomainUpdate): void {
  const object = domainOffender(domain.name);
  demandSponsor(caller, domain.sponsor, object);
  const forbidding: DomainStatus[] = [
    ...updateForbidding(command.remove.statuses),
    ...PENDING.filter((status) => command.restore === undefined || status !== 'pendingDelete'),
  ];
  demandNoStatus(caller, domain.statuses, forbidding, object);
}

async function changedDomain(
  { draft, domain, tld, caller, nowMs }: DomainWork,
  { command, servers, people }: ParsedUpdate,
): Promise<Domain> {
  const { add, remove, change, ds } = command;
  const statusChange = { add: add.statuses, remove: remove.statuses };
  const statuses = changeStatuses(caller, domain.statuses, statusChange, 'domain:status');
  const { authInfo: kept, registrant, contacts, ...rest } = domain;
  const current = { ...(registrant !== undefined && { registrant }), contacts };
  const authInfo =
    change.authInfo === undefined
      ? kept
      : makeAuthInfo(change.authInfo ?? '', tld.authInfoDays, nowMs, 'domain:authInfo');
  return {
    ...rest,
    ...(await changePeople(draft, caller, current, people, tld)),
    nameservers: await changeNameservers(draft, domain.nameservers, servers, tld),
    ds: ds === undefined ? domain.ds : changeDs(domain.ds, ds, tld.dsMax),
    statuses,
    ...(authInfo !== undefined && { authInfo }),
  };
}
