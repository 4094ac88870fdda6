/**
 * `<domain:delete>` (RFC 5731 section 3.2.2) and what follows (RFC 3915 section 3.1):
 *
 *     within the add period   gone at once, the fee given back          1000
 *     later                   redemptionPeriod -> pendingDelete -> gone  1001
 *                             |  (restore)
 *                             +-> pendingRestore -> registered again
 *
 * Fees of other grace periods that run are given back too, and their years taken off. Hosts under
 * the domain must be gone first: deleting them with it would break delegations of others, and
 * leaving them would leave names without an owner (RFC 9874).
 */
import type { Caller } from '#registry/model/caller.ts';
import type { CommandOutcome } from '#registry/model/command.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { DomainDelete, DomainDeleted } from '#registry/model/domain-commands.ts';
import type { RegisterReader } from '#registry/model/register.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import { plainStatus } from '#registry/model/shown-status.ts';
import type { Tld } from '#registry/model/tld.ts';
import type { CommandContext } from './command-context.ts';
import { touchDelegation } from './delegation.ts';
import { type DomainWork, demandChangeable, domainOffender, runOnDomain } from './domain-rules.ts';
import { undoGrace, withPeriod } from './grace.ts';
import { parseNameText } from './labels.ts';
import { tellSponsor } from './told-changes.ts';

/** @throws RegistryError 2005, 2201, 2303, 2304, 2305 */
export async function domainDelete(
  context: CommandContext,
  command: DomainDelete,
  caller: Caller,
): Promise<CommandOutcome> {
  const name = parseNameText(command.name, 'domain:name');
  const task = { name, caller, command: command.kind };
  const data = await runOnDomain(context, task, remove);
  return { result: data.purged ? RESULT.done : RESULT.pending, data };
}

async function remove(work: DomainWork): Promise<DomainDeleted> {
  const { draft, domain, tld, caller, nowMs } = work;
  demandChangeable(work, ['clientDeleteProhibited', 'serverDeleteProhibited']);
  await demandNoHosts(draft, domain);
  tellSponsor(draft, caller, 'delete', { type: 'domain', value: domain }, nowMs);
  const undone = await undoGrace(draft, domain, tld, nowMs);
  const isNew = domain.periods.some(
    ({ status, endsAtMs }) => status === 'addPeriod' && endsAtMs > nowMs,
  );
  const waiting = isNew ? undefined : intoRedemption(undone.domain, tld, caller, nowMs);
  if (waiting === undefined) draft.deleteDomain(domain.name);
  else draft.putDomain(waiting);
  touchDelegation(draft, domain, waiting);
  return {
    kind: 'domain:delete',
    name: domain.name,
    purged: waiting === undefined,
    ...(undone.refunded && { refund: undone.refunded }),
  };
}

/** @throws RegistryError 2305 that names a host under the domain */
async function demandNoHosts(reader: RegisterReader, { name }: Domain): Promise<void> {
  const [host] = await reader.hostsOfDomain(name, 1);
  if (host === undefined) return;
  const [user] = await reader.domainsOfHost(host, 1);
  const use = user === undefined ? '' : `, to which ${user} is delegated`;
  const why = `the host ${host} lies under ${name}${use}`;
  throw new RegistryError(RESULT.associationProhibits, why, domainOffender(name));
}

/** `undefined`: the TLD keeps deleted names for no time. */
function intoRedemption(
  domain: Domain,
  { grace }: Tld,
  caller: Caller,
  nowMs: number,
): Domain | undefined {
  const { clTrid, svTrid, registrar } = caller;
  const redemption = { status: 'redemptionPeriod' } as const;
  const last = { status: 'pendingDelete' } as const;
  const redeemable = withPeriod(domain.periods, redemption, grace.redemption, nowMs);
  const isRedeemable = grace.redemption > 0;
  const periods = isRedeemable ? redeemable : withPeriod([], last, grace.pendingDelete, nowMs);
  if (periods.length === 0) return undefined;
  return {
    ...domain,
    statuses: [...domain.statuses, plainStatus('pendingDelete')],
    periods,
    updatedBy: registrar,
    updatedAtMs: nowMs,
    deletion: { atMs: nowMs, ...(clTrid !== undefined && { clTrid }), svTrid },
  };
}
