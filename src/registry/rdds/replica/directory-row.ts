/**
 * The part of the register that directory services need, which is all that leaves for them. A field
 * is here because something shows it; one that the register gets later stays at home until it is
 * named here, so that a secret cannot leave by being forgotten.
 */
import type { Contact } from '#registry/model/contact.ts';
import type { Domain, DomainContact, RgpStatus } from '#registry/model/domain.ts';
import type { Host } from '#registry/model/host.ts';
import type { RegisterRow } from '#registry/model/register-change.ts';
import type { Registrar } from '#registry/model/registrar.ts';
import type { ContactStatus, DomainStatus, HostStatus, SetStatus } from '#registry/model/status.ts';

export interface DirectoryDomain
  extends Pick<
    Domain,
    | 'roid'
    | 'name'
    | 'registrant'
    | 'nameservers'
    | 'ds'
    | 'sponsor'
    | 'createdAtMs'
    | 'updatedAtMs'
    | 'transferredAtMs'
    | 'expiresAtMs'
    | 'unicodeName'
  > {
  contacts: DomainContact[];
  statuses: SetStatus<DomainStatus>[];
  periods: { status: RgpStatus; endsAtMs: number }[];
}

export interface DirectoryHost
  extends Pick<Host, 'roid' | 'name' | 'addresses' | 'sponsor' | 'createdAtMs' | 'updatedAtMs'> {
  statuses: SetStatus<HostStatus>[];
}

export interface DirectoryContact
  extends Pick<
    Contact,
    | 'id'
    | 'roid'
    | 'postal'
    | 'voice'
    | 'fax'
    | 'email'
    | 'disclosure'
    | 'sponsor'
    | 'createdAtMs'
    | 'updatedAtMs'
    | 'transferredAtMs'
  > {
  statuses: SetStatus<ContactStatus>[];
}

export type DirectoryRegistrar = Pick<
  Registrar,
  'id' | 'name' | 'ianaId' | 'url' | 'whoisServer' | 'email' | 'voice' | 'abuseEmail' | 'abuseVoice'
>;

export interface DirectoryObjects {
  domain: DirectoryDomain;
  host: DirectoryHost;
  contact: DirectoryContact;
  registrar: DirectoryRegistrar;
}
export type DirectoryType = keyof DirectoryObjects;

/** One object as it is; `null`: it is gone. */
export type DirectoryRow = {
  [Type in DirectoryType]: { type: Type; key: string; value: DirectoryObjects[Type] | null };
}[DirectoryType];

/** What leaves of a row of the register; `undefined`: nothing. */
export function directoryRow({ type, key, value }: RegisterRow): DirectoryRow | undefined {
  switch (type) {
    case 'domain':
      return { type, key, value: value && directoryDomain(value as Domain) };
    case 'host':
      return { type, key, value: value && directoryHost(value as Host) };
    case 'contact':
      return { type, key, value: value && directoryContact(value as Contact) };
    case 'registrar':
      return { type, key, value: value && directoryRegistrar(value as Registrar) };
    default:
      return undefined;
  }
}

function directoryDomain(domain: Domain): DirectoryDomain {
  const { registrant, updatedAtMs, transferredAtMs, unicodeName } = domain;
  return {
    roid: domain.roid,
    name: domain.name,
    ...(registrant !== undefined && { registrant }),
    contacts: domain.contacts.map(({ role, id }) => ({ role, id })),
    nameservers: domain.nameservers,
    ds: domain.ds,
    statuses: domain.statuses.map(bareStatus),
    periods: domain.periods.map(({ status, endsAtMs }) => ({ status, endsAtMs })),
    sponsor: domain.sponsor,
    createdAtMs: domain.createdAtMs,
    ...(updatedAtMs !== undefined && { updatedAtMs }),
    ...(transferredAtMs !== undefined && { transferredAtMs }),
    expiresAtMs: domain.expiresAtMs,
    ...(unicodeName !== undefined && { unicodeName }),
  };
}

function directoryHost(host: Host): DirectoryHost {
  const { roid, name, addresses, statuses, sponsor, createdAtMs, updatedAtMs } = host;
  return {
    roid,
    name,
    addresses,
    statuses: statuses.map(bareStatus),
    sponsor,
    createdAtMs,
    ...(updatedAtMs !== undefined && { updatedAtMs }),
  };
}

function directoryContact(contact: Contact): DirectoryContact {
  const { voice, fax, disclosure, updatedAtMs, transferredAtMs } = contact;
  return {
    id: contact.id,
    roid: contact.roid,
    postal: contact.postal,
    ...(voice !== undefined && { voice }),
    ...(fax !== undefined && { fax }),
    email: contact.email,
    ...(disclosure !== undefined && { disclosure }),
    statuses: contact.statuses.map(bareStatus),
    sponsor: contact.sponsor,
    createdAtMs: contact.createdAtMs,
    ...(updatedAtMs !== undefined && { updatedAtMs }),
    ...(transferredAtMs !== undefined && { transferredAtMs }),
  };
}

function directoryRegistrar(registrar: Registrar): DirectoryRegistrar {
  const { id, name, ianaId, url, whoisServer, email, voice, abuseEmail, abuseVoice } = registrar;
  return {
    id,
    name,
    ...(ianaId !== undefined && { ianaId }),
    ...(url !== undefined && { url }),
    ...(whoisServer !== undefined && { whoisServer }),
    ...(email !== undefined && { email }),
    ...(voice !== undefined && { voice }),
    ...(abuseEmail !== undefined && { abuseEmail }),
    ...(abuseVoice !== undefined && { abuseVoice }),
  };
}

/** Remarks are between the registry and the registrar. */
function bareStatus<Status extends string>(set: SetStatus<Status>): SetStatus<Status> {
  return { status: set.status, remark: '', language: set.language };
}
