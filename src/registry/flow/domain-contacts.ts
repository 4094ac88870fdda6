/**
 * The contacts of a domain (RFC 5731 section 1.1). A TLD either keeps them (then each name has a
 * registrant, an administrative and a technical contact) or has none at all. A registrar names its
 * own contacts only: another's are not its to show.
 */
import type { Caller } from '#registry/model/caller.ts';
import type { Domain, DomainContact } from '#registry/model/domain.ts';
import type { RegisterReader } from '#registry/model/register.ts';
import { type Offender, RESULT, RegistryError } from '#registry/model/result.ts';
import type { Tld } from '#registry/model/tld.ts';
import { parseContactId } from './contact-rules.ts';
import { demandSponsor } from './object-rules.ts';

const CONTACT = 'domain:contact';
const REGISTRANT = 'domain:registrant';
/** Contacts of one role, at most. */
const CONTACTS_PER_ROLE_MAX = 5;

export type DomainPeople = Pick<Domain, 'registrant' | 'contacts'>;

/** What an update wants of the contacts. */
export interface PeopleChange {
  add: readonly DomainContact[];
  remove: readonly DomainContact[];
  /** Absent: stays; `null`: goes. */
  registrant?: string | null;
}

/** Ids of all contacts that a change names, for locks. @throws RegistryError 2005 */
export function contactIdsOf({ add, remove, registrant }: PeopleChange): string[] {
  const ids = [...add, ...remove].map(({ id }) => id);
  if (typeof registrant === 'string') ids.push(registrant);
  return ids.map(parseContactId);
}

/**
 * A domain's contacts after an update.
 * @throws RegistryError 2303 for a contact that is not there, 2201 for another registrar's, 2306
 * for
 *   one that is named already, is not named, or that the TLD has no place for; 2003 where one that
 *   the TLD demands is missing
 */
export async function changePeople(
  reader: RegisterReader,
  caller: Caller,
  current: DomainPeople,
  change: PeopleChange,
  tld: Tld,
): Promise<DomainPeople> {
  const { add, remove } = change;
  const contacts = changeContacts(current.contacts, change);
  const registrant = (change.registrant === undefined ? current : change).registrant ?? undefined;
  for (const { id } of add) await demandContact(reader, caller, { element: CONTACT, text: id });
  if (typeof change.registrant === 'string') {
    await demandContact(reader, caller, { element: REGISTRANT, text: change.registrant });
  }
  const people = { ...(registrant !== undefined && { registrant }), contacts };
  const isChanged = add.length + remove.length > 0 || change.registrant !== undefined;
  if (isChanged) demandPeople(people, tld);
  return people;
}

/** @throws RegistryError 2003 or 2306 where the TLD wants it otherwise */
export function demandPeople({ registrant, contacts }: DomainPeople, tld: Tld): void {
  if (tld.contacts === 'none') {
    const extra = registrant ?? contacts[0]?.id;
    if (extra === undefined) return;
    const element = registrant === undefined ? CONTACT : REGISTRANT;
    throw refuse(`${tld.name} keeps no contacts`, { element, text: extra });
  }
  if (registrant === undefined) {
    const offender = { element: REGISTRANT, text: '' };
    throw new RegistryError(RESULT.missingParameter, `${tld.name} wants a registrant`, offender);
  }
  for (const role of ['admin', 'tech'] as const) {
    if (contacts.some((contact) => contact.role === role)) continue;
    const why = `${tld.name} wants a contact of type ${role}`;
    throw new RegistryError(RESULT.missingParameter, why, { element: CONTACT, text: '' });
  }
}

function changeContacts(
  current: readonly DomainContact[],
  { add, remove }: PeopleChange,
): DomainContact[] {
  const contacts = [...current];
  for (const contact of remove) {
    const at = contacts.findIndex(isSame(contact));
    if (at < 0) throw refuseContact(contact, 'is not there to remove');
    contacts.splice(at, 1);
  }
  for (const contact of add) {
    if (remove.some(isSame(contact))) throw refuseContact(contact, 'is added and removed');
    if (contacts.some(isSame(contact))) throw refuseContact(contact, 'is there already');
    contacts.push(contact);
    if (contacts.filter(({ role }) => role === contact.role).length > CONTACTS_PER_ROLE_MAX) {
      throw refuseContact(contact, `is one more than ${CONTACTS_PER_ROLE_MAX}`);
    }
  }
  return contacts;
}

function isSame(a: DomainContact): (b: DomainContact) => boolean {
  return (b) => a.role === b.role && a.id === b.id;
}

async function demandContact(
  reader: RegisterReader,
  caller: Caller,
  offender: Offender,
): Promise<void> {
  const contact = await reader.contact(offender.text);
  if (contact === undefined) {
    throw new RegistryError(RESULT.missing, `there is no contact ${offender.text}`, offender);
  }
  demandSponsor(caller, contact.sponsor, offender);
}

function refuseContact({ role, id }: DomainContact, what: string): RegistryError {
  return refuse(`${role} contact ${id} ${what}`, { element: CONTACT, text: id });
}

function refuse(reason: string, offender: Offender): RegistryError {
  return new RegistryError(RESULT.policy, reason, offender);
}
