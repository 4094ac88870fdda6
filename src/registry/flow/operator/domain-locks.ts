/**
 * Locks: `server…` statuses of a domain, which only the operator sets and lifts (a court's order, a
 * registrar's request by another way than EPP). They are set by the same command as any change of a
 * domain, so the sponsor hears of it (RFC 8590) and a `serverHold` takes the name out of the zone.
 */
import type { CommandContext } from '#registry/flow/command-context.ts';
import { parseNameText } from '#registry/flow/labels.ts';
import { demandObject } from '#registry/flow/object-rules.ts';
import type { CommandRunner } from '#registry/flow/run-command.ts';
import type { Caller } from '#registry/model/caller.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { DomainUpdate } from '#registry/model/domain-commands.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { ServerDomainStatus } from '#registry/model/status.ts';

/**
 * Makes these the locks of a domain, and no others. `caller.reason` says why; the sponsor is told.
 * @returns the domain, and whether anything changed
 * @throws RegistryError 2003 without a reason, 2005, 2303, 2304 where something is pending
 */
export async function domainLock(
  { register }: Pick<CommandContext, 'register'>,
  runner: CommandRunner,
  { name: text, statuses }: { name: string; statuses: readonly ServerDomainStatus[] },
  caller: Caller,
): Promise<{ domain: Domain; isChanged: boolean }> {
  const name = parseNameText(text, 'domain:name');
  const object = { element: 'domain:name', text: name };
  const { reason: remark = '' } = caller;
  if (remark.trim() === '') {
    const why = 'reason: say why, the sponsor is told';
    throw new RegistryError(RESULT.missingParameter, why, { element: 'reason', text: '' });
  }
  const domain = demandObject(await register.domain(name), object);
  const wanted = new Set<string>(statuses);
  const had = domain.statuses.map(({ status }) => status).filter(isLock);
  const remove = had.filter((status) => !wanted.has(status));
  const add = statuses
    .filter((status, at) => !had.includes(status) && statuses.indexOf(status) === at)
    .map((status) => ({ status, remark, language: 'en' }));
  if (remove.length + add.length === 0) return { domain, isChanged: false };
  const update: DomainUpdate = {
    kind: 'domain:update',
    name,
    add: { nameservers: [], contacts: [], statuses: add },
    remove: { nameservers: [], contacts: [], statuses: remove },
    change: {},
  };
  await runner.run(update, caller);
  return { domain: demandObject(await register.domain(name), object), isChanged: true };
}

export function isLock(status: string): status is ServerDomainStatus {
  return status.startsWith('server');
}
