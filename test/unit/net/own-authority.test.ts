// Certificates of an authority of one's own: OpenSSL has to find the chain good in both directions.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '#base/random.ts';
import { issueCertificate, makeAuthority } from '#net/own-authority.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const run = promisify(execFile);
const random = systemRandom();

describe('a certificate of an own authority', () => {
  it.each([
    ['server', 'sslserver'],
    ['client', 'sslclient'],
  ] as const)('serves a %s and nothing else, by the strict rules of RFC 5280', async (use, as) => {
    const folder = await temporaryFolder();
    const authority = makeAuthority('Test authority', Date.now(), random);
    const wanted = { subject: 'localhost', use, names: ['localhost'], addresses: ['127.0.0.1'] };
    const { certificate } = issueCertificate(authority, wanted, Date.now(), random);
    const files = { ca: join(folder, 'ca.pem'), leaf: join(folder, 'leaf.pem') };
    await writeFile(files.ca, authority.certificate);
    await writeFile(files.leaf, certificate);
    const verify = async (purpose: string): Promise<string> => {
      const args = ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', files.ca, files.leaf];
      return (await run('openssl', args)).stdout;
    };
    expect(await verify(as)).toContain('leaf.pem: OK');
    await expect(verify(as === 'sslserver' ? 'sslclient' : 'sslserver')).rejects.toThrow('purpose');
  });

  it('is not valid for longer than its authority', async () => {
    const nowMs = Date.now();
    const authority = makeAuthority('Old', nowMs - 3_600 * 86_400_000, random);
    const wanted = { subject: 'a', use: 'client', names: [], addresses: [] } as const;
    const { certificate } = issueCertificate(authority, wanted, nowMs, random);
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.pem'), certificate);
    const args = ['x509', '-in', join(folder, 'a.pem'), '-noout', '-checkend'];
    expect((await run('openssl', [...args, '4300000'])).stdout).toContain('will not expire');
    await expect(run('openssl', [...args, '4400000'])).rejects.toThrow('Command failed');
  });
});
