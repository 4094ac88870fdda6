/**
 * jCards (RFC 7095), the form in which RDAP 1 tells of people: `["vcard", [property…]]` with each
 * property `[name, parameters, type, value]`. The country goes by its code into the parameter `cc`
 * (RFC 8605 section 3.1), as the gTLD profile wants it; the name of the country stays empty.
 */
import type { ContactField, DisclosedContact } from '../disclosure-policy.ts';
import type { DirectoryRegistrar } from '../replica/directory-row.ts';

type Property = [name: string, parameters: Record<string, string>, type: string, value: unknown];
export type Vcard = ['vcard', Property[]];

const VERSION: Property = ['version', {}, 'text', '4.0'];

/** What is shown of a contact; redacted places that have an order stay, and are empty. */
export function contactVcard({ shown, redacted }: DisclosedContact): Vcard {
  const text = (field: ContactField): string => shown.get(field)?.[0] ?? '';
  const country = text('country');
  const street = shown.get('street') ?? [];
  const isAddressKnown = (['street', 'city', 'province', 'postalCode', 'country'] as const).some(
    (field) => shown.has(field) || redacted.includes(field),
  );
  const properties: Property[] = [VERSION, ['fn', {}, 'text', text('name')]];
  if (shown.has('organisation')) properties.push(['org', {}, 'text', text('organisation')]);
  if (isAddressKnown) {
    const lines = street.length > 1 ? street : (street[0] ?? '');
    const parts = ['', '', lines, text('city'), text('province'), text('postalCode'), ''];
    properties.push(['adr', country === '' ? {} : { cc: country }, 'text', parts]);
  }
  for (const [kind, extension] of [
    ['voice', 'voiceExtension'],
    ['fax', 'faxExtension'],
  ] as const) {
    if (shown.has(kind)) properties.push(telephone(kind, text(kind), text(extension)));
  }
  if (shown.has('email')) properties.push(['email', {}, 'text', text('email')]);
  return ['vcard', properties];
}

export function registrarVcard({ name, email, voice }: DirectoryRegistrar): Vcard {
  return organisationVcard(name, voice, email);
}

export function abuseVcard({ abuseEmail, abuseVoice }: DirectoryRegistrar): Vcard {
  return organisationVcard('Abuse', abuseVoice, abuseEmail);
}

function organisationVcard(
  name: string,
  voice: string | undefined,
  email: string | undefined,
): Vcard {
  const properties: Property[] = [VERSION, ['fn', {}, 'text', name]];
  if (voice !== undefined) properties.push(telephone('voice', voice, ''));
  if (email !== undefined) properties.push(['email', {}, 'text', email]);
  return ['vcard', properties];
}

/** A `tel:` URI (RFC 3966): EPP's dot behind the country code is a separator there as well. */
function telephone(type: 'voice' | 'fax', number: string, extension: string): Property {
  const uri = extension === '' ? `tel:${number}` : `tel:${number};ext=${extension}`;
  return ['tel', { type }, 'uri', uri];
}
