/**
 * What the fields of a contact may hold (RFC 5733 section 2). The schemas bound lengths; here is
 * what they leave open: `int` is ASCII, countries exist, telephone numbers are E.164, an address of
 * mail can be written to (RFC 5321; RFC 6531 for what is in front of and behind the @). Blanks at
 * either end and control characters are nobody's name.
 */
import type { Caller } from '#registry/model/caller.ts';
import type { Contact, Disclosure, PostalInfo, Telephone } from '#registry/model/contact.ts';
import type { RegisterReader } from '#registry/model/register.ts';
import { type Offender, RESULT, RegistryError } from '#registry/model/result.ts';
import { COUNTRY_CODES } from './country-codes.ts';

const STREET_LINES_MAX = 3;
const TEXT_SIZE_MAX = 255;
const POSTAL_CODE_SIZE_MAX = 16;
const EXTENSION_SIZE_MAX = 10;
const EMAIL_SIZE_MAX = 254;
const LOCAL_PART_SIZE_MAX = 64;

const ID = 'contact:id';

export function contactOffender(id: string): Offender {
  return { element: ID, text: id };
}

/**
 * A contact's handle. Upper and lower case are different handles (RFC 5730 section 2.8 clIDType).
 * @throws RegistryError 2005
 */
export function parseContactId(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{1,14}[A-Za-z0-9]$/.test(text)) return text;
  const why =
    'a contact id has 3 to 16 letters, digits, dots, hyphens or underscores, ' +
    'and begins and ends with a letter or digit';
  throw new RegistryError(RESULT.parameterSyntax, why, contactOffender(text.slice(0, 64)));
}

/** The fields that a registrar gives; those of a command and of a contact after it. */
export type ContactFields = Pick<Contact, 'postal' | 'voice' | 'fax' | 'email' | 'disclosure'>;

/** @throws RegistryError 2003, 2005 or 2306 that names the field */
export function checkContactFields(fields: ContactFields): void {
  const { postal, voice, fax, email, disclosure } = fields;
  if (postal.length === 0) {
    throw refuse(RESULT.missingParameter, 'postalInfo', '', 'a contact has a postal address');
  }
  if (new Set(postal.map(({ type }) => type)).size < postal.length) {
    const why = 'a contact has one int and one loc postal address at most';
    throw refuse(RESULT.policy, 'postalInfo', '', why);
  }
  for (const each of postal) checkPostal(each);
  if (voice !== undefined) checkTelephone('voice', voice);
  if (fax !== undefined) checkTelephone('fax', fax);
  checkEmail(email);
  if (disclosure !== undefined) checkDisclosure(disclosure);
}

function checkPostal(postal: PostalInfo): void {
  const { type, name, organisation, street, city, province, postalCode, country } = postal;
  if (street.length > STREET_LINES_MAX) {
    const why = `an address has ${STREET_LINES_MAX} street lines at most`;
    throw refuse(RESULT.policy, 'street', street[STREET_LINES_MAX], why);
  }
  const texts: readonly [string, string | undefined, number][] = [
    ['name', name, TEXT_SIZE_MAX],
    ['org', organisation, TEXT_SIZE_MAX],
    ...street.map((line): [string, string, number] => ['street', line, TEXT_SIZE_MAX]),
    ['city', city, TEXT_SIZE_MAX],
    ['sp', province, TEXT_SIZE_MAX],
    ['pc', postalCode, POSTAL_CODE_SIZE_MAX],
  ];
  for (const [field, text, sizeMax] of texts) {
    if (text === undefined) continue;
    const isNeeded = field === 'name' || field === 'city';
    if (text.trim() === '' && isNeeded) {
      throw refuse(RESULT.missingParameter, field, text, `a contact has a ${field}`);
    }
    checkText(field, text, sizeMax);
    if (type === 'int' && /[^\x20-\x7e]/.test(text)) {
      const why = 'a postal address of type int is in ASCII; use loc for other scripts';
      throw refuse(RESULT.parameterSyntax, field, text, why);
    }
  }
  if (!COUNTRY_CODES.has(country)) {
    const why = 'a country is a code that ISO 3166-1 assigns, in upper case';
    throw refuse(RESULT.policy, 'cc', country, why);
  }
}

function checkText(field: string, text: string, sizeMax: number): void {
  if (text.length > sizeMax) {
    throw refuse(RESULT.parameterSyntax, field, text, `this has at most ${sizeMax} characters`);
  }
  // Controls and what turns the direction of writing around have no place in a line of WHOIS.
  if (/[\p{Cc}\p{Cs}\p{Cn}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text)) {
    const why = 'this has a character that cannot be shown';
    throw refuse(RESULT.parameterSyntax, field, text, why);
  }
}

function checkTelephone(field: 'voice' | 'fax', { number, extension }: Telephone): void {
  if (!isTelephoneNumber(number)) {
    const why = 'a telephone number is +COUNTRY.NUMBER, as in +1.7035555555, of 15 digits at most';
    throw refuse(RESULT.parameterSyntax, field, number, why);
  }
  if (extension === undefined) return;
  if (extension.length > EXTENSION_SIZE_MAX || !/^\d+$/.test(extension)) {
    const why = `an extension has 1 to ${EXTENSION_SIZE_MAX} digits`;
    throw refuse(RESULT.parameterSyntax, field, extension, why);
  }
}

/** `+CC.NUMBER` with at most the 15 digits of E.164. */
export function isTelephoneNumber(text: string): boolean {
  return /^\+[1-9]\d{0,2}\.\d{1,14}$/.test(text) && text.replaceAll(/\D/g, '').length <= 15;
}

/** Of one part of the domain: letters and digits of any script, hyphens inside (RFC 6531). */
const MAIL_LABEL = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?$/u;
/** RFC 5322 `atext`, and what RFC 6531 adds. */
const MAIL_ATOM = /^[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+$/u;

function checkEmail(email: string): void {
  if (isMailAddress(email)) return;
  throw refuse(RESULT.parameterSyntax, 'email', email, 'this is no address of mail');
}

export function isMailAddress(text: string): boolean {
  if (text.length > EMAIL_SIZE_MAX) return false;
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const labels = text.slice(at + 1).split('.');
  return (
    local.length <= LOCAL_PART_SIZE_MAX &&
    local.split('.').every((atom) => MAIL_ATOM.test(atom)) &&
    labels.length >= 2 &&
    labels.every((label) => MAIL_LABEL.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  );
}

function checkDisclosure({ fields }: Disclosure): void {
  if (fields.length === 0) {
    throw refuse(RESULT.missingParameter, 'disclose', '', 'name the fields to show or to hide');
  }
  if (new Set(fields).size === fields.length) return;
  throw refuse(RESULT.policy, 'disclose', '', 'a field is named twice');
}

function refuse(
  result: 2003 | 2005 | 2306,
  field: string,
  text: string,
  reason: string,
): RegistryError {
  return new RegistryError(result, reason, {
    element: `contact:${field}`,
    text: text.slice(0, TEXT_SIZE_MAX),
  });
}

/** Whether the caller may see all of a contact without showing its authorisation information. */
export function isParty(caller: Caller, { sponsor, transfer }: Contact): boolean {
  if (caller.registrar === sponsor) return true;
  return transfer?.status === 'pending' && transfer.gaining === caller.registrar;
}

export async function isLinkedContact(reader: RegisterReader, id: string): Promise<boolean> {
  return (await reader.domainsOfContact(id, 1)).length > 0;
}
