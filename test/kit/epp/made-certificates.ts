/** An authority with certificates of a server and of clients, made without files for a test. */
import { createHash, X509Certificate } from 'node:crypto';
import { seededRandom } from '#base/random.ts';
import { issueCertificate, type MadeCertificate, makeAuthority } from '#net/own-authority.ts';

export interface MadeIdentity extends MadeCertificate {
  /** Of the DER, lower-case hex: what a registrar's certificate is pinned by. */
  sha256: string;
}

export interface MadeAuthority {
  /** PEM text. */
  certificate: string;
  issue(use: 'server' | 'client', name: string): MadeIdentity;
}

export function makeTestAuthority(name: string, nowMs: number): MadeAuthority {
  const random = seededRandom(nowMs % 1_000_000);
  const authority = makeAuthority(name, nowMs, random);
  return {
    certificate: authority.certificate,
    issue: (use, subject) => {
      const isServer = use === 'server';
      const names = isServer ? ['localhost'] : [];
      const addresses = isServer ? ['127.0.0.1', '::1'] : [];
      const made = issueCertificate(authority, { subject, use, names, addresses }, nowMs, random);
      const { raw } = new X509Certificate(made.certificate);
      return { ...made, sha256: createHash('sha256').update(raw).digest('hex') };
    },
  };
}
