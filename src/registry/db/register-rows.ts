/**
 * Objects as rows: JSON (the store puts a checksum on each), and the rows without a value that
 * follow from an object, so that links and due times can never say anything else than the objects
 * do.
 */
import { asBuffer, utf8 } from '#base/bytes.ts';
import type { Contact } from '#registry/model/contact.ts';
import type { Domain } from '#registry/model/domain.ts';
import { nextContactDueMs, nextDomainDueMs } from '#registry/model/due.ts';
import type { Host } from '#registry/model/host.ts';
import type { RegisterObjects, RegisterRowType } from '#registry/model/register-change.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import { StoreError } from '#store/store-error.ts';
import { dueKey, linkKey } from './register-keys.ts';

export function formatRow(value: object): Uint8Array {
  return utf8(JSON.stringify(value));
}

/** @throws StoreError STORE_DAMAGED when it is no JSON, which its checksum should have told */
export function parseRow(octets: Uint8Array): object {
  try {
    return JSON.parse(asBuffer(octets).toString('utf8')) as object;
  } catch (error) {
    throw new StoreError('STORE_DAMAGED', 'a row of the register is not JSON', { cause: error });
  }
}

/** Name or id under which an object is kept. */
export function rowKeyOf<T extends RegisterRowType>(type: T, value: RegisterObjects[T]): string {
  if ('label' in value) return `${value.label}.${value.tld}`;
  return type === 'contact' || type === 'registrar'
    ? (value as { id: string }).id
    : (value as { name: string }).name;
}

/** Keys of the rows that follow from an object; none where there is none. */
export function derivedKeys(type: RegisterRowType, value: object | undefined): Uint8Array[] {
  if (value === undefined) return [];
  if (type === 'domain') return domainKeys(value as Domain);
  if (type === 'host') return hostKeys(value as Host);
  return type === 'contact' ? contactKeys(value as Contact) : [];
}

function domainKeys(domain: Domain): Uint8Array[] {
  const { name, nameservers, contacts, registrant } = domain;
  const people = new Set(contacts.map(({ id }) => id));
  if (registrant !== undefined) people.add(registrant);
  return [
    ...nameservers.map((host) => linkKey(KEYSPACE.registryHostUse, host, name)),
    ...[...people].map((id) => linkKey(KEYSPACE.registryContactUse, id, name)),
    dueKey(KEYSPACE.registryDomainDue, nextDomainDueMs(domain), name),
  ];
}

function hostKeys({ name, superordinate }: Host): Uint8Array[] {
  if (superordinate === undefined) return [];
  return [linkKey(KEYSPACE.registrySubordinate, superordinate, name)];
}

function contactKeys(contact: Contact): Uint8Array[] {
  const atMs = nextContactDueMs(contact);
  return atMs === undefined ? [] : [dueKey(KEYSPACE.registryContactDue, atMs, contact.id)];
}
