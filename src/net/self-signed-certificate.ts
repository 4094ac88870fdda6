/**
 * A certificate that vouches for itself (X.509 v3, RFC 5280; ECDSA P-256 with SHA-256, RFC 5758),
 * so that TLS works on a machine of one's own without any file. Nobody can verify it: clients have
 * to be told not to. It is made of DER by hand, because Node signs but does not build certificates:
 *
 *     Certificate  SEQUENCE { TBSCertificate, ecdsa-with-SHA256, BIT STRING signature }
 *     TBS          SEQUENCE { [0] v3, serial, algorithm, issuer, validity, subject, SPKI,
 *                             [3] extensions: basicConstraints, extKeyUsage, subjectAltName }
 *
 * RFC 5280 section 4.1.2.5: instants before 2050 are UTCTime.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { utf8 } from '#base/bytes.ts';
import { formatInstant } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import { parseIpAddress } from './ip-address.ts';
import type { TlsCredentials } from './tls-gate.ts';

export interface SelfSignedOptions {
  /** The subject's and issuer's common name, and its first DNS name. */
  name: string;
  /** IP addresses in text form that it is for. */
  addresses: readonly string[];
  nowMs: number;
  random: Random;
}

const HOUR_MS = 3_600_000;
const VALID_MS = 397 * 24 * HOUR_MS;
const SERIAL_SIZE = 16;

/** Valid from an hour ago (clients' clocks differ) for 397 days, with a fresh key. */
export function makeSelfSigned(options: SelfSignedOptions): TlsCredentials {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const commonName = sequence(set(sequence(oid('550403'), tagged(0x0c, utf8(options.name)))));
  const { nowMs } = options;
  const body = sequence(
    tagged(0xa0, integer(Uint8Array.of(2))),
    integer(serialOf(options.random)),
    algorithm,
    commonName,
    sequence(utcTime(nowMs - HOUR_MS), utcTime(nowMs + VALID_MS)),
    commonName,
    new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
    tagged(0xa3, sequence(...extensions(options))),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, algorithm, tagged(0x03, Uint8Array.of(0), signature));
  return {
    certificate: pem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

function extensions({ name, addresses }: SelfSignedOptions): Uint8Array[] {
  const names = [tagged(0x82, utf8(name))];
  for (const address of addresses) {
    const octets = parseIpAddress(address);
    if (octets !== undefined) names.push(tagged(0x87, octets));
  }
  const critical = tagged(0x01, Uint8Array.of(0xff));
  const serverAuth = oid('2b06010505070301');
  return [
    sequence(oid('551d13'), critical, tagged(0x04, sequence())),
    sequence(oid('551d25'), tagged(0x04, sequence(serverAuth))),
    sequence(oid('551d11'), tagged(0x04, sequence(...names))),
  ];
}

/** Positive and not 0, whatever is drawn. */
function serialOf(random: Random): Uint8Array {
  const serial = random.bytes(SERIAL_SIZE);
  serial[0] = (serial[0] & 0x3f) | 0x40;
  return serial;
}

/** Tag, length (short or long form) and content. */
function tagged(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const size = content.length;
  const head =
    size < 0x80
      ? [tag, size]
      : size < 0x100
        ? [tag, 0x81, size]
        : [tag, 0x82, size >>> 8, size & 0xff];
  return Buffer.concat([Uint8Array.from(head), content]);
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

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
