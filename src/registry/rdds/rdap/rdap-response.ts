/**
 * What the directory finds, as RDAP objects (RFC 9083 section 5) by the gTLD response profile of
 * February 2024.
 */
import { shownContactStatuses, shownHostStatuses } from '#registry/model/shown-status.ts';
import type { ShownContact, ShownDomain, ShownHost, ShownRegistrar } from '../directory.ts';
import type { DisclosedContact } from '../disclosure-policy.ts';
import type { DirectoryHost, DirectoryRegistrar } from '../replica/directory-row.ts';
import { COMPLAINT_NOTICE, noticesOf, STATUS_NOTICE, TERMS_NOTICE } from './notices.ts';
import {
  CONFORMANCE,
  type RdapObject,
  type RdapPlace,
  rdapEvents,
  rdapStatus,
  selfLink,
} from './rdap-object.ts';
import { type Redaction, rdapRole, redactionsOf } from './redaction.ts';
import { abuseVcard, contactVcard, registrarVcard } from './vcard.ts';

export type RdapSubject = ShownDomain | ShownHost | ShownRegistrar | ShownContact;

/** @param asOfMs the replica's true instant */
export function rdapResponse(subject: RdapSubject, asOfMs: number, place: RdapPlace): RdapObject {
  const isDomain = subject.kind === 'domain';
  const redacted = redactionsIn(subject);
  return {
    rdapConformance: CONFORMANCE,
    ...objectOf(subject, asOfMs, place),
    ...(redacted.length > 0 && { redacted }),
    notices: noticesOf(
      isDomain ? [STATUS_NOTICE, COMPLAINT_NOTICE, TERMS_NOTICE] : [TERMS_NOTICE],
      place,
    ),
  };
}

function objectOf(subject: RdapSubject, asOfMs: number, place: RdapPlace): RdapObject {
  switch (subject.kind) {
    case 'domain':
      return domainObject(subject, asOfMs, place);
    case 'nameserver':
      return nameserverObject(subject, asOfMs, place);
    case 'registrar':
      return {
        ...registrarEntity(subject.registrar, place),
        events: rdapEvents({}, asOfMs),
      };
    default:
      return contactObject(subject, asOfMs, place);
  }
}

function redactionsIn(subject: RdapSubject): Redaction[] {
  if (subject.kind === 'domain') return subject.contacts.flatMap(redactionsOf);
  return subject.kind === 'contact' ? redactionsOf(subject.contact) : [];
}

function domainObject(shown: ShownDomain, asOfMs: number, place: RdapPlace): RdapObject {
  const { domain, statuses, registrar, contacts, nameservers } = shown;
  return {
    objectClassName: 'domain',
    handle: domain.roid,
    ldhName: domain.name,
    ...(domain.unicodeName !== undefined && { unicodeName: domain.unicodeName }),
    status: statuses.map(rdapStatus),
    events: rdapEvents(domain, asOfMs),
    entities: [
      ...(registrar === undefined ? [] : [registrarEntity(registrar, place)]),
      ...contacts.map(contactEntity),
    ],
    nameservers: nameservers.map(({ name, addresses }) => ({
      objectClassName: 'nameserver',
      ldhName: name,
      ...ipAddresses(addresses),
    })),
    secureDNS: {
      delegationSigned: domain.ds.length > 0,
      ...(domain.ds.length > 0 && {
        dsData: domain.ds.map(({ keyTag, algorithm, digestType, digest }) => ({
          keyTag,
          algorithm,
          digestType,
          digest,
        })),
      }),
    },
    links: [selfLink(place, `domain/${domain.name}`)],
  };
}

function nameserverObject(
  { host, registrar }: ShownHost,
  asOfMs: number,
  place: RdapPlace,
): RdapObject {
  const statuses = shownHostStatuses(host.statuses, false);
  return {
    objectClassName: 'nameserver',
    handle: host.roid,
    ldhName: host.name,
    ...ipAddresses(host.addresses),
    status: statuses.map(({ status }) => rdapStatus(status)),
    events: rdapEvents(host, asOfMs),
    entities: registrar === undefined ? [] : [registrarEntity(registrar, place)],
    links: [selfLink(place, `nameserver/${host.name}`)],
  };
}

/** Families without an address are left out (RFC 9083 section 5.2). */
function ipAddresses(addresses: DirectoryHost['addresses'] | readonly string[]) {
  if (addresses.length === 0) return {};
  const v6 = addresses.filter((address) => address.includes(':'));
  const v4 = addresses.filter((address) => !address.includes(':'));
  return { ipAddresses: { ...(v4.length > 0 && { v4 }), ...(v6.length > 0 && { v6 }) } };
}

function registrarEntity(registrar: DirectoryRegistrar, place: RdapPlace): RdapObject {
  const { id, ianaId, url, abuseEmail, abuseVoice } = registrar;
  const handle = ianaId?.toString() ?? id;
  const hasAbuse = abuseEmail !== undefined || abuseVoice !== undefined;
  return {
    objectClassName: 'entity',
    handle,
    ...(ianaId !== undefined && {
      publicIds: [{ type: 'IANA Registrar ID', identifier: String(ianaId) }],
    }),
    roles: ['registrar'],
    vcardArray: registrarVcard(registrar),
    ...(hasAbuse && {
      entities: [
        { objectClassName: 'entity', roles: ['abuse'], vcardArray: abuseVcard(registrar) },
      ],
    }),
    links: [
      selfLink(place, `entity/${encodeURIComponent(handle)}`),
      ...(url === undefined ? [] : [{ value: place.asked, rel: 'about', href: url }]),
    ],
  };
}

function contactEntity(contact: DisclosedContact): RdapObject {
  const role = rdapRole(contact.role);
  const handle = contact.shown.get('handle')?.[0];
  return {
    objectClassName: 'entity',
    ...(handle !== undefined && { handle }),
    ...(role !== undefined && { roles: [role] }),
    vcardArray: contactVcard(contact),
  };
}

function contactObject(
  { contact, statuses, dates, registrar }: ShownContact,
  asOfMs: number,
  place: RdapPlace,
): RdapObject {
  const handle = contact.shown.get('handle')?.[0] ?? '';
  return {
    ...contactEntity(contact),
    status: shownContactStatuses(statuses, false).map(({ status }) => rdapStatus(status)),
    events: rdapEvents(dates, asOfMs),
    entities: registrar === undefined ? [] : [registrarEntity(registrar, place)],
    links: [selfLink(place, `entity/${encodeURIComponent(handle)}`)],
  };
}
