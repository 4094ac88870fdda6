/**
 * A certificate that vouches for itself, so that TLS works on a machine of one's own without any
 * file. Nobody can verify it: clients have to be told not to.
 */
import { generateKeyPairSync } from 'node:crypto';
import type { Random } from '#base/random.ts';
import { writeCertificate } from './certificate-writer.ts';
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

/** Valid from an hour ago (clients' clocks differ) for 397 days, with a fresh key. */
export function makeSelfSigned(options: SelfSignedOptions): TlsCredentials {
  const { name, addresses, nowMs, random } = options;
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certificate = writeCertificate(
    {
      subject: name,
      issuer: name,
      use: 'server',
      names: [name],
      addresses,
      validFromMs: nowMs - HOUR_MS,
      validToMs: nowMs + VALID_MS,
      publicKey: keys.publicKey,
    },
    keys,
    random,
  );
  return { certificate, key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}
