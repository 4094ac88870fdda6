/** Authorities and certificates of TLS clients, made with openssl for a test. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** PEM texts, and the files that hold them. */
export interface MadeCertificate {
  certificate: string;
  key: string;
  files: { certificate: string; key: string };
}

/** An authority named `name`; its files go into `folder`. */
export async function makeAuthority(folder: string, name: string): Promise<MadeCertificate> {
  const files = filesOf(folder, name);
  const out = ['-keyout', files.key, '-out', files.certificate];
  await run('openssl', ['req', '-x509', ...CURVE, '-days', '2', '-subj', `/CN=${name}`, ...out]);
  return readMade(files);
}

/** A client's certificate with `dnsName` in its subjectAltName. */
export async function makeClientCertificate(
  folder: string,
  authority: MadeCertificate,
  dnsName: string,
): Promise<MadeCertificate> {
  const files = filesOf(folder, dnsName);
  const extensions = join(folder, `${dnsName}.ext`);
  const request = join(folder, `${dnsName}.csr`);
  await writeFile(extensions, `subjectAltName=DNS:${dnsName},IP:192.0.2.1\n`);
  const subject = ['-subj', `/CN=${dnsName}`];
  await run('openssl', [
    'req',
    '-new',
    ...CURVE,
    ...subject,
    '-keyout',
    files.key,
    '-out',
    request,
  ]);
  const { files: by } = authority;
  const signing = ['-CA', by.certificate, '-CAkey', by.key, '-CAcreateserial', '-days', '2'];
  const made = ['-extfile', extensions, '-in', request, '-out', files.certificate];
  await run('openssl', ['x509', '-req', ...signing, ...made]);
  return readMade(files);
}

function filesOf(folder: string, name: string): MadeCertificate['files'] {
  return { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
}

async function readMade(files: MadeCertificate['files']): Promise<MadeCertificate> {
  const [certificate, key] = await Promise.all([files.certificate, files.key].map(readText));
  return { certificate, key, files };
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8');
}
