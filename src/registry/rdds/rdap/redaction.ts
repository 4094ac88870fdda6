/**
 * Says in a response what was taken out of it and how (RFC 9537), in the names that IANA registers
 * and with the paths of the gTLD response profile (February 2024, section 2.7). A field that has no
 * value is not redacted and not named. Two methods are enough:
 *
 *     emptyValue  the place is there and empty, because its order in a list means something
 *     removal     the member is gone; the path says where it would have been
 */
import type { ContactField, DisclosedContact, PartyRole } from '../disclosure-policy.ts';

export interface Redaction {
  name: { type: string } | { description: string };
  prePath?: string;
  postPath?: string;
  pathLang: 'jsonpath';
  method: 'emptyValue' | 'removal';
  reason: { description: string };
}

const RDAP_ROLES: Readonly<Record<Exclude<PartyRole, 'itself'>, string>> = {
  registrant: 'registrant',
  admin: 'administrative',
  tech: 'technical',
  billing: 'billing',
};

const ROLE_NAMES: Readonly<Record<PartyRole, string>> = {
  registrant: 'Registrant',
  admin: 'Admin',
  tech: 'Tech',
  billing: 'Billing',
  itself: 'Contact',
};

/** Where a field is in an entity, and what is left of it when it is redacted. */
const PLACES: Readonly<
  Record<ContactField, { name: string; path: string; method: Redaction['method'] }>
> = {
  handle: { name: 'ID', path: '.handle', method: 'removal' },
  name: { name: 'Name', path: card('fn', '[3]'), method: 'emptyValue' },
  organisation: { name: 'Organization', path: card('org'), method: 'removal' },
  street: { name: 'Street', path: card('adr', '[3][2]'), method: 'emptyValue' },
  city: { name: 'City', path: card('adr', '[3][3]'), method: 'emptyValue' },
  province: { name: 'State/Province', path: card('adr', '[3][4]'), method: 'emptyValue' },
  postalCode: { name: 'Postal Code', path: card('adr', '[3][5]'), method: 'emptyValue' },
  country: { name: 'Country', path: card('adr', '[1].cc'), method: 'removal' },
  voice: { name: 'Phone', path: telephone('voice'), method: 'removal' },
  voiceExtension: { name: 'Phone Ext', path: telephone('voice'), method: 'removal' },
  fax: { name: 'Fax', path: telephone('fax'), method: 'removal' },
  faxExtension: { name: 'Fax Ext', path: telephone('fax'), method: 'removal' },
  email: { name: 'Email', path: card('email'), method: 'removal' },
};

/** `undefined`: the entity is asked for by its handle, and has no role. */
export function rdapRole(role: PartyRole): string | undefined {
  return role === 'itself' ? undefined : RDAP_ROLES[role];
}

/** What was taken out of a contact. */
export function redactionsOf({ role, redacted }: DisclosedContact): Redaction[] {
  const named = rdapRole(role);
  const entity = named === undefined ? '$' : `$.entities[?(@.roles[0]=='${named}')]`;
  return redacted.map((field) => {
    const { name, path, method } = PLACES[field];
    const place = entity + path;
    return {
      name: nameOf(role, field, name),
      ...(method === 'removal' ? { prePath: place } : { postPath: place }),
      pathLang: 'jsonpath',
      method,
      reason: { description: 'Server policy' },
    };
  });
}

/** IANA's names exist for registrants and technical contacts in full; others are described. */
function nameOf(role: PartyRole, field: ContactField, name: string): Redaction['name'] {
  const text = `${ROLE_NAMES[role]} ${name}`;
  if (field === 'handle') return { type: `Registry ${text}` };
  return role === 'registrant' || role === 'tech' ? { type: text } : { description: text };
}

function card(property: string, rest = ''): string {
  return `.vcardArray[1][?(@[0]=='${property}')]${rest}`;
}

function telephone(kind: string): string {
  return `.vcardArray[1][?(@[1].type=='${kind}')]`;
}
