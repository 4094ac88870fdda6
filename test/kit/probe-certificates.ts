/**
 * Certificates of a scripted EPP server and of the probe that tests it, made once for a test file,
 * and the probe's account there.
 */
import { beforeAll } from 'vitest';
import type { EppAccount } from '#sla/probe/epp/epp-account.ts';
import {
  type MadeCertificate,
  makeAuthority,
  makeClientCertificate,
} from './client-certificate.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface ProbeCertificates {
  authority: MadeCertificate;
  /** Of `epp.test`. */
  server: MadeCertificate;
  /** Of `registrar.test`. */
  client: MadeCertificate;
}

/** To be called where the file's tests are declared; filled in before the first of them runs. */
export function probeCertificates(): ProbeCertificates {
  const made = {} as ProbeCertificates;
  beforeAll(async () => {
    const ends: (() => Promise<void>)[] = [];
    const folder = await temporaryFolder((end) => void ends.push(end));
    made.authority = await makeAuthority(folder, 'authority');
    made.server = await makeClientCertificate(folder, made.authority, 'epp.test');
    made.client = await makeClientCertificate(folder, made.authority, 'registrar.test');
    return async () => {
      for (const end of ends) await end();
    };
  });
  return made;
}

/** The account that a scripted server knows, with the probe's certificate. */
export function accountOf(own: ProbeCertificates): EppAccount {
  return {
    tls: { name: 'epp.test', ca: own.authority.certificate, ...own.client },
    id: 'probe',
    objects: [],
    extensions: [],
    readPassword: async () => 'secret&more',
  };
}
