/**
 * `<host:create>` (RFC 5732 section 3.2.1). An internal host needs its superordinate domain, of the
 * same sponsor; it may be without addresses until a domain is delegated to it. Making a host
 * changes no zone: its glue appears with the first delegation that uses it.
 */
import type { Caller } from '#registry/model/caller.ts';
import type { CommandOutcome } from '#registry/model/command.ts';
import type { Host } from '#registry/model/host.ts';
import type { HostCreate } from '#registry/model/host-commands.ts';
import type { ObjectKey } from '#registry/model/register.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { CommandContext } from './command-context.ts';
import { changeAddresses } from './host-addresses.ts';
import {
  demandAddressable,
  demandSuperordinate,
  hostOffender,
  parseHostName,
} from './host-rules.ts';
import { findTld } from './labels.ts';
import { demandRepository } from './object-rules.ts';

/** @throws RegistryError 2005, 2201, 2302, 2303, 2304, 2306 */
export async function hostCreate(
  { register, clock }: CommandContext,
  command: HostCreate,
  caller: Caller,
): Promise<CommandOutcome> {
  const parsed = parseHostName(command.name, register);
  const addresses = changeAddresses([], command.addresses, []);
  demandAddressable(parsed.superordinate, addresses);
  const { name, superordinate } = parsed;
  const keys: ObjectKey[] = [`host/${name}`];
  if (superordinate !== undefined) keys.push(`domain/${superordinate}`);
  const createdAtMs = clock.nowMs();
  await register.run(caller, command.kind, keys, async (draft) => {
    if ((await draft.host(name)) !== undefined) {
      throw new RegistryError(RESULT.exists, `host ${name} exists`, hostOffender(name));
    }
    const tlds = draft.tlds();
    const tld = findTld(name, tlds);
    const repositoryId = tld?.repositoryId ?? demandRepository(tlds, hostOffender(name));
    const domain = await demandSuperordinate(draft, caller, parsed);
    const host: Host = {
      roid: draft.newRoid('H', repositoryId),
      name,
      ...(superordinate !== undefined && { superordinate }),
      addresses,
      statuses: [],
      sponsor: domain?.sponsor ?? caller.registrar,
      createdBy: caller.registrar,
      createdAtMs,
    };
    draft.putHost(host);
  });
  return { result: RESULT.done, data: { kind: 'host:create', name, createdAtMs } };
}
