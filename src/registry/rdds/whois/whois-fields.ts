/**
 * Objects as fields with the labels and in the order that ICANN demands of gTLD registries
 * (Registry Agreement, specification 4, sections 1.5 to 1.7; consistent labelling and display
 * policy of 2017). WHOIS prints them as lines, the page as a table.
 */
import type { ShownDomain, ShownHost, ShownRegistrar } from '../directory.ts';
import type { ContactField, DisclosedContact, PartyRole } from '../disclosure-policy.ts';
import type { DirectoryRegistrar } from '../replica/directory-row.ts';
import { shownInstant } from '../shown-instant.ts';

/** A label and its value; a label may come again. */
export type WhoisField = readonly [label: string, value: string];
export type WhoisObject = ShownDomain | ShownHost | ShownRegistrar;

const REDACTED = 'REDACTED FOR PRIVACY';
const EMAIL_REDACTED =
  'Please query the RDDS service of the Registrar of Record identified in this output for ' +
  'information on how to contact the Registrant, Admin, or Tech contact of the queried domain ' +
  'name.';
const STATUS_PAGE = 'https://icann.org/epp#';
const COMPLAINT: WhoisField = [
  'URL of the ICANN Whois Inaccuracy Complaint Form',
  'https://www.icann.org/wicf/',
];

const ROLE_LABELS: Readonly<Record<Exclude<PartyRole, 'itself'>, string>> = {
  registrant: 'Registrant',
  admin: 'Admin',
  tech: 'Tech',
  billing: 'Billing',
};

const FIELD_LABELS: readonly (readonly [ContactField, string])[] = [
  ['name', 'Name'],
  ['organisation', 'Organization'],
  ['street', 'Street'],
  ['city', 'City'],
  ['province', 'State/Province'],
  ['postalCode', 'Postal Code'],
  ['country', 'Country'],
  ['voice', 'Phone'],
  ['voiceExtension', 'Phone Ext'],
  ['fax', 'Fax'],
  ['faxExtension', 'Fax Ext'],
  ['email', 'Email'],
];

export function whoisFields(object: WhoisObject): WhoisField[] {
  switch (object.kind) {
    case 'domain':
      return domainFields(object);
    case 'nameserver':
      return hostFields(object);
    default:
      return registrarFields(object.registrar);
  }
}

function domainFields({
  domain,
  statuses,
  registrar,
  contacts,
  nameservers,
}: ShownDomain): WhoisField[] {
  const { unicodeName, updatedAtMs } = domain;
  return [
    ['Domain Name', domain.name],
    ...optional('Internationalized Domain Name', unicodeName),
    ['Registry Domain ID', domain.roid],
    ...optional('Registrar WHOIS Server', registrar?.whoisServer),
    ...optional('Registrar URL', registrar?.url),
    ...optional('Updated Date', updatedAtMs && shownInstant(updatedAtMs)),
    ['Creation Date', shownInstant(domain.createdAtMs)],
    ['Registry Expiry Date', shownInstant(domain.expiresAtMs)],
    ['Registrar', registrar?.name ?? domain.sponsor],
    ...optional('Registrar IANA ID', registrar?.ianaId?.toString()),
    ...optional('Registrar Abuse Contact Email', registrar?.abuseEmail),
    ...optional('Registrar Abuse Contact Phone', registrar?.abuseVoice),
    ...statuses.map((status): WhoisField => ['Domain Status', `${status} ${STATUS_PAGE}${status}`]),
    ...contacts.flatMap(contactFields),
    ...nameservers.map(({ name }): WhoisField => ['Name Server', name]),
    ['DNSSEC', domain.ds.length > 0 ? 'signedDelegation' : 'unsigned'],
    ...domain.ds.map(
      ({ keyTag, algorithm, digestType, digest }): WhoisField => [
        'DNSSEC DS Data',
        `${keyTag} ${algorithm} ${digestType} ${digest}`,
      ],
    ),
    COMPLAINT,
  ];
}

function contactFields({ role, shown, redacted }: DisclosedContact): WhoisField[] {
  if (role === 'itself') return [];
  const party = ROLE_LABELS[role];
  const hidden = new Set(redacted);
  const valuesOf = (field: ContactField, label: string): WhoisField[] => {
    if (hidden.has(field)) return [[label, field === 'email' ? EMAIL_REDACTED : REDACTED]];
    return (shown.get(field) ?? []).map((value) => [label, value]);
  };
  return [
    ...valuesOf('handle', `Registry ${party} ID`),
    ...FIELD_LABELS.flatMap(([field, label]) => valuesOf(field, `${party} ${label}`)),
  ];
}

function hostFields({ host, registrar }: ShownHost): WhoisField[] {
  return [
    ['Server Name', host.name],
    ...host.addresses.map((address): WhoisField => ['IP Address', address]),
    ['Registrar', registrar?.name ?? host.sponsor],
    ...optional('Registrar WHOIS Server', registrar?.whoisServer),
    ...optional('Registrar URL', registrar?.url),
  ];
}

function registrarFields(registrar: DirectoryRegistrar): WhoisField[] {
  return [
    ['Registrar', registrar.name],
    ...optional('Registrar IANA ID', registrar.ianaId?.toString()),
    ...optional('Phone Number', registrar.voice),
    ...optional('Email', registrar.email),
    ...optional('Registrar WHOIS Server', registrar.whoisServer),
    ...optional('Registrar URL', registrar.url),
    ...optional('Registrar Abuse Contact Email', registrar.abuseEmail),
    ...optional('Registrar Abuse Contact Phone', registrar.abuseVoice),
  ];
}

function optional(label: string, value: string | undefined | 0): WhoisField[] {
  return value === undefined || value === 0 || value === '' ? [] : [[label, value]];
}
