/**
 * `<host:update>` (RFC 5732 section 3.2.5): addresses, statuses, the name. A new name stands in
 * every domain that is delegated to the host at once, so that no delegation is lost:
 *
 *     from       to         needs                                        addresses
 *     internal   internal   the new superordinate domain, one's own       stay
 *     internal   external   -                                            must be removed with it
 *     external   internal   the new superordinate domain, one's own       may be added with it,
 *                                                                         must be where it is used
 *     external   external   -                                            none
 *
 * An external host to which another registrar's domain is delegated keeps its name (2305).
 */
import { type Caller, isOperator } from '#registry/model/caller.ts';
import type { CommandOutcome } from '#registry/model/command.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { Host } from '#registry/model/host.ts';
import type { HostUpdate } from '#registry/model/host-commands.ts';
import type { ObjectKey, RegisterDraft, RegisterReader } from '#registry/model/register.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { CommandContext } from './command-context.ts';
import { changeAddresses } from './host-addresses.ts';
import {
  demandAddressable,
  demandSuperordinate,
  hostOffender,
  NAME,
  type ParsedHostName,
  parseHostName,
  touchGlue,
} from './host-rules.ts';
import { parseNameText } from './labels.ts';
import {
  changeStatuses,
  demandNoStatus,
  demandObject,
  demandSponsor,
  updateForbidding,
} from './object-rules.ts';
import { tellSponsor } from './told-changes.ts';

/** Domains that are rewritten with one host. */
export const RENAMED_DOMAINS_MAX = 1_000;

/** Times that a rename looks again after a delegation came while it waited for its locks. */
const TRIES_MAX = 5;

/** @throws RegistryError 2003, 2005, 2201, 2302, 2303, 2304, 2305, 2306, 2400 */
export async function hostUpdate(
  { register, clock }: CommandContext,
  command: HostUpdate,
  caller: Caller,
): Promise<CommandOutcome> {
  const name = parseNameText(command.name, NAME);
  const renamed =
    command.rename === undefined ? undefined : parseHostName(command.rename, register);
  if (renamed === undefined && isEmpty(command)) {
    const why = 'an update adds, removes or changes something';
    throw new RegistryError(RESULT.missingParameter, why, { element: 'host:add', text: '' });
  }
  const isRenamed = renamed !== undefined;
  const locked = new Set(isRenamed ? await readLinked(register, name) : []);
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const keys = keysOf(name, renamed, locked);
    const missed = await register.run(caller, command.kind, keys, async (draft) => {
      const users = isRenamed ? await readLinked(draft, name) : [];
      const unlocked = users.filter((user) => !locked.has(user));
      if (unlocked.length > 0) return unlocked;
      await changeHost(draft, { command, name, renamed, users }, caller, clock.nowMs());
      return [];
    });
    if (missed.length === 0) {
      return { result: RESULT.done, data: { kind: 'host:update', name } };
    }
    for (const user of missed) locked.add(user);
  }
  const why = 'domains are delegated to this host just now; send the command again';
  throw new RegistryError(RESULT.failed, why, hostOffender(name));
}

function isEmpty({ add, remove }: HostUpdate): boolean {
  const lists = [add.addresses, add.statuses, remove.addresses, remove.statuses];
  return lists.every((list) => list.length === 0);
}

/** One more than may be, so that too many are seen. */
function readLinked(reader: RegisterReader, name: string): Promise<string[]> {
  return reader.domainsOfHost(name, RENAMED_DOMAINS_MAX + 1);
}

function keysOf(
  name: string,
  renamed: ParsedHostName | undefined,
  linked: Iterable<string>,
): ObjectKey[] {
  const keys = new Set<ObjectKey>([`host/${name}`]);
  if (renamed !== undefined) keys.add(`host/${renamed.name}`);
  if (renamed?.superordinate !== undefined) keys.add(`domain/${renamed.superordinate}`);
  for (const domain of linked) keys.add(`domain/${domain}`);
  return [...keys];
}

