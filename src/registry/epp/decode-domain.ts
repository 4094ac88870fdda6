/**
 * Commands on domains, from XML (RFC 5731 section 3), with what extensions add to them: keys
 * (decode-sec-dns.ts), restores (decode-restore.ts) and fees (decode-fee.ts).
 */
import type { ContactRole, DomainContact } from '#registry/model/domain.ts';
import type {
  DomainCommand,
  DomainCreate,
  DomainInfo,
  DomainTransfer,
  DomainUpdate,
} from '#registry/model/domain-commands.ts';
import { RESULT } from '#registry/model/result.ts';
import type { DomainStatus } from '#registry/model/status.ts';
import type { TransferOperation } from '#registry/model/transfer.ts';
import { decodeFeeOffer, decodeFeeQuery } from './decode-fee.ts';
import { decodeRestore } from './decode-restore.ts';
import { decodeDsChange, decodeDsCreate } from './decode-sec-dns.ts';
import { decodeStatuses } from './decode-status.ts';
import {
  authInfoOf,
  childOf,
  childrenOf,
  childToken,
  childTokens,
  refusal,
  tokenOf,
  yearsOf,
} from './element-reading.ts';
import type { XmlElement } from './xml-reader.ts';

/** What extends a command; the frame has seen that each may extend this one. */
export interface DomainExtensions {
  secDns?: XmlElement;
  rgp?: XmlElement;
  fee?: XmlElement;
}

/**
 * @param verb `check`, `info` and so on; the schema has let in what domains have
 * @param operation of a transfer
 * @throws RegistryError 2003, 2004, 2102, 2306
 */
export function decodeDomain(
  verb: string,
  element: XmlElement,
  operation: TransferOperation,
  extensions: DomainExtensions,
): DomainCommand {
  const { fee } = extensions;
  const name = childToken(element, 'name');
  switch (verb) {
    case 'check': {
      const names = childTokens(element, 'name');
      return { kind: 'domain:check', names, ...(fee && { fee: decodeFeeQuery(fee) }) };
    }
    case 'create':
      return decodeCreate(name, element, extensions);
    case 'update':
      return decodeUpdate(name, element, extensions);
    case 'delete':
      return { kind: 'domain:delete', name };
    case 'renew': {
      const currentExpiryDate = childToken(element, 'curExpDate');
      const offer = offerOf(extensions);
      return { kind: 'domain:renew', name, currentExpiryDate, ...withYears(element), ...offer };
    }
    case 'transfer':
      return decodeTransfer(name, element, operation, extensions);
    default:
      return decodeInfo(name, element);
  }
}

function withYears(element: XmlElement): { years?: number } {
  const years = yearsOf(element);
  return years === undefined ? {} : { years };
}

function offerOf({ fee }: DomainExtensions): Pick<DomainCreate, 'fee'> {
  return fee === undefined ? {} : { fee: decodeFeeOffer(fee) };
}

function decodeInfo(name: string, element: XmlElement): DomainInfo {
  const hosts = childOf(element, 'name')?.attributes.get('hosts')?.trim() ?? 'all';
  const authInfo = authInfoOf(element);
  return {
    kind: 'domain:info',
    name,
    hosts: hosts as DomainInfo['hosts'],
    ...(authInfo !== undefined && { authInfo: authInfo.secret }),
  };
}

function decodeCreate(
  name: string,
  element: XmlElement,
  extensions: DomainExtensions,
): DomainCreate {
  const registrant = childOf(element, 'registrant');
  const { secDns } = extensions;
  return {
    kind: 'domain:create',
    name,
    ...withYears(element),
    nameservers: decodeNameservers(element),
    ...(registrant !== undefined && { registrant: tokenOf(registrant) }),
    contacts: decodeContacts(element),
    authInfo: authInfoOf(element)?.secret ?? '',
    ds: secDns === undefined ? [] : decodeDsCreate(secDns),
    ...offerOf(extensions),
  };
}

function decodeTransfer(
  name: string,
  element: XmlElement,
  operation: TransferOperation,
  extensions: DomainExtensions,
): DomainTransfer {
  const authInfo = authInfoOf(element);
  return {
    kind: 'domain:transfer',
    operation,
    name,
    ...withYears(element),
    ...(authInfo !== undefined && { authInfo: authInfo.secret }),
    ...(authInfo?.roid !== undefined && { authRoid: authInfo.roid }),
    ...offerOf(extensions),
  };
}

function decodeUpdate(
  name: string,
  element: XmlElement,
  extensions: DomainExtensions,
): DomainUpdate {
  const add = childOf(element, 'add');
  const remove = childOf(element, 'rem');
  const { secDns, rgp } = extensions;
  return {
    kind: 'domain:update',
    name,
    add: {
      nameservers: decodeNameservers(add),
      contacts: decodeContacts(add),
      statuses: decodeStatuses(add),
    },
    remove: {
      nameservers: decodeNameservers(remove),
      contacts: decodeContacts(remove),
      statuses: decodeStatuses<DomainStatus>(remove).map(({ status }) => status),
    },
    change: decodeChange(childOf(element, 'chg')),
    ...(secDns !== undefined && { ds: decodeDsChange(secDns) }),
    ...(rgp !== undefined && { restore: decodeRestore(rgp) }),
    ...offerOf(extensions),
  };
}

function decodeChange(element: XmlElement | undefined): DomainUpdate['change'] {
  if (element === undefined) return {};
  const registrant = childOf(element, 'registrant');
  const id = registrant && tokenOf(registrant);
  const authInfo = authInfoOf(element);
  return {
    ...(id !== undefined && { registrant: id === '' ? null : id }),
    ...(authInfo !== undefined && { authInfo: authInfo.secret === '' ? null : authInfo.secret }),
  };
}

/** @throws RegistryError 2306: name servers are host objects here */
function decodeNameservers(parent: XmlElement | undefined): string[] {
  const list = parent && childOf(parent, 'ns');
  if (list === undefined) return [];
  const [attribute] = childrenOf(list, 'hostAttr');
  if (attribute !== undefined) {
    const name = { ...attribute, text: childToken(attribute, 'hostName') };
    throw refusal(RESULT.policy, 'name servers are host objects: use <domain:hostObj>', name);
  }
  return childTokens(list, 'hostObj');
}

function decodeContacts(parent: XmlElement | undefined): DomainContact[] {
  if (parent === undefined) return [];
  return childrenOf(parent, 'contact').map((element) => {
    const role = element.attributes.get('type')?.trim();
    if (role === undefined) {
      throw refusal(RESULT.missingParameter, 'a contact has a type', element);
    }
    return { role: role as ContactRole, id: tokenOf(element) };
  });
}
