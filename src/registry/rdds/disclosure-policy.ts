/**
 * Which data of a contact are shown: one policy, asked by WHOIS, the page and RDAP alike, so that
 * none of them can tell more than the others. A renderer gets what is shown and the names of what
 * is not, and never sees the rest.
 *
 * What is shown when the holder said nothing is what gTLD registries show (ICANN Temporary
 * Specification, appendix A sections 2.2 to 2.4): organisation, province and country of the
 * registrant, nothing of others. The holder's own word (`<contact:disclose>`, RFC 5733 section 2.9)
 * goes before that, both ways. It has no word for the handle, which goes with the name.
 */
import type { DiscloseField, PostalInfo } from '#registry/model/contact.ts';
import type { ContactRole } from '#registry/model/domain.ts';
import type { DirectoryContact } from './replica/directory-row.ts';

/** What a contact is to a domain; `itself`: it was asked for by its handle. */
export type PartyRole = 'registrant' | ContactRole | 'itself';

export const CONTACT_FIELDS = [
  'handle',
  'name',
  'organisation',
  'street',
  'city',
  'province',
  'postalCode',
  'country',
  'voice',
  'voiceExtension',
  'fax',
  'faxExtension',
  'email',
] as const;
export type ContactField = (typeof CONTACT_FIELDS)[number];

/** What may be told of a contact. A field in neither place has no value. */
export interface DisclosedContact {
  role: PartyRole;
  /** One line each, except `street`. */
  shown: ReadonlyMap<ContactField, readonly string[]>;
  /** In the order of CONTACT_FIELDS. */
  redacted: readonly ContactField[];
}

const SHOWN_OF_REGISTRANT: ReadonlySet<ContactField> = new Set([
  'organisation',
  'province',
  'country',
]);

/** The holder's word for each field; of name, organisation and address one for each postal type. */
const GROUPS: Readonly<Partial<Record<ContactField, 'name' | 'org' | 'addr' | DiscloseField>>> = {
  handle: 'name',
  name: 'name',
  organisation: 'org',
  street: 'addr',
  city: 'addr',
  province: 'addr',
  postalCode: 'addr',
  country: 'addr',
  voice: 'voice',
  voiceExtension: 'voice',
  fax: 'fax',
  faxExtension: 'fax',
  email: 'email',
};

export function discloseContact(contact: DirectoryContact, role: PartyRole): DisclosedContact {
  const postal = shownPostal(contact);
  const values = valuesOf(contact, postal);
  const shown = new Map<ContactField, readonly string[]>();
  const redacted: ContactField[] = [];
  for (const field of CONTACT_FIELDS) {
    const value = values[field];
    if (value === undefined || value.length === 0) continue;
    if (isShown(contact, postal, field, role)) shown.set(field, value);
    else redacted.push(field);
  }
  return { role, shown, redacted };
}

/** The form in ASCII, which everybody can read; the local one where there is no other. */
function shownPostal({ postal }: DirectoryContact): PostalInfo | undefined {
  return postal.find(({ type }) => type === 'int') ?? postal[0];
}

function isShown(
  { disclosure }: DirectoryContact,
  postal: PostalInfo | undefined,
  field: ContactField,
  role: PartyRole,
): boolean {
  // Whoever asks by the handle knows it.
  if (role === 'itself' && field === 'handle') return true;
  const group = GROUPS[field];
  const isPostal = group === 'name' || group === 'org' || group === 'addr';
  const word = isPostal ? (`${group}:${postal?.type ?? 'int'}` as DiscloseField) : group;
  const isNamed = disclosure?.fields.some((named) => named === word) ?? false;
  if (isNamed && disclosure !== undefined) return disclosure.show;
  return role === 'registrant' && SHOWN_OF_REGISTRANT.has(field);
}

function valuesOf(
  contact: DirectoryContact,
  postal: PostalInfo | undefined,
): Partial<Record<ContactField, string[]>> {
  const { voice, fax } = contact;
  return {
    handle: [contact.roid],
    name: present(postal?.name),
    organisation: present(postal?.organisation),
    street: postal?.street.filter((line) => line !== '') ?? [],
    city: present(postal?.city),
    province: present(postal?.province),
    postalCode: present(postal?.postalCode),
    country: present(postal?.country),
    voice: present(voice?.number),
    voiceExtension: present(voice?.extension),
    fax: present(fax?.number),
    faxExtension: present(fax?.extension),
    email: present(contact.email),
  };
}

function present(text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : [text];
}
