/**
 * Who may ask for something, as configuration and zones write it; nobody who is not on the list.
 * Transfers, UPDATE and NOTIFY share this form. An entry is one of
 *
 *     192.0.2.1, 192.0.2.0/24, 2001:db8::/32   whoever asks from there, signed or not
 *     key:NAME                                 whoever signs with this TSIG key
 *     cert:NAME                                a TLS client whose certificate, made by an authority
 *                                              of ours, has this DNS name (RFC 9103 section 9.3.3)
 *     key:NAME@192.0.2.0/24, cert:NAME@…       both must hold
 *
 * An address over UDP can be forged, so what changes something should ask for a key.
 */
import { CodedError } from '#base/coded-error.ts';
import { equalNames, lowerName, type Name, parseName } from '#dns/wire/name.ts';
import { AddressRanges } from '#net/address-ranges.ts';
import { parseIpAddress } from '#net/ip-address.ts';
import type { PeerCertificateFacts } from '#net/peer-certificate.ts';

/** An entry that cannot be read. Code: ACCESS_ENTRY_INVALID. */
export class AccessListError extends CodedError {}

/** Who asks: a CheckedRequest is one. */
export interface Asker {
  peer: { address: string };
  /** The TSIG key that signed the request, its signature found good. */
  key?: { name: Name } | undefined;
  certificate?: PeerCertificateFacts | undefined;
}

interface AccessEntry {
  text: string;
  /** TSIG key that must have signed, lower case. */
  key?: Name;
  /** DNS name that the certificate must have, lower case, without final dot. */
  certificate?: string;
  /** Where the request must come from. */
  ranges?: AddressRanges;
}

export class AccessList {
  readonly #entries: readonly AccessEntry[];

  /** @throws AccessListError ACCESS_ENTRY_INVALID, as `checkAccessEntry` */
  constructor(entries: readonly string[]) {
    this.#entries = entries.map(parseEntry);
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Names of the TSIG keys on the list, lower case: each should be one that the server has. */
  keyNames(): Name[] {
    return this.#entries.flatMap(({ key }) => (key === undefined ? [] : [key]));
  }

  /** The entry that lets the asker in, as it was written; `undefined`: none does. */
  match(asker: Asker): string | undefined {
    const octets = parseIpAddress(asker.peer.address);
    return this.#entries.find((entry) => fits(entry, asker, octets))?.text;
  }

  allows(asker: Asker): boolean {
    return this.match(asker) !== undefined;
  }
}

/**
 * The text as it was given.
 * @throws AccessListError ACCESS_ENTRY_INVALID when it is no address, network, key or certificate
 */
export function checkAccessEntry(text: string): string {
  parseEntry(text);
  return text;
}

function fits(entry: AccessEntry, asker: Asker, octets: Uint8Array | undefined): boolean {
  const { key, certificate, ranges } = entry;
  if (key !== undefined) {
    if (asker.key === undefined || !equalNames(asker.key.name, key)) return false;
  }
  if (certificate !== undefined) {
    const shown = asker.certificate;
    if (shown === undefined || !shown.isAuthorized) return false;
    if (!shown.names.includes(certificate)) return false;
  }
  if (ranges === undefined) return true;
  return octets !== undefined && ranges.contains(octets, 0, octets.length === 16);
}

function parseEntry(text: string): AccessEntry {
  const [, kind, name, range = kind === undefined ? text : undefined] =
    /^(?:(key|cert):([^@]+)(?:@(.*))?)?/.exec(text) ?? [];
  try {
    const ranges = range === undefined ? {} : { ranges: new AddressRanges([range]) };
    if (kind === undefined) return { text, ...ranges };
    const wire = lowerName(parseName(name.endsWith('.') ? name : `${name}.`));
    if (kind === 'key') return { text, key: wire, ...ranges };
    return { text, certificate: name.replace(/\.$/, '').toLowerCase(), ...ranges };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw new AccessListError(
      'ACCESS_ENTRY_INVALID',
      `'${text}' is no entry of an access list (${error.message}): write an address, a network ` +
        'as ADDRESS/BITS, key:NAME or cert:NAME, these two also with @ADDRESS or @NETWORK behind',
      { cause: error },
    );
  }
}
