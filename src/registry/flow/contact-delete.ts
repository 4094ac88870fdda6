/** `<contact:delete>` (RFC 5733 section 3.2.2): gone at once, unless a domain names it. */
import type { Caller } from '#registry/model/caller.ts';
import type { CommandOutcome } from '#registry/model/command.ts';
import type { ContactDelete } from '#registry/model/contact-commands.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { CommandContext } from './command-context.ts';
import { contactOffender, parseContactId } from './contact-rules.ts';
import { demandNoStatus, demandObject, demandSponsor } from './object-rules.ts';
import { tellSponsor } from './told-changes.ts';

/** @throws RegistryError 2005, 2201, 2303, 2304, 2305 */
export async function contactDelete(
  { register, clock }: CommandContext,
  command: ContactDelete,
  caller: Caller,
): Promise<CommandOutcome> {
  const id = parseContactId(command.id);
  const object = contactOffender(id);
  await register.run(caller, command.kind, [`contact/${id}`], async (draft) => {
    const contact = demandObject(await draft.contact(id), object);
    demandSponsor(caller, contact.sponsor, object);
    demandNoStatus(
      caller,
      contact.statuses,
      ['clientDeleteProhibited', 'serverDeleteProhibited', 'pendingDelete', 'pendingTransfer'],
      object,
    );
    const [user] = await draft.domainsOfContact(id, 1);
    if (user !== undefined) {
      const why = `domain ${user} names contact ${id}`;
      throw new RegistryError(RESULT.associationProhibits, why, object);
    }
    draft.deleteContact(id);
    tellSponsor(draft, caller, 'delete', { type: 'contact', value: contact }, clock.nowMs());
  });
  return { result: RESULT.done, data: { kind: 'contact:delete', id } };
}
