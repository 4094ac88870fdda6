/** `<contact:check>`: whether handles are free (RFC 5733 section 3.1.1). */
import type { CommandOutcome } from '#registry/model/command.ts';
import type { ContactCheck, ContactChecked } from '#registry/model/contact-commands.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { CommandContext } from './command-context.ts';
import { parseContactId } from './contact-rules.ts';

type Availability = ContactChecked['contacts'][number];

/** An id that can never be made is not available, and the reason says why. */
export async function contactCheck(
  { register }: CommandContext,
  { ids }: ContactCheck,
): Promise<CommandOutcome> {
  const one = async (id: string): Promise<Availability> => {
    try {
      const isTaken = (await register.contact(parseContactId(id))) !== undefined;
      return { id, available: !isTaken, ...(isTaken && { reason: 'In use' }) };
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return { id, available: false, reason: error.reason };
    }
  };
  const contacts = await Promise.all(ids.map(one));
  return { result: RESULT.done, data: { kind: 'contact:check', contacts } };
}
