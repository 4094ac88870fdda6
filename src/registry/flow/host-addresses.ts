/**
 * Addresses of hosts: what becomes A and AAAA records in a zone. Refused is what no other machine
 * can be at, because a delegation to it would send resolvers to themselves or nowhere. Private
 * networks are not refused: a register may serve one.
 */

import { compareBytes } from '#base/bytes.ts';
import { AddressRanges } from '#net/address-ranges.ts';
import { formatIpAddress, parseIpAddress } from '#net/ip-address.ts';
import type { GivenAddress } from '#registry/model/host-commands.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';

const ELEMENT = 'host:addr';

/** Of both families together. */
export const HOST_ADDRESSES_MAX = 13;

/** This host, loopback, link-local, multicast, reserved, and IPv4 inside IPv6. */
const UNREACHABLE = new AddressRanges([
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '::ffff:0:0/96',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]);

/**
 * The address in the one form in which it is kept (RFC 5952).
 * @throws RegistryError 2005 when it is no address of its family, 2306 when no name server can be
 *   there
 */
function parseHostAddress({ family, text }: GivenAddress): string {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  const offender = { element: ELEMENT, text: shown };
  const octets = parseIpAddress(text);
  if (octets?.length !== (family === 'v4' ? 4 : 16)) {
    const why = `this is no IP${family} address`;
    throw new RegistryError(RESULT.parameterSyntax, why, offender);
  }
  if (UNREACHABLE.contains(octets, 0, family === 'v6')) {
    const why = 'no name server can be reached at this address';
    throw new RegistryError(RESULT.policy, why, offender);
  }
  return formatIpAddress(octets);
}

/**
 * The addresses of a host after a command, in the order of octets, IPv4 first.
 * @throws RegistryError as `parseHostAddress`; 2306 for one that is given twice, there already, not
 *   there to remove, or one too many
 */
export function changeAddresses(
  current: readonly string[],
  add: readonly GivenAddress[],
  remove: readonly GivenAddress[],
): string[] {
  if (Math.max(add.length, remove.length) > HOST_ADDRESSES_MAX) {
    throw refuse('', `a host has at most ${HOST_ADDRESSES_MAX} addresses`);
  }
  const addresses = new Set(current);
  const removed = new Set<string>();
  for (const given of remove) {
    // What is kept can be removed even if a rule has come since that would refuse it.
    const address = formatKept(given);
    if (!addresses.delete(address)) throw refuse(given.text, `${address} is not there to remove`);
    removed.add(address);
  }
  for (const given of add) {
    const address = parseHostAddress(given);
    if (removed.has(address)) throw refuse(given.text, `${address} is added and removed`);
    if (addresses.has(address)) throw refuse(given.text, `${address} is there already`);
    addresses.add(address);
  }
  if (addresses.size > HOST_ADDRESSES_MAX) {
    throw refuse('', `a host has at most ${HOST_ADDRESSES_MAX} addresses`);
  }
  return inOrder(addresses);
}

function refuse(text: string, reason: string): RegistryError {
  return new RegistryError(RESULT.policy, reason, { element: ELEMENT, text });
}

function formatKept({ text }: GivenAddress): string {
  const octets = parseIpAddress(text);
  return octets === undefined ? text.slice(0, 60) : formatIpAddress(octets);
}

function inOrder(addresses: Iterable<string>): string[] {
  const read = [...addresses].map((text) => ({ text, octets: parseIpAddress(text) }));
  const compared = read.map(({ text, octets = new Uint8Array() }) => ({ text, octets }));
  return compared
    .sort((a, b) => a.octets.length - b.octets.length || compareBytes(a.octets, b.octets))
    .map(({ text }) => text);
}
