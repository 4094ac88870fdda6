/** Commands on contacts, from XML (RFC 5733 section 3). */
import type {
  Contact,
  DiscloseField,
  Disclosure,
  PostalInfo,
  PostalType,
  Telephone,
} from '#registry/model/contact.ts';
import type {
  ContactCommand,
  ContactUpdate,
  PostalChange,
} from '#registry/model/contact-commands.ts';
import type { ContactStatus } from '#registry/model/status.ts';
import type { TransferOperation } from '#registry/model/transfer.ts';
import { decodeStatuses } from './decode-status.ts';
import {
  authInfoOf,
  childOf,
  childrenOf,
  childToken,
  childTokens,
  isTrue,
  lineOf,
  tokenOf,
} from './element-reading.ts';
import type { XmlElement } from './xml-reader.ts';

/**
 * @param verb `check`, `info` and so on; the schema has let in what contacts have
 * @param operation of a transfer
 * @throws RegistryError 2102, 2306
 */
export function decodeContact(
  verb: string,
  element: XmlElement,
  operation: TransferOperation,
): ContactCommand {
  if (verb === 'check') return { kind: 'contact:check', ids: childTokens(element, 'id') };
  const id = childToken(element, 'id');
  switch (verb) {
    case 'create':
      return decodeCreate(id, element);
    case 'update':
      return decodeUpdate(id, element);
    case 'delete':
      return { kind: 'contact:delete', id };
    case 'transfer':
      return { kind: 'contact:transfer', operation, id, ...secretOf(element) };
    default:
      return { kind: 'contact:info', id, ...secretOf(element) };
  }
}

function secretOf(element: XmlElement): { authInfo?: string } {
  const authInfo = authInfoOf(element);
  return authInfo === undefined ? {} : { authInfo: authInfo.secret };
}

function decodeCreate(id: string, element: XmlElement): ContactCommand {
  const voice = telephoneOf(element, 'voice') ?? undefined;
  const fax = telephoneOf(element, 'fax') ?? undefined;
  const disclosure = disclosureOf(element);
  return {
    kind: 'contact:create',
    id,
    postal: childrenOf(element, 'postalInfo').map(decodePostal),
    ...(voice !== undefined && { voice }),
    ...(fax !== undefined && { fax }),
    email: childToken(element, 'email'),
    authInfo: authInfoOf(element)?.secret ?? '',
    ...(disclosure !== undefined && { disclosure }),
  };
}

function decodeUpdate(id: string, element: XmlElement): ContactUpdate {
  const remove = decodeStatuses<ContactStatus>(childOf(element, 'rem'));
  return {
    kind: 'contact:update',
    id,
    add: { statuses: decodeStatuses(childOf(element, 'add')) },
    remove: { statuses: remove.map(({ status }) => status) },
    change: decodeChange(childOf(element, 'chg')),
  };
}

function decodeChange(element: XmlElement | undefined): ContactUpdate['change'] {
  if (element === undefined) return {};
  const postal = childrenOf(element, 'postalInfo').map(decodePostalChange);
  const voice = telephoneOf(element, 'voice');
  const fax = telephoneOf(element, 'fax');
  const email = childOf(element, 'email');
  const authInfo = authInfoOf(element);
  const disclosure = disclosureOf(element);
  return {
    ...(postal.length > 0 && { postal }),
    ...(voice !== undefined && { voice }),
    ...(fax !== undefined && { fax }),
    ...(email !== undefined && { email: tokenOf(email) }),
    ...(authInfo !== undefined && { authInfo: authInfo.secret === '' ? null : authInfo.secret }),
    ...(disclosure !== undefined && { disclosure }),
  };
}

function decodePostal(element: XmlElement): PostalInfo {
  const change = decodePostalChange(element);
  const { name = '', street = [], city = '', country = '' } = change;
  return { ...change, name, street, city, country };
}

function decodePostalChange(element: XmlElement): PostalChange {
  const name = childOf(element, 'name');
  const organisation = childOf(element, 'org');
  const address = childOf(element, 'addr');
  return {
    type: element.attributes.get('type')?.trim() as PostalType,
    ...(name !== undefined && { name: lineOf(name) }),
    ...(organisation !== undefined && { organisation: lineOf(organisation) }),
    ...(address !== undefined && decodeAddress(address)),
  };
}

type Address = Pick<PostalInfo, 'street' | 'city' | 'country' | 'province' | 'postalCode'>;

function decodeAddress(element: XmlElement): Address {
  const province = childOf(element, 'sp');
  const postalCode = childOf(element, 'pc');
  const city = childOf(element, 'city');
  return {
    street: childrenOf(element, 'street').map(lineOf),
    city: city === undefined ? '' : lineOf(city),
    country: childToken(element, 'cc'),
    ...(province !== undefined && lineOf(province) !== '' && { province: lineOf(province) }),
    ...(postalCode !== undefined &&
      tokenOf(postalCode) !== '' && { postalCode: tokenOf(postalCode) }),
  };
}

/** `null`: an empty element, which takes the number away. */
function telephoneOf(parent: XmlElement, name: 'voice' | 'fax'): Telephone | null | undefined {
  const element = childOf(parent, name);
  if (element === undefined) return undefined;
  const number = tokenOf(element);
  if (number === '') return null;
  const extension = element.attributes.get('x');
  return { number, ...(extension !== undefined && { extension: extension.trim() }) };
}

function disclosureOf(parent: XmlElement): Contact['disclosure'] {
  const element = childOf(parent, 'disclose');
  if (element === undefined) return undefined;
  const fields = element.children.map(({ name, attributes }) => {
    const type = attributes.get('type')?.trim();
    return (type === undefined ? name : `${name}:${type}`) as DiscloseField;
  });
  const disclosure: Disclosure = { show: isTrue(element.attributes.get('flag')), fields };
  return disclosure;
}
