/** Commands on hosts, from XML (RFC 5732 section 3). */
import type { GivenAddress, HostCommand } from '#registry/model/host-commands.ts';
import type { HostStatus } from '#registry/model/status.ts';
import { decodeStatuses } from './decode-status.ts';
import { childOf, childrenOf, childToken, childTokens, tokenOf } from './element-reading.ts';
import type { XmlElement } from './xml-reader.ts';

/**
 * @param verb `check`, `info` and so on; the schema has let in what hosts have
 * @throws RegistryError 2306
 */
export function decodeHost(verb: string, element: XmlElement): HostCommand {
  if (verb === 'check') return { kind: 'host:check', names: childTokens(element, 'name') };
  const name = childToken(element, 'name');
  switch (verb) {
    case 'create':
      return { kind: 'host:create', name, addresses: decodeAddresses(element) };
    case 'update':
      return decodeUpdate(name, element);
    case 'delete':
      return { kind: 'host:delete', name };
    default:
      return { kind: 'host:info', name };
  }
}

function decodeUpdate(name: string, element: XmlElement): HostCommand {
  const add = childOf(element, 'add');
  const remove = childOf(element, 'rem');
  const change = childOf(element, 'chg');
  return {
    kind: 'host:update',
    name,
    add: { addresses: decodeAddresses(add), statuses: decodeStatuses(add) },
    remove: {
      addresses: decodeAddresses(remove),
      statuses: decodeStatuses<HostStatus>(remove).map(({ status }) => status),
    },
    ...(change !== undefined && { rename: childToken(change, 'name') }),
  };
}

function decodeAddresses(parent: XmlElement | undefined): GivenAddress[] {
  if (parent === undefined) return [];
  return childrenOf(parent, 'addr').map((element) => ({
    family: element.attributes.get('ip')?.trim() === 'v6' ? 'v6' : 'v4',
    text: tokenOf(element),
  }));
}
