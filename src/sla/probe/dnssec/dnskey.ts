/**
 * DNSKEY records (RFC 4034 section 2) and the signatures that they verify, with node:crypto. An
 * algorithm that is not in the table cannot be checked here, which is the probe's shortcoming and
 * is said as such; SHA-1 signatures are among those (RFC 9905).
 *
 *   RDATA: flags (2) | protocol (1) | algorithm (1) | public key
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type Labels, wireOf } from './domain-labels.ts';

export interface DnsKey {
  /** Owner: the zone that it signs. */
  owner: Labels;
  algorithm: number;
  tag: number;
  /** May sign the zone: the zone bit is set, the key not revoked, the protocol 3. */
  isZoneKey: boolean;
  rdata: Buffer;
}

const FLAG_ZONE = 0x0100;
const FLAG_REVOKED = 0x0080;
const PROTOCOL = 3;
const KEY_OFFSET = 4;

interface SignatureKind {
  /** Of node:crypto; none where the algorithm has its own. */
  hash?: string;
  /** JSON Web Key of the public key's octets; `undefined` if they are none. */
  toJwk: (key: Buffer) => JsonWebKey | undefined;
}

type JsonWebKey = Record<string, string>;

const SIGNATURES: ReadonlyMap<number, SignatureKind> = new Map<number, SignatureKind>([
  [8, { hash: 'sha256', toJwk: rsaJwk }],
  [10, { hash: 'sha512', toJwk: rsaJwk }],
  [13, { hash: 'sha256', toJwk: (key) => curveJwk(key, 'P-256', 32) }],
  [14, { hash: 'sha384', toJwk: (key) => curveJwk(key, 'P-384', 48) }],
  [15, { toJwk: (key) => edwardsJwk(key, 'Ed25519', 32) }],
  [16, { toJwk: (key) => edwardsJwk(key, 'Ed448', 57) }],
]);

/** True for RSASHA256, RSASHA512, ECDSAP256SHA256, ECDSAP384SHA384, Ed25519 and Ed448. */
export function isKnownAlgorithm(algorithm: number): boolean {
  return SIGNATURES.has(algorithm);
}

/** `undefined` if the RDATA is too short for a key. */
export function readDnsKey(owner: Labels, rdata: Buffer): DnsKey | undefined {
  if (rdata.length <= KEY_OFFSET) return undefined;
  const flags = rdata.readUInt16BE(0);
  const isZoneKey =
    (flags & FLAG_ZONE) !== 0 && (flags & FLAG_REVOKED) === 0 && rdata[2] === PROTOCOL;
  return { owner, algorithm: rdata[3] ?? 0, tag: keyTag(rdata), isZoneKey, rdata };
}

/** RFC 4034 appendix B. */
export function keyTag(rdata: Uint8Array): number {
  let sum = 0;
  for (const [at, octet] of rdata.entries()) sum += at % 2 === 0 ? octet << 8 : octet;
  return (sum + (sum >>> 16)) & 0xffff;
}

/** The digest of a DS record for the key (RFC 4034 5.1.4); `undefined` for an unknown type. */
export function keyDigest(key: DnsKey, digestType: number): Buffer | undefined {
  const hash = digestType === 2 ? 'sha256' : digestType === 4 ? 'sha384' : undefined;
  if (hash === undefined) return undefined;
  return createHash(hash).update(wireOf(key.owner)).update(key.rdata).digest();
}

/** True if `signature` is the key's over `data`. False for a key that is none. */
export function isSignedBy(key: DnsKey, data: Uint8Array, signature: Uint8Array): boolean {
  const kind = SIGNATURES.get(key.algorithm);
  const jwk = kind?.toJwk(key.rdata.subarray(KEY_OFFSET));
  if (kind === undefined || jwk === undefined) return false;
  try {
    const publicKey: KeyObject = createPublicKey({ key: jwk, format: 'jwk' });
    return verify(
      kind.hash ?? null,
      data,
      { key: publicKey, dsaEncoding: 'ieee-p1363' },
      signature,
    );
  } catch {
    // A point that is not on the curve, a modulus that is no number: nothing such a key verifies.
    return false;
  }
}

/** Exponent's length in one or three octets, exponent, modulus (RFC 3110 section 2). */
function rsaJwk(key: Buffer): JsonWebKey | undefined {
  const short = key[0] ?? 0;
  const first = short === 0 ? 3 : 1;
  const size = short === 0 && key.length >= 3 ? key.readUInt16BE(1) : short;
  const exponent = key.subarray(first, first + size);
  const modulus = key.subarray(first + size);
  if (exponent.length === 0 || modulus.length === 0) return undefined;
  return { kty: 'RSA', e: exponent.toString('base64url'), n: modulus.toString('base64url') };
}

/** Two coordinates, one after the other (RFC 6605 section 4). */
function curveJwk(key: Buffer, crv: string, size: number): JsonWebKey | undefined {
  if (key.length !== 2 * size) return undefined;
  const x = key.subarray(0, size).toString('base64url');
  return { kty: 'EC', crv, x, y: key.subarray(size).toString('base64url') };
}

/** RFC 8080 section 3. */
function edwardsJwk(key: Buffer, crv: string, size: number): JsonWebKey | undefined {
  if (key.length !== size) return undefined;
  return { kty: 'OKP', crv, x: key.toString('base64url') };
}
