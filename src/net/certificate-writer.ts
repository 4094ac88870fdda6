/**
 * Writes certificates (X.509 v3, RFC 5280; ECDSA P-256 with SHA-256, RFC 5758). They are made of
 * DER by hand, because Node signs but does not build certificates:
 *
 *     Certificate  SEQUENCE { TBSCertificate, ecdsa-with-SHA256, BIT STRING signature }
 *     TBS          SEQUENCE { [0] v3, serial, algorithm, issuer, validity, subject, SPKI,
 *                             [3] extensions }
 *
 * RFC 5280 section 4.1.2.5: instants before 2050 are UTCTime.
 */
import { createHash, type KeyObject, sign } from 'node:crypto';
import { concatBytes, utf8 } from '#base/bytes.ts';
import { formatInstant } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import { parseIpAddress } from './ip-address.ts';

/** What a certificate may be used for. */
export type CertificateUse = 'authority' | 'server' | 'client';

export interface CertificateContent {
  /** Common names. */
  subject: string;
  issuer: string;
  use: CertificateUse;
  /** For a server: DNS names and IP addresses in text form that it is for. */
  names: readonly string[];
  addresses: readonly string[];
  validFromMs: number;
  validToMs: number;
  publicKey: KeyObject;
}

const SERIAL_SIZE = 16;
const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  subjectKeyIdentifier: '551d0e',
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  authorityKeyIdentifier: '551d23',
  extendedKeyUsage: '551d25',
  serverAuth: '2b06010505070301',
  clientAuth: '2b06010505070302',
} as const;

/** @returns PEM */
export function writeCertificate(
  content: CertificateContent,
  signer: { publicKey: KeyObject; privateKey: KeyObject },
  random: Random,
): string {
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const body = sequence(
    tagged(0xa0, integer(Uint8Array.of(2))),
    integer(serialOf(random)),
    algorithm,
    commonName(content.issuer),
    sequence(utcTime(content.validFromMs), utcTime(content.validToMs)),
    commonName(content.subject),
    keyOctets(content.publicKey),
    tagged(0xa3, sequence(...extensions(content, signer.publicKey))),
  );
  const signature = sign('sha256', body, signer.privateKey);
  return pem(sequence(body, algorithm, tagged(0x03, Uint8Array.of(0), signature)));
}

/** RFC 5280 section 4.2.1. */
function extensions(
  { use, names, addresses, publicKey }: CertificateContent,
  signer: KeyObject,
): Uint8Array[] {
  const isAuthority = use === 'authority';
  const yes = tagged(0x01, Uint8Array.of(0xff));
  // Bits of KeyUsage: digitalSignature is 0, keyCertSign 5, cRLSign 6.
  const bits = isAuthority ? Uint8Array.of(1, 0x06) : Uint8Array.of(7, 0x80);
  const made = [
    critical(OID.basicConstraints, sequence(...(isAuthority ? [yes] : []))),
    critical(OID.keyUsage, tagged(0x03, bits)),
    extension(OID.subjectKeyIdentifier, tagged(0x04, keyIdentifier(publicKey))),
    extension(OID.authorityKeyIdentifier, sequence(tagged(0x80, keyIdentifier(signer)))),
  ];
  if (isAuthority) return made;
  const purpose = use === 'server' ? OID.serverAuth : OID.clientAuth;
  made.push(extension(OID.extendedKeyUsage, sequence(oid(purpose))));
  const alternatives = names.map((name) => tagged(0x82, utf8(name)));
  for (const address of addresses) {
    const octets = parseIpAddress(address);
    if (octets !== undefined) alternatives.push(tagged(0x87, octets));
  }
  if (alternatives.length === 0) return made;
  return [...made, extension(OID.subjectAltName, sequence(...alternatives))];
}

function extension(id: string, value: Uint8Array): Uint8Array {
  return sequence(oid(id), tagged(0x04, value));
}

function critical(id: string, value: Uint8Array): Uint8Array {
  return sequence(oid(id), tagged(0x01, Uint8Array.of(0xff)), tagged(0x04, value));
}

/** Method 1 of RFC 7093 section 2. */
function keyIdentifier(key: KeyObject): Uint8Array {
  const digest = createHash('sha256').update(keyOctets(key)).digest();
  return Uint8Array.from(digest.subarray(0, 20));
}

function keyOctets(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ type: 'spki', format: 'der' }));
}

function commonName(name: string): Uint8Array {
  return sequence(set(sequence(oid(OID.commonName), tagged(0x0c, utf8(name)))));
}

/** Positive and not 0, whatever is drawn. */
function serialOf(random: Random): Uint8Array {
  const serial = random.bytes(SERIAL_SIZE);
  serial[0] = (serial[0] & 0x3f) | 0x40;
  return serial;
}

/** Tag, length (short or long form) and content. */
function tagged(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = concatBytes(parts);
  const size = content.length;
  const head =
    size < 0x80
      ? [tag, size]
      : size < 0x100
        ? [tag, 0x81, size]
        : [tag, 0x82, size >>> 8, size & 0xff];
  return concatBytes([Uint8Array.from(head), content]);
}

function sequence(...parts: Uint8Array[]): Uint8Array {
  return tagged(0x30, ...parts);
}

function set(...parts: Uint8Array[]): Uint8Array {
  return tagged(0x31, ...parts);
}

function integer(octets: Uint8Array): Uint8Array {
  return tagged(0x02, octets);
}

/** @param hex the encoded identifier, without tag and length */
function oid(hex: string): Uint8Array {
  return tagged(0x06, Buffer.from(hex, 'hex'));
}

/** `261122010203Z` */
function utcTime(ms: number): Uint8Array {
  const text = formatInstant(ms).replaceAll(/[-:T]|\.\d+/g, '');
  return tagged(0x17, utf8(text.slice(2)));
}

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
