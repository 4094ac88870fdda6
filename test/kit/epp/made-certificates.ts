/** An authority with certificates of a server and of clients, made without files for a test. */
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { seededRandom } from '#base/random.ts';
import { type CertificateUse, writeCertificate } from '#net/certificate-writer.ts';

/** PEM texts. */
export interface MadeIdentity {
  certificate: string;
  key: string;
  /** Of the DER, lower-case hex: what a registrar's certificate is pinned by. */
  sha256: string;
}

export interface MadeAuthority {
  certificate: string;
  issue(use: CertificateUse, name: string): MadeIdentity;
}

const HOUR_MS = 3_600_000;
const VALID_MS = 48 * HOUR_MS;

export function makeTestAuthority(name: string, nowMs: number): MadeAuthority {
  const random = seededRandom(nowMs % 1_000_000);
  const authority = makeKeys();
  const write = (use: CertificateUse, subject: string, keys: ReturnType<typeof makeKeys>): string =>
    writeCertificate(
      {
        subject,
        issuer: name,
        use,
        names: use === 'server' ? ['localhost'] : [],
        addresses: use === 'server' ? ['127.0.0.1', '::1'] : [],
        validFromMs: nowMs - HOUR_MS,
        validToMs: nowMs + VALID_MS,
        publicKey: keys.publicKey,
      },
      authority,
      random,
    );
  return {
    certificate: write('authority', name, authority),
    issue: (use, subject) => {
      const keys = makeKeys();
      const certificate = write(use, subject, keys);
      const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' });
      const { raw } = new X509Certificate(certificate);
      return { certificate, key, sha256: createHash('sha256').update(raw).digest('hex') };
    },
  };
}

function makeKeys() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}
