/**
 * The hosts that a domain is delegated to (RFC 5731 section 1.1): host objects that are there, of
 * whichever registrar, and with an address where this register must publish their glue.
 */
import type { RegisterReader } from '#registry/model/register.ts';
import { type Offender, RESULT, RegistryError } from '#registry/model/result.ts';
import type { Tld } from '#registry/model/tld.ts';
import { parseNameText } from './labels.ts';

const ELEMENT = 'domain:hostObj';

/** What an update wants of the name servers, as names in the register's form. */
export interface NameserverChange {
  add: readonly string[];
  remove: readonly string[];
}

/** @throws RegistryError 2005 for what is no host name, 2306 for one that is named twice */
export function parseNameservers(texts: readonly string[]): string[] {
  const names = texts.map((text) => parseNameText(text, ELEMENT));
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw refuse(`${twice} is named twice`, offenderOf(twice));
  return names;
}

/**
 * A domain's name servers after an update, in order.
 * @throws RegistryError 2303 for a host that is not there, 2306 for one that is named already, is
 * not
 *   named, is both added and removed, has no address, or is one too many
 */
export async function changeNameservers(
  reader: RegisterReader,
  current: readonly string[],
  { add, remove }: NameserverChange,
  tld: Tld,
): Promise<string[]> {
  const names = new Set(current);
  for (const name of remove) {
    if (!names.delete(name)) throw refuse(`${name} is not there to remove`, offenderOf(name));
  }
  for (const name of add) {
    if (remove.includes(name)) throw refuse(`${name} is added and removed`, offenderOf(name));
    if (names.has(name)) throw refuse(`${name} is there already`, offenderOf(name));
    names.add(name);
  }
  if (names.size > tld.nameserversMax && add.length > 0) {
    const why = `a name of ${tld.name} has at most ${tld.nameserversMax} name servers`;
    throw refuse(why, offenderOf(add.at(-1) ?? ''));
  }
  for (const name of add) await demandHost(reader, name);
  return [...names].sort();
}

async function demandHost(reader: RegisterReader, name: string): Promise<void> {
  const host = await reader.host(name);
  if (host === undefined) {
    throw new RegistryError(RESULT.missing, `there is no host ${name}`, offenderOf(name));
  }
  if (host.superordinate === undefined || host.addresses.length > 0) return;
  throw refuse(`${name} has no address, which its delegation would need`, offenderOf(name));
}

function offenderOf(text: string): Offender {
  return { element: ELEMENT, text };
}

function refuse(reason: string, offender: Offender): RegistryError {
  return new RegistryError(RESULT.policy, reason, offender);
}
