/**
 * `<contact:info>` (RFC 5733 section 3.1.2). The sponsor sees all; so does the registrar to which a
 * transfer is under way, and whoever shows the authorisation information. Others are shown what the
 * contact discloses. A wrong secret is an error, not less data: the client meant to be let in.
 */
import { type Caller, isOperator } from '#registry/model/caller.ts';
import type { CommandOutcome } from '#registry/model/command.ts';
import type { ContactInfo } from '#registry/model/contact-commands.ts';
import { RESULT } from '#registry/model/result.ts';
import { shownContactStatuses } from '#registry/model/shown-status.ts';
import { isAuthInfo, notOpened } from './auth-info.ts';
import type { CommandContext } from './command-context.ts';
import { contactOffender, isLinkedContact, isParty, parseContactId } from './contact-rules.ts';
import { demandObject } from './object-rules.ts';

/** @throws RegistryError 2005, 2202, 2303 */
export async function contactInfo(
  { register, clock }: CommandContext,
  command: ContactInfo,
  caller: Caller,
): Promise<CommandOutcome> {
  const id = parseContactId(command.id);
  const object = contactOffender(id);
  const contact = demandObject(await register.contact(id), object);
  const { authInfo } = command;
  const isEntitled = isOperator(caller) || isParty(caller, contact);
  const isOpened = authInfo !== undefined && isAuthInfo(contact.authInfo, authInfo, clock.nowMs());
  if (authInfo !== undefined && !isOpened && !isEntitled) {
    throw notOpened(id, object);
  }
  const statuses = shownContactStatuses(contact.statuses, await isLinkedContact(register, id));
  const isWhole = isEntitled || isOpened;
  return { result: RESULT.done, data: { kind: 'contact:info', contact, statuses, isWhole } };
}
