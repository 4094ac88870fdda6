/** `<host:delete>` (RFC 5732 section 3.2.2): gone at once, unless a domain is delegated to it. */
import type { Caller } from '#registry/model/caller.ts';
import type { CommandOutcome } from '#registry/model/command.ts';
import type { HostDelete } from '#registry/model/host-commands.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { CommandContext } from './command-context.ts';
import { hostOffender, NAME } from './host-rules.ts';
import { parseNameText } from './labels.ts';
import { demandNoStatus, demandObject, demandSponsor } from './object-rules.ts';
import { tellSponsor } from './told-changes.ts';

/** @throws RegistryError 2005, 2201, 2303, 2304, 2305 */
export async function hostDelete(
  { register, clock }: CommandContext,
  command: HostDelete,
  caller: Caller,
): Promise<CommandOutcome> {
  const name = parseNameText(command.name, NAME);
  const object = hostOffender(name);
  await register.run(caller, command.kind, [`host/${name}`], async (draft) => {
    const host = demandObject(await draft.host(name), object);
    demandSponsor(caller, host.sponsor, object);
    demandNoStatus(
      caller,
      host.statuses,
      ['clientDeleteProhibited', 'serverDeleteProhibited', 'pendingDelete', 'pendingTransfer'],
      object,
    );
    const [user] = await draft.domainsOfHost(name, 1);
    if (user !== undefined) {
      const why = `${user} is delegated to ${name}`;
      throw new RegistryError(RESULT.associationProhibits, why, object);
    }
    draft.deleteHost(name);
    tellSponsor(draft, caller, 'delete', { type: 'host', value: host }, clock.nowMs());
  });
  return { result: RESULT.done, data: { kind: 'host:delete', name } };
}
