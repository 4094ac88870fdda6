/**
 * TLS for EPP on a machine of one's own: an authority, the server's certificate for loopback and,
 * where there is a registrar to try things with, that one's certificate and password, as files that
 * only their owner can read. What is there and good for another month stays as it is.
 *
 *     epp/ca.pem  server.pem  registrar-ID.pem    each with its .key
 *         registrar-ID.password
 */
import { X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EPP_FOLDER } from '#app/data-folder.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { writeFileAtomic } from '#base/atomic-file.ts';
import { CodedError, errorCode, fileReason } from '#base/coded-error.ts';
import type { CertificateContent } from '#net/certificate-writer.ts';
import { issueCertificate, type MadeCertificate, makeAuthority } from '#net/own-authority.ts';

const RENEW_BEFORE_MS = 30 * 86_400_000;

/** Paths. */
export interface CertificateFiles {
  certificate: string;
  key: string;
}

export interface DemoAuthority {
  server: CertificateFiles & { clientCa: string };
  /** Where a registrar to try things with was asked for. */
  registrar?: CertificateFiles & {
    id: string;
    passwordFile: string;
    /** SHA-256 of its certificate, as registers keep it. */
    certificateSha256: string;
  };
}

/**
 * Makes what is missing, or ends within a month; call it again now and then.
 * @param address loopback address of the server
 * @throws CodedError EPP_DEMO_FILES
 */
export async function openDemoAuthority(
  {
    data,
    address,
    registrar: id,
  }: { data: string; address: string; registrar?: string | undefined },
  parts: ProcessParts,
): Promise<DemoAuthority> {
  const folder = join(data, EPP_FOLDER);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const ca = filesOf(folder, 'ca');
    const known = await readGood(ca, undefined, parts);
    const authority = known ?? (await keep(ca, madeAuthority(parts)));
    if (known === undefined)
      parts.log.info({ folder }, 'made an authority for EPP on this machine');
    const names = { names: ['localhost'], addresses: [address] };
    const forServer = { ...names, subject: 'localhost', use: 'server' as const };
    await openCertificate(filesOf(folder, 'server'), authority, forServer, parts);
    const opened: DemoAuthority = {
      server: { ...filesOf(folder, 'server'), clientCa: ca.certificate },
    };
    if (id === undefined) return opened;
    const content = { subject: id, use: 'client' as const, names: [], addresses: [] };
    const name = `registrar-${id}`;
    const client = await openCertificate(filesOf(folder, name), authority, content, parts);
    const { fingerprint256 } = new X509Certificate(client.certificate);
    const certificateSha256 = fingerprint256.replaceAll(':', '').toLowerCase();
    const passwordFile = join(folder, `${name}.password`);
    const registrar = { ...filesOf(folder, name), id, passwordFile, certificateSha256 };
    return { ...opened, registrar };
  } catch (error) {
    throw new CodedError('EPP_DEMO_FILES', `${folder}: ${fileReason(error)}`, { cause: error });
  }
}

function madeAuthority({ clock, random }: ProcessParts): MadeCertificate {
  return makeAuthority('Holdfast authority of this machine', clock.nowMs(), random);
}

async function openCertificate(
  files: CertificateFiles,
  authority: MadeCertificate,
  content: Pick<CertificateContent, 'subject' | 'use' | 'names' | 'addresses'>,
  parts: ProcessParts,
): Promise<MadeCertificate> {
  const known = await readGood(files, authority, parts);
  if (known !== undefined && isFor(known, content.addresses)) return known;
  const { clock, random } = parts;
  return keep(files, issueCertificate(authority, content, clock.nowMs(), random));
}

function isFor({ certificate }: MadeCertificate, addresses: readonly string[]): boolean {
  const read = new X509Certificate(certificate);
  return addresses.every((address) => read.checkIP(address) !== undefined);
}

function filesOf(folder: string, name: string): CertificateFiles {
  return { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
}

/** `undefined` where a file is missing, damaged, not the authority's, or ends soon. */
async function readGood(
  files: CertificateFiles,
  authority: MadeCertificate | undefined,
  { clock }: ProcessParts,
): Promise<MadeCertificate | undefined> {
  const [certificate, key] = await Promise.all([files.certificate, files.key].map(readIfAny));
  if (certificate === undefined || key === undefined) return undefined;
  try {
    const read = new X509Certificate(certificate);
    const issuer = authority === undefined ? read : new X509Certificate(authority.certificate);
    if (!read.checkIssued(issuer) || !read.verify(issuer.publicKey)) return undefined;
    const endsAtMs = read.validToDate.getTime();
    return endsAtMs - clock.nowMs() > RENEW_BEFORE_MS ? { certificate, key } : undefined;
  } catch {
    return undefined;
  }
}

async function readIfAny(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function keep(files: CertificateFiles, made: MadeCertificate): Promise<MadeCertificate> {
  await writeFileAtomic(files.key, made.key, 0o600);
  await writeFileAtomic(files.certificate, made.certificate, 0o644);
  return made;
}
