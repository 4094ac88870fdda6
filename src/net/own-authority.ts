/**
 * An authority for certificates of one's own (RFC 5280): who trusts it can verify the servers and
 * clients that it vouches for. For one machine or a laboratory; it revokes nothing.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import type { Random } from '#base/random.ts';
import { type CertificateContent, writeCertificate } from './certificate-writer.ts';

/** PEM texts of a certificate and its private key. */
export interface MadeCertificate {
  certificate: string;
  key: string;
}

const HOUR_MS = 3_600_000;
const AUTHORITY_VALID_MS = 3_650 * 24 * HOUR_MS;
const VALID_MS = 397 * 24 * HOUR_MS;

/** Valid for ten years, with a fresh key. */
export function makeAuthority(name: string, nowMs: number, random: Random): MadeCertificate {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const content: CertificateContent = {
    subject: name,
    issuer: name,
    use: 'authority',
    names: [],
    addresses: [],
    validFromMs: nowMs - HOUR_MS,
    validToMs: nowMs + AUTHORITY_VALID_MS,
    publicKey: keys.publicKey,
  };
  return made(writeCertificate(content, keys, random), keys.privateKey);
}

/** Valid for 397 days, or as long as the authority, with a fresh key. */
export function issueCertificate(
  authority: MadeCertificate,
  wanted: Pick<CertificateContent, 'subject' | 'use' | 'names' | 'addresses'>,
  nowMs: number,
  random: Random,
): MadeCertificate {
  const { subject, validToDate } = new X509Certificate(authority.certificate);
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const content: CertificateContent = {
    ...wanted,
    issuer: subject.replace(/^CN=/, ''),
    validFromMs: nowMs - HOUR_MS,
    validToMs: Math.min(nowMs + VALID_MS, validToDate.getTime()),
    publicKey: keys.publicKey,
  };
  const privateKey = createPrivateKey(authority.key);
  const signer = { privateKey, publicKey: createPublicKey(privateKey) };
  return made(writeCertificate(content, signer, random), keys.privateKey);
}

function made(certificate: string, key: KeyObject): MadeCertificate {
  return { certificate, key: key.export({ type: 'pkcs8', format: 'pem' }) };
}
