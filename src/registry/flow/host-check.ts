/**
 * `<host:check>`: whether hosts can be made (RFC 5732 section 3.1.1). Asks nothing of the sponsor.
 */
import type { CommandOutcome } from '#registry/model/command.ts';
import type { HostCheck, HostChecked } from '#registry/model/host-commands.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { CommandContext } from './command-context.ts';
import { parseHostName } from './host-rules.ts';

type Availability = HostChecked['hosts'][number];

/** A name that can never be made is not available, and the reason says why: no error (RFC 5730). */
export async function hostCheck(
  { register }: CommandContext,
  { names }: HostCheck,
): Promise<CommandOutcome> {
  const one = async (text: string): Promise<Availability> => {
    try {
      const { name } = parseHostName(text, register);
      const isTaken = (await register.host(name)) !== undefined;
      return { name: text, available: !isTaken, ...(isTaken && { reason: 'In use' }) };
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return { name: text, available: false, reason: error.reason };
    }
  };
  const hosts = await Promise.all(names.map(one));
  return { result: RESULT.done, data: { kind: 'host:check', hosts } };
}
