/**
 * `nameserver.primaries`: the name servers that zones are fetched from, how they are reached and
 * how they are known to be the right ones.
 */
import { z } from 'zod';
import { type PrimaryAddress, parsePrimaryAddress } from '#dns/transfer/secondary/primary.ts';
import { formatName, lowerName, parseName, ROOT } from '#dns/wire/name.ts';
import { familyOf } from '#net/ip-address.ts';
import { domainName, path, reading, section, uniqueList } from './schema-parts.ts';

const PRIMARIES_MAX = 1_000;
const ZONES_MAX = 100_000;
const PINS_MAX = 16;
/** SHA-256 in base64. */
const PIN = /^[A-Za-z0-9+/]{43}=$/;

/** One primary; what it is known by is still in files. */
export interface PrimaryEntry {
  address: PrimaryAddress;
  /** Name of a TSIG key, with its final dot, lower case. */
  key?: string | undefined;
  source?: string | undefined;
  /** With their final dots, lower case. */
  zones: string[];
  catalog?: string | undefined;
  tls?: PrimaryTlsEntry | undefined;
}

/** Paths are absolute. */
export interface PrimaryTlsEntry {
  name?: string | undefined;
  ca?: string | undefined;
  pins: string[];
  certificate?: string | undefined;
  key?: string | undefined;
}

export function primariesSection(folder: string) {
  return z
    .array(primary(folder), { error: 'write a list' })
    .pipe(z.array(z.custom<PrimaryEntry>()).max(PRIMARIES_MAX))
    .default([]);
}

function primary(folder: string) {
  return section({
    address: z
      .string({ error: 'write ADDRESS:PORT' })
      .describe('`ADDRESS:PORT`; without a port 53, with `tls` 853.'),
    key: reading('the name of a key', (text) => formatName(lowerName(parseName(text, ROOT))))
      .optional()
      .describe('TSIG key, by its name in `tsigKeys`, that questions are signed with. None: none.'),
    source: reading('an address', checkAddress)
      .optional()
      .describe('Address of this machine to ask from. None: the system’s choice.'),
    zones: uniqueList(domainName(), (name) => name)
      .pipe(z.array(z.string()).max(ZONES_MAX))
      .default([])
      .describe(
        'Zones to fetch from it. Several primaries of one zone are asked in their order. Other ' +
          'zones are made through the API, with `kind: Slave` and this address under `masters`.',
      ),
    catalog: domainName()
      .optional()
      .describe('Catalog zone (RFC 9432) whose members are fetched from it too. None: none.'),
    tls: tls(folder)
      .optional()
      .describe('Fetch over TLS 1.3 (RFC 9103), never in the clear. None: UDP and TCP.'),
  }).transform(({ address, ...entry }, context): PrimaryEntry => {
    try {
      return { ...entry, address: parsePrimaryAddress(address, entry.tls !== undefined) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: 'custom', path: ['address'], message });
      return z.NEVER;
    }
  });
}

function tls(folder: string) {
  return section({
    name: domainName().optional().describe('Name that its certificate must be for.'),
    ca: path(folder)
      .optional()
      .describe('PEM file of the authorities that may vouch for it. None: the system’s.'),
    pins: uniqueList(
      z.string({ error: 'write base64' }).regex(PIN, 'write the SHA-256 of a public key, base64'),
      (pin) => pin,
    )
      .pipe(z.array(z.string()).max(PINS_MAX))
      .default([])
      .describe('SHA-256 of public keys (SPKI), in base64; then the key counts, not the name.'),
    certificate: path(folder)
      .optional()
      .describe('PEM file of our own certificate, for primaries that want one (mutual TLS).'),
    key: path(folder).optional().describe('PEM file of its private key.'),
  }).superRefine(({ name, pins, certificate, key }, context) => {
    if (name === undefined && pins.length === 0) {
      const message = 'give name or pins: TLS with anybody who answers protects nothing';
      context.addIssue({ code: 'custom', message });
    }
    if ((certificate === undefined) === (key === undefined)) return;
    const message = 'certificate and key go together; give both, or neither';
    context.addIssue({ code: 'custom', message });
  });
}

function checkAddress(text: string): string {
  if (familyOf(text) === undefined) throw new Error(`'${text}' is not an IP address`);
  return text;
}
