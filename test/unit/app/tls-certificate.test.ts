import { X509Certificate } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TlsCertificate } from '#app/tls-certificate.ts';
import { openClock } from '#base/clock.ts';
import { openLog } from '#base/log.ts';
import { systemRandom } from '#base/random.ts';
import { parseListenAddress } from '#net/listen-address.ts';
import { makeSelfSigned } from '#net/self-signed-certificate.ts';
import type { TlsCredentials } from '#net/tls-gate.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const parts = {
  log: openLog('test', 'silent'),
  clock: openClock({ kind: 'system' }),
  random: systemRandom(),
};

function make(name: string): TlsCredentials {
  return makeSelfSigned({ name, addresses: [], nowMs: Date.now(), random: parts.random });
}

function nameOf({ certificate }: TlsCredentials): string {
  return new X509Certificate(certificate).subject;
}

async function openFiles() {
  const folder = await temporaryFolder();
  const files = { certificate: join(folder, 'c.pem'), key: join(folder, 'k.pem') };
  const put = async ({ certificate, key }: TlsCredentials): Promise<void> => {
    await writeFile(files.certificate, certificate);
    await writeFile(files.key, key);
  };
  await put(make('first'));
  const listen = [parseListenAddress('192.0.2.1:853')];
  return {
    files,
    put,
    open: () => TlsCertificate.open('nameserver.tls', { listen, ...files }, parts),
  };
}

describe('the certificate of a listener', () => {
  it('is made for the addresses where no files are configured', async () => {
    const listen = [parseListenAddress('127.0.0.1:853'), parseListenAddress('[::1]:853')];
    const { credentials } = await TlsCertificate.open('nameserver.tls', { listen }, parts);
    const read = new X509Certificate(credentials.certificate);
    expect(read.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(read.checkIP('::1')).toBe('::1');
  });

  it('is handed on when its files change, and not while they do not fit together', async () => {
    const { files, put, open } = await openFiles();
    const certificate = await open();
    expect(nameOf(certificate.credentials)).toBe('CN=first');
    const used: string[] = [];
    const watch = certificate.watch((credentials) => used.push(nameOf(credentials)));
    onTestFinished(() => watch.close());
    const second = make('second');
    await writeFile(`${files.certificate}.new`, second.certificate);
    await rename(`${files.certificate}.new`, files.certificate);
    await certificate.reload((credentials) => used.push(nameOf(credentials)));
    expect(used).toEqual([]);
    await writeFile(files.key, second.key);
    await expect.poll(() => used, { timeout: 8000 }).toEqual(['CN=second']);
    await put(second);
    await certificate.reload((credentials) => used.push(nameOf(credentials)));
    expect(used).toEqual(['CN=second']);
  });

  it('stays in use when its files go or turn into rubbish', async () => {
    const { files, put, open } = await openFiles();
    const certificate = await open();
    const used: string[] = [];
    const reload = () => certificate.reload((credentials) => used.push(nameOf(credentials)));
    await writeFile(files.certificate, 'rubbish');
    await reload();
    await rm(files.key);
    await reload();
    expect(used).toEqual([]);
    expect(nameOf(certificate.credentials)).toBe('CN=first');
    await put(make('third'));
    await reload();
    expect(used).toEqual(['CN=third']);
  });

  it('is refused at the start where files are missing or do not fit', async () => {
    const { files, open } = await openFiles();
    await writeFile(files.key, make('other').key);
    await expect(open()).rejects.toMatchObject({ code: 'NET_TLS_CREDENTIALS' });
    await rm(files.key);
    await expect(open()).rejects.toMatchObject({ code: 'TLS_FILE' });
  });

  it('comes with the authorities of clients, which change on their own', async () => {
    const folder = await temporaryFolder();
    const clientCa = join(folder, 'clients.pem');
    await writeFile(clientCa, make('one').certificate);
    const listen = [parseListenAddress('127.0.0.1:853')];
    const certificate = await TlsCertificate.open('nameserver.tls', { listen, clientCa }, parts);
    expect(certificate.credentials.clientCa).toContain('BEGIN CERTIFICATE');
    const used: TlsCredentials[] = [];
    const reload = () => certificate.reload((credentials) => used.push(credentials));
    const two = make('two').certificate;
    await writeFile(clientCa, two);
    await reload();
    expect(used).toEqual([{ ...certificate.credentials, clientCa: two }]);
    expect(used[0].key).toBe(certificate.credentials.key);
    await writeFile(clientCa, 'rubbish');
    await reload();
    expect(used).toHaveLength(1);
    await expect(
      TlsCertificate.open('nameserver.tls', { listen, clientCa }, parts),
    ).rejects.toMatchObject({
      code: 'NET_TLS_CREDENTIALS',
    });
  });
});
