/**
 * What all commands on hosts share (RFC 5732): a host under a TLD of this register is internal,
 * lies under a domain that must be there, belongs to that domain's sponsor and alone may have
 * addresses.
 */
import type { Caller } from '#registry/model/caller.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { Host } from '#registry/model/host.ts';
import type { RegisterDraft, RegisterReader } from '#registry/model/register.ts';
import { type Offender, RESULT, RegistryError } from '#registry/model/result.ts';
import { SUBORDINATES_MAX } from './domain-rules.ts';
import { findTld, isUnder, parseNameText } from './labels.ts';
import { demandNoStatus, demandObject, demandSponsor } from './object-rules.ts';

export const NAME = 'host:name';

export function hostOffender(name: string): Offender {
  return { element: NAME, text: name };
}

/** A host's name, and the domain that it must lie under where it is internal. */
export interface ParsedHostName {
  name: string;
  /** Absent: external. */
  superordinate?: string;
}

/** @throws RegistryError 2005 when it is no host name, 2306 when it is a registry's own */
export function parseHostName(text: string, reader: RegisterReader): ParsedHostName {
  const name = parseNameText(text, NAME);
  const tld = findTld(name, reader.tlds());
  if (tld === undefined) return { name };
  if (tld.name === name) {
    throw new RegistryError(RESULT.policy, `${name} is a registry itself`, hostOffender(text));
  }
  const label = name
    .slice(0, -tld.name.length - 1)
    .split('.')
    .at(-1);
  return { name, superordinate: `${label}.${tld.name}` };
}

/**
 * The domain under which a host may be made or moved by the caller.
 * @throws RegistryError 2303 where it is not there, 2201 where it is another's, 2304 where it goes,
 *   2306 where as many hosts lie under it as may
 */
export async function demandSuperordinate(
  reader: RegisterReader,
  caller: Caller,
  { name, superordinate }: ParsedHostName,
): Promise<Domain | undefined> {
  if (superordinate === undefined) return undefined;
  const found = await reader.domain(superordinate);
  if (found === undefined) {
    const why = `${name} would lie under ${superordinate}, which is not registered`;
    throw new RegistryError(RESULT.missing, why, hostOffender(name));
  }
  const domain = demandObject(found, hostOffender(superordinate));
  demandSponsor(caller, domain.sponsor, hostOffender(superordinate));
  demandNoStatus(caller, domain.statuses, ['pendingDelete'], hostOffender(superordinate));
  // One more would stay behind, another's, when the domain goes to another registrar.
  const hosts = await reader.hostsOfDomain(superordinate, SUBORDINATES_MAX);
  if (hosts.length >= SUBORDINATES_MAX) {
    const why = `${SUBORDINATES_MAX} hosts lie under ${superordinate}, and no more may`;
    throw new RegistryError(RESULT.policy, why, hostOffender(name));
  }
  return domain;
}

/** @throws RegistryError 2306: only hosts under a domain of this register have addresses */
export function demandAddressable(superordinate: string | undefined, addresses: string[]): void {
  const [first] = addresses;
  if (superordinate !== undefined || first === undefined) return;
  const why = 'a host outside the zones of this register has no addresses here';
  throw new RegistryError(RESULT.policy, why, { element: 'host:addr', text: first });
}

export async function isLinkedHost(reader: RegisterReader, name: string): Promise<boolean> {
  return (await reader.domainsOfHost(name, 1)).length > 0;
}

/** Every zone of this register that may hold glue of the host: those that it lies in. */
export function touchGlue(draft: RegisterDraft, host: Pick<Host, 'name'>): void {
  for (const tld of draft.tlds())
    if (isUnder(host.name, tld.name)) draft.touch(tld.name, host.name);
}