interface HostChange {
  command: HostUpdate;
  name: string;
  renamed: ParsedHostName | undefined;
  /** Domains that are delegated to it; of a rename only. */
  users: readonly string[];
}

async function changeHost(
  draft: RegisterDraft,
  { command, name, renamed, users }: HostChange,
  caller: Caller,
  nowMs: number,
): Promise<void> {
  const object = hostOffender(name);
  const { add, remove } = command;
  const host = demandObject(await draft.host(name), object);
  demandSponsor(caller, host.sponsor, object);
  const forbidding = [...updateForbidding(remove.statuses), 'pendingUpdate', 'pendingDelete'];
  demandNoStatus(caller, host.statuses, forbidding as typeof remove.statuses, object);
  const statusChange = { add: add.statuses, remove: remove.statuses };
  const statuses = changeStatuses(caller, host.statuses, statusChange, 'host:status');
  const addresses = changeAddresses(host.addresses, add.addresses, remove.addresses);
  const { superordinate: _before, ...kept } = host;
  const superordinate = renamed === undefined ? host.superordinate : renamed.superordinate;
  demandAddressable(superordinate, addresses);
  if (superordinate !== undefined) await demandGlue(draft, host, addresses);
  const changed: Host = {
    ...kept,
    ...(superordinate !== undefined && { superordinate }),
    statuses,
    addresses,
    updatedBy: caller.registrar,
    updatedAtMs: nowMs,
  };
  if (renamed === undefined) draft.putHost(changed);
  else await renameHost(draft, changed, { host, renamed, users }, caller);
  touchGlue(draft, host);
  const value = renamed === undefined ? changed : { ...changed, name: renamed.name };
  tellSponsor(draft, caller, 'update', { type: 'host', value }, nowMs);
}

/** @throws RegistryError 2305 when an update would leave an internal host in use without address */
async function demandGlue(draft: RegisterDraft, host: Host, addresses: string[]): Promise<void> {
  if (addresses.length > 0) return;
  const [user] = await draft.domainsOfHost(host.name, 1);
  if (user === undefined) return;
  const why = `${user} is delegated to ${host.name}, which needs an address for it`;
  throw new RegistryError(RESULT.associationProhibits, why, hostOffender(host.name));
}

interface Rename {
  host: Host;
  renamed: ParsedHostName;
  users: readonly string[];
}

async function renameHost(
  draft: RegisterDraft,
  changed: Host,
  { host, renamed, users }: Rename,
  caller: Caller,
): Promise<void> {
  if ((await draft.host(renamed.name)) !== undefined) {
    const why = `host ${renamed.name} exists`;
    throw new RegistryError(RESULT.exists, why, hostOffender(renamed.name));
  }
  const superordinate = await demandSuperordinate(draft, caller, renamed);
  if (users.length > RENAMED_DOMAINS_MAX) {
    const why = `more than ${RENAMED_DOMAINS_MAX} domains are delegated to ${host.name}`;
    throw new RegistryError(RESULT.associationProhibits, why, hostOffender(host.name));
  }
  const domains = await Promise.all(users.map((user) => draft.domain(user)));
  const delegated = domains.filter((domain): domain is Domain => domain !== undefined);
  const foreign = delegated.find(({ sponsor }) => sponsor !== host.sponsor);
  if (host.superordinate === undefined && foreign !== undefined && !isOperator(caller)) {
    const why = `${foreign.name} of another registrar is delegated to this external host`;
    throw new RegistryError(RESULT.associationProhibits, why, hostOffender(host.name));
  }
  const { name } = renamed;
  draft.deleteHost(host.name);
  draft.putHost({ ...changed, name, sponsor: superordinate?.sponsor ?? host.sponsor });
  for (const domain of delegated) {
    const nameservers = domain.nameservers.map((server) => (server === host.name ? name : server));
    draft.putDomain({ ...domain, nameservers: nameservers.sort() });
    draft.touch(domain.tld, domain.name);
  }
  touchGlue(draft, { name });
}
