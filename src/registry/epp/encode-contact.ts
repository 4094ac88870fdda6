/**
 * What commands on contacts bring, as XML (RFC 5733 section 3). Who is not shown all of a contact
 * gets what its holder agreed to show; what the schema demands and is not shown says so.
 */
import type { Contact, DiscloseField, PostalInfo, Telephone } from '#registry/model/contact.ts';
import type { ContactData, ContactTransferred } from '#registry/model/contact-commands.ts';
import { shownContactStatuses } from '#registry/model/shown-status.ts';
import type { SetStatus } from '#registry/model/status.ts';
import {
  type Extended,
  encodeChecked,
  encodeStatuses,
  encodeTransfer,
  instant,
} from './encode-object.ts';
import { type Xml, xml, xmlObject, xmlText } from './xml-writer.ts';

/** `maxOccurs` of `<status>` in the schema. */
const STATUSES_MAX = 7;
const REDACTED = 'REDACTED FOR PRIVACY';

export function encodeContactData(data: ContactData): Extended {
  switch (data.kind) {
    case 'contact:check':
      return { data: encodeChecked('contact', 'id', data.contacts), extensions: [] };
    case 'contact:info': {
      const { contact, statuses, isWhole } = data;
      return { data: encodeInformation(contact, statuses, isWhole), extensions: [] };
    }
    case 'contact:create': {
      const created = instant('contact:crDate', data.createdAtMs);
      const id = xml('contact:id', {}, data.id);
      return { data: xmlObject('contact:creData', id, created), extensions: [] };
    }
    case 'contact:transfer':
      return { data: encodeContactTransfer(data), extensions: [] };
    default:
      return { extensions: [] };
  }
}

export function encodeContactTransfer({ id, transfer }: ContactTransferred): Xml {
  const fields = encodeTransfer('contact', transfer);
  return xmlObject('contact:trnData', xml('contact:id', {}, id), fields);
}

/** A contact as poll messages carry it: whether something uses it is not told. */
export function encodeStoredContact(contact: Contact): Extended {
  const statuses = shownContactStatuses(contact.statuses, false);
  return { data: encodeInformation(contact, statuses, true), extensions: [] };
}

function encodeInformation(
  contact: Contact,
  statuses: readonly SetStatus<string>[],
  isWhole: boolean,
): Xml {
  const { disclosure } = contact;
  const isShown = (field: DiscloseField): boolean =>
    isWhole || (disclosure?.show === true && disclosure.fields.includes(field));
  return xmlObject(
    'contact:infData',
    xml('contact:id', {}, contact.id),
    xml('contact:roid', {}, contact.roid),
    encodeStatuses('contact', statuses.slice(0, STATUSES_MAX)),
    contact.postal.map((postal) => encodePostal(postal, isShown)),
    isShown('voice') && encodeTelephone('voice', contact.voice),
    isShown('fax') && encodeTelephone('fax', contact.fax),
    xml('contact:email', {}, isShown('email') ? contact.email : REDACTED),
    xml('contact:clID', {}, contact.sponsor),
    xml('contact:crID', {}, contact.createdBy),
    instant('contact:crDate', contact.createdAtMs),
    xmlText('contact:upID', contact.updatedBy),
    instant('contact:upDate', contact.updatedAtMs),
    instant('contact:trDate', contact.transferredAtMs),
    isWhole && encodeDisclosure(disclosure),
  );
}

function encodePostal(postal: PostalInfo, isShown: (field: DiscloseField) => boolean): Xml {
  const { type, name, organisation, street, city, province, postalCode, country } = postal;
  const isAddressShown = isShown(`addr:${type}`);
  return xml(
    'contact:postalInfo',
    { type },
    xml('contact:name', {}, isShown(`name:${type}`) ? name : REDACTED),
    isShown(`org:${type}`) && xmlText('contact:org', organisation),
    xml(
      'contact:addr',
      {},
      isAddressShown && street.map((line) => xml('contact:street', {}, line)),
      xml('contact:city', {}, isAddressShown ? city : REDACTED),
      isAddressShown && xmlText('contact:sp', province),
      isAddressShown && xmlText('contact:pc', postalCode),
      xml('contact:cc', {}, country),
    ),
  );
}

function encodeTelephone(name: 'voice' | 'fax', telephone: Telephone | undefined): Xml | undefined {
  if (telephone === undefined) return undefined;
  return xml(`contact:${name}`, { x: telephone.extension }, telephone.number);
}

/** The schema's order: names, organisations, addresses, then what has no type. */
const DISCLOSE_ORDER = ['name', 'org', 'addr', 'voice', 'fax', 'email'];

function disclosureRank([name = '']: string[]): number {
  return DISCLOSE_ORDER.indexOf(name);
}

function encodeDisclosure(disclosure: Contact['disclosure']): Xml | undefined {
  if (disclosure === undefined) return undefined;
  const fields = disclosure.fields.map((field) => field.split(':'));
  const elements = fields
    .sort((a, b) => disclosureRank(a) - disclosureRank(b))
    .map(([name = '', type]) => xml(`contact:${name}`, { type }));
  return xml('contact:disclose', { flag: disclosure.show }, ...elements);
}
