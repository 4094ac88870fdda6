/**
 * `<host:info>` (RFC 5732 section 3.1.2): every registrar may read every host, to delegate to it.
 */
import type { CommandOutcome } from '#registry/model/command.ts';
import type { HostInfo } from '#registry/model/host-commands.ts';
import { RESULT } from '#registry/model/result.ts';
import { shownHostStatuses } from '#registry/model/shown-status.ts';
import type { CommandContext } from './command-context.ts';
import { hostOffender, isLinkedHost, NAME } from './host-rules.ts';
import { parseNameText } from './labels.ts';
import { demandObject } from './object-rules.ts';

/** @throws RegistryError 2005, 2303 */
export async function hostInfo(
  { register }: CommandContext,
  command: HostInfo,
): Promise<CommandOutcome> {
  const name = parseNameText(command.name, NAME);
  const host = demandObject(await register.host(name), hostOffender(name));
  const statuses = shownHostStatuses(host.statuses, await isLinkedHost(register, name));
  return { result: RESULT.done, data: { kind: 'host:info', host, statuses } };
}
