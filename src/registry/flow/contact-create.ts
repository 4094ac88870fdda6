/** `<contact:create>` (RFC 5733 section 3.2.1). The caller sponsors what it makes. */
import type { Caller } from '#registry/model/caller.ts';
import type { CommandOutcome } from '#registry/model/command.ts';
import type { Contact } from '#registry/model/contact.ts';
import type { ContactCreate } from '#registry/model/contact-commands.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import { makeAuthInfo } from './auth-info.ts';
import type { CommandContext } from './command-context.ts';
import { checkContactFields, contactOffender, parseContactId } from './contact-rules.ts';
import { demandRepository } from './object-rules.ts';

/** @throws RegistryError 2003, 2005, 2302, 2306 */
export async function contactCreate(
  { register, clock }: CommandContext,
  command: ContactCreate,
  caller: Caller,
): Promise<CommandOutcome> {
  const { kind, id: givenId, authInfo: secret, ...fields } = command;
  const id = parseContactId(givenId);
  checkContactFields(fields);
  const createdAtMs = clock.nowMs();
  const authInfo = makeAuthInfo(secret, 0, createdAtMs, 'contact:pw');
  await register.run(caller, kind, [`contact/${id}`], async (draft) => {
    if ((await draft.contact(id)) !== undefined) {
      throw new RegistryError(RESULT.exists, `contact ${id} exists`, contactOffender(id));
    }
    const repositoryId = demandRepository(draft.tlds(), contactOffender(id));
    const contact: Contact = {
      id,
      roid: draft.newRoid('C', repositoryId),
      ...fields,
      statuses: [],
      sponsor: caller.registrar,
      createdBy: caller.registrar,
      createdAtMs,
      ...(authInfo && { authInfo }),
    };
    draft.putContact(contact);
  });
  return { result: RESULT.done, data: { kind, id, createdAtMs } };
}
