/**
 * Zones signed by other people's programs (BIND's dnssec-signzone, ldns-signzone), with every shape
 * of answer in them that DNSSEC has rules for, and the DS records that vouch for them.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { printedBy, runProgram } from './run-program.ts';

export interface SigningOptions {
  /** With its final dot. */
  zone: string;
  /** As dnssec-keygen calls it. */
  algorithm: string;
  denial: 'nsec' | 'nsec3' | 'opt-out';
  signer?: 'bind' | 'ldns';
  /** Iterations of NSEC3. */
  iterations?: number;
  /** Seconds from now; by default an hour ago and in thirty days. */
  inception?: number;
  expiration?: number;
  /** Records beside those that every zone here has. */
  records?: string;
}

export interface SignedZone {
  zone: string;
  /** Path of the signed master file. */
  file: string;
  /** DS records of its keys, as a parent has them. */
  ds: string[];
  /** Its DNSKEY records. */
  dnskeys: string[];
}

/** The programs that `peersMissing` should ask for. */
export const SIGNING_PROGRAMS = ['dnssec-keygen', 'dnssec-signzone', 'dnssec-dsfromkey'];

const RSA_SIZE = '2048';
const BODY = `
@ 300 SOA ns1 hostmaster 7 3600 900 604800 60
@ 300 NS ns1
@ 300 MX 10 Mail.Example.NET.
ns1 300 A 192.0.2.1
www 300 A 192.0.2.2
www 300 A 192.0.2.3
www 300 AAAA 2001:db8::2
www 300 TXT "one" "two"
Alias 300 CNAME WWW
out 300 CNAME www.other.example.
lost 300 CNAME missing
b.c 300 A 192.0.2.4
srv 300 SRV 1 2 443 WWW
np 300 NAPTR 1 2 "s" "x" "" Target.Other.Example.
rp 300 RP Host.Master Text.Record
opaque 300 TYPE65400 \\# 4 0a0b0c0d
*.wild 300 TXT "wild"
*.deep.wild 300 TXT "deeper"
*.wc 300 CNAME www
dn 300 DNAME tree
x.tree 300 A 192.0.2.5
signed 300 NS ns1.signed
signed 300 DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
ns1.signed 300 A 192.0.2.6
unsigned 300 NS ns1.unsigned
ns1.unsigned 300 A 192.0.2.7
only.below 300 NS ns1.other.example.
`;

/** Keys and files go into `folder`. */
export async function signZone(folder: string, options: SigningOptions): Promise<SignedZone> {
  const { zone, algorithm, signer = 'bind' } = options;
  const size = algorithm.startsWith('RSA') ? ['-b', RSA_SIZE] : [];
  const names: string[] = [];
  for (const kind of [['-f', 'KSK'], []]) {
    const args = ['-q', '-K', folder, '-a', algorithm, ...size, ...kind, zone];
    const printed = printedBy(await runProgram('dnssec-keygen', args));
    // Warnings about old algorithms come first.
    names.push(printed.trim().split('\n').at(-1) ?? '');
  }
  const texts = await Promise.all(
    names.map((name) => readFile(join(folder, `${name}.key`), 'utf8')),
  );
  const dnskeys = texts.flatMap((text) => text.split('\n').filter((line) => /^[^;]/.test(line)));
  const file = join(folder, `${zone}zone`);
  await writeFile(
    file,
    `$ORIGIN ${zone}\n${BODY}${options.records ?? ''}\n${dnskeys.join('\n')}\n`,
  );
  const sign = signer === 'bind' ? signWithBind : signWithLdns;
  await sign(folder, file, names, options);
  const from = await runProgram('dnssec-dsfromkey', ['-2', join(folder, `${names[0]}.key`)]);
  return { zone, file: `${file}.signed`, ds: printedBy(from).trim().split('\n'), dnskeys };
}

async function signWithBind(
  folder: string,
  file: string,
  names: readonly string[],
  { zone, denial, iterations = 0, inception, expiration }: SigningOptions,
): Promise<void> {
  const nsec3 = ['-3', 'ab01', '-H', String(iterations)];
  const denials = { nsec: [], nsec3, 'opt-out': [...nsec3, '-A'] }[denial];
  const begin = inception === undefined ? [] : ['-s', offset(inception)];
  const end = expiration === undefined ? [] : ['-e', offset(expiration)];
  const times = [...begin, ...end];
  const keys = names.map((name) => join(folder, name));
  const [ksk = '', zsk = ''] = keys;
  const args = ['-q', '-P', '-d', folder, '-o', zone, ...times, ...denials];
  printedBy(await runProgram('dnssec-signzone', [...args, '-k', ksk, file, zsk]));
}

async function signWithLdns(
  folder: string,
  file: string,
  names: readonly string[],
  { zone, denial }: SigningOptions,
): Promise<void> {
  const nsec3 = ['-n', '-s', 'ab01', '-t', '0'];
  const denials = { nsec: [], nsec3, 'opt-out': [...nsec3, '-p'] }[denial];
  const keys = names.map((name) => join(folder, name));
  // By default the signatures begin this second.
  const begin = ['-i', String(Math.floor(Date.now() / 1000) - 3600)];
  const args = ['-o', zone, ...begin, ...denials, '-f', `${file}.signed`, file, ...keys];
  printedBy(await runProgram('ldns-signzone', args));
}

/** Relative to now, as dnssec-signzone reads it. */
function offset(seconds: number): string {
  return `now${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}`;
}
