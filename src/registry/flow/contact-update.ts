/**
 * `<contact:update>` (RFC 5733 section 3.2.5). Of a postal address, the name, the organisation and
 * the address are replaced each by itself; an address is one thing, so that a new street does not
 * keep the old province. A postal address of a type that is not there yet must be whole.
 */
import type { Caller } from '#registry/model/caller.ts';
import type { CommandOutcome } from '#registry/model/command.ts';
import type { Contact, PostalInfo } from '#registry/model/contact.ts';
import type { ContactUpdate, PostalChange } from '#registry/model/contact-commands.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import { makeAuthInfo } from './auth-info.ts';
import type { CommandContext } from './command-context.ts';
import {
  type ContactFields,
  checkContactFields,
  contactOffender,
  parseContactId,
} from './contact-rules.ts';
import {
  changeStatuses,
  demandNoStatus,
  demandObject,
  demandSponsor,
  updateForbidding,
} from './object-rules.ts';
import { tellSponsor } from './told-changes.ts';

type FieldChange = ContactUpdate['change'];

/** @throws RegistryError 2003, 2005, 2201, 2303, 2304, 2306 */
export async function contactUpdate(
  { register, clock }: CommandContext,
  command: ContactUpdate,
  caller: Caller,
): Promise<CommandOutcome> {
  const id = parseContactId(command.id);
  const object = contactOffender(id);
  const { add, remove, change } = command;
  if (add.statuses.length + remove.statuses.length + Object.keys(change).length === 0) {
    const why = 'an update adds, removes or changes something';
    throw new RegistryError(RESULT.missingParameter, why, { element: 'contact:add', text: '' });
  }
  await register.run(caller, command.kind, [`contact/${id}`], async (draft) => {
    const contact = demandObject(await draft.contact(id), object);
    demandSponsor(caller, contact.sponsor, object);
    const pending = ['pendingUpdate', 'pendingDelete', 'pendingTransfer'] as const;
    const forbidding = [...updateForbidding(remove.statuses), ...pending];
    demandNoStatus(caller, contact.statuses, forbidding, object);
    const wanted = { add: add.statuses, remove: remove.statuses };
    const statuses = changeStatuses(caller, contact.statuses, wanted, 'contact:status');
    const nowMs = clock.nowMs();
    const changed: Contact = {
      ...changeFields(contact, change),
      ...changeAuthInfo(contact, change, nowMs),
      statuses,
      updatedBy: caller.registrar,
      updatedAtMs: nowMs,
    };
    draft.putContact(changed);
    tellSponsor(draft, caller, 'update', { type: 'contact', value: changed }, nowMs);
  });
  return { result: RESULT.done, data: { kind: 'contact:update', id } };
}

/** The contact with its new fields, and without its authorisation information. */
function changeFields(contact: Contact, change: FieldChange): Contact {
  const { voice: oldVoice, fax: oldFax, authInfo: _kept, ...kept } = contact;
  const voice = change.voice === undefined ? oldVoice : change.voice;
  const fax = change.fax === undefined ? oldFax : change.fax;
  const disclosure = change.disclosure ?? contact.disclosure;
  const fields: ContactFields = {
    postal: changePostal(contact.postal, change.postal ?? []),
    ...(voice && { voice }),
    ...(fax && { fax }),
    email: change.email ?? contact.email,
    ...(disclosure && { disclosure }),
  };
  checkContactFields(fields);
  return { ...kept, ...fields };
}

function changeAuthInfo(
  contact: Contact,
  { authInfo: secret }: FieldChange,
  nowMs: number,
): Pick<Contact, 'authInfo'> {
  const authInfo =
    secret === undefined ? contact.authInfo : makeAuthInfo(secret ?? '', 0, nowMs, 'contact:pw');
  return authInfo === undefined ? {} : { authInfo };
}

function changePostal(
  current: readonly PostalInfo[],
  changes: readonly PostalChange[],
): PostalInfo[] {
  const postal = new Map(current.map((each) => [each.type, each]));
  const seen = new Set<string>();
  for (const change of changes) {
    if (seen.has(change.type)) {
      const why = `the postal address of type ${change.type} is changed twice`;
      const offender = { element: 'contact:postalInfo', text: change.type };
      throw new RegistryError(RESULT.policy, why, offender);
    }
    seen.add(change.type);
    postal.set(change.type, mergePostal(postal.get(change.type), change));
  }
  return [...postal.values()];
}

function mergePostal(before: PostalInfo | undefined, change: PostalChange): PostalInfo {
  const { type, street, city, province, postalCode, country } = change;
  const hasAddress = city !== undefined || country !== undefined || street !== undefined;
  const address = hasAddress ? { street, city, province, postalCode, country } : before;
  const name = change.name ?? before?.name;
  const organisation = change.organisation ?? before?.organisation;
  if (name === undefined || address?.city === undefined || address.country === undefined) {
    const why = `a postal address of type ${type} has a name, a city and a country`;
    const offender = { element: 'contact:postalInfo', text: type };
    throw new RegistryError(RESULT.missingParameter, why, offender);
  }
  return {
    type,
    name,
    // An empty one takes it away.
    ...(organisation && { organisation }),
    street: address.street ?? [],
    city: address.city,
    ...(address.province && { province: address.province }),
    ...(address.postalCode && { postalCode: address.postalCode }),
    country: address.country,
  };
}
