import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemRandom } from '#base/random.ts';
import { makeSelfSigned } from '#net/self-signed-certificate.ts';
import { writeQuery } from '../kit/dns-query.ts';
import { readReply } from '../kit/dns-reply.ts';
import { freePort } from '../kit/free-port.ts';
import { findPeer, peersMissing } from '../kit/peers.ts';
import { addNameserverKeys, SAMPLE_ZONE } from '../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { openTlsClient } from '../kit/tls-client.ts';
import { buildQuery } from '../kit/udp-client.ts';

const run = promisify(execFile);

async function kdig(port: number, ...query: string[]): Promise<string> {
  const place = ['@127.0.0.1', '-p', String(port), '+timeout=5', '+retry=0', '+norec'];
  const { stdout } = await run(findPeer('kdig') ?? 'kdig', [...place, ...query]);
  return stdout;
}

/** A server with TLS, and how to put a certificate of a name in its files. */
async function startServer({ hasFiles }: { hasFiles: boolean }) {
  const folder = await temporaryFolder();
  const place = await makeServerFolder(folder);
  await writeFile(join(place.zones, 'example.com.zone'), SAMPLE_ZONE);
  const port = await freePort();
  const files = { certificate: join(folder, 'c.pem'), key: join(folder, 'k.pem') };
  const install = async (name: string): Promise<string> => {
    const own = { addresses: ['127.0.0.1'], nowMs: Date.now(), random: systemRandom() };
    const made = makeSelfSigned({ name, ...own });
    await writeFile(files.certificate, made.certificate);
    await writeFile(files.key, made.key);
    return made.certificate;
  };
  await install('first.example');
  const named = hasFiles ? `, certificate: ${files.certificate}, key: ${files.key}` : '';
  await addNameserverKeys(place, [`tls: { listen: ["127.0.0.1:${port}"]${named} }`]);
  const server = await ServerProcess.start(place);
  return { server, port, files, install };
}

async function nameShown(port: number): Promise<string | undefined> {
  const client = await openTlsClient(port);
  const shown = client.socket.getPeerCertificate().subject.CN;
  client.socket.destroy();
  return String(shown);
}

describe.skipIf(peersMissing('kdig'))('DNS over TLS', () => {
  it('answers kdig with a certificate of its own, and counts it', async () => {
    const { server, port } = await startServer({ hasFiles: false });
    const text = await kdig(port, '+tls', 'www.example.com', 'A');
    expect(text).toMatch(/TLS session \(TLS1\.3\)/);
    expect(text).toMatch(/status: NOERROR/);
    expect(text).toMatch(/www\.example\.com\.\s+3600\s+IN\s+A\s+192\.0\.2\.80/);
    expect(await kdig(port, '+tls', 'no.example.com', 'A')).toMatch(/status: NXDOMAIN/);
    expect(await kdig(port, '+tls', 'example.org', 'A')).toMatch(/status: REFUSED/);
    const axfr = await kdig(port, '+tls', 'example.com', 'AXFR').catch(String);
    expect(axfr).toMatch(/REFUSED/);
    const metrics = await (await server.api('GET', '/metrics')).text();
    expect(metrics).toMatch(
      /holdfast_dns_requests_total\{proto="tls",family="ipv4",type="A"\} 3\n/,
    );
    expect(metrics).toMatch(/holdfast_dns_responses_total\{proto="tls",rcode="REFUSED"\} 2\n/);
    expect(metrics).toMatch(/request_duration_seconds_count\{proto="tls"\} 3\n/);
  });

  it('is verified by kdig against the configured certificate', async () => {
    const { port, files } = await startServer({ hasFiles: true });
    const trust = [`+tls-ca=${files.certificate}`, '+tls-hostname=first.example'];
    expect(await kdig(port, ...trust, 'www.example.com', 'A')).toMatch(/status: NOERROR/);
    const wrong = kdig(
      port,
      `+tls-ca=${files.certificate}`,
      '+tls-hostname=x.example',
      'example.com',
    );
    await expect(wrong).rejects.toThrow(/Command failed/);
  });

  it('is known to kdig by the pin of its key, and by no other', async () => {
    const { port, files } = await startServer({ hasFiles: true });
    const { publicKey } = new X509Certificate(await readFile(files.certificate));
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const pin = createHash('sha256').update(spki).digest('base64');
    const asked = ['www.example.com', 'A'];
    expect(await kdig(port, '+tls', `+tls-pin=${pin}`, ...asked)).toMatch(/status: NOERROR/);
    const other = createHash('sha256').update('another key').digest('base64');
    await expect(kdig(port, '+tls', `+tls-pin=${other}`, ...asked)).rejects.toThrow(/failed/);
  });

  it('says for how long an idle connection is kept (RFC 7828)', async () => {
    const { port } = await startServer({ hasFiles: false });
    const client = await openTlsClient(port);
    const options = [{ code: 11, data: new Uint8Array() }];
    const fields = { id: 1, name: 'www.example.com.', type: 1 };
    const { edns } = readReply(
      await client.ask(writeQuery({ ...fields, edns: { payloadSize: 1232, options } })),
    );
    expect(edns?.options).toEqual([{ code: 11, data: Buffer.from([0, 100]) }]);
  });

  it('pads answers to blocks of 468 octets where the query is padded, and only there', async () => {
    const { port } = await startServer({ hasFiles: false });
    const client = await openTlsClient(port);
    for (const name of ['www.example.com.', 'no.example.com.', 'example.org.']) {
      const fields = { id: 1, name, type: 1 };
      const options = [{ code: 12, data: new Uint8Array(20) }];
      const padded = writeQuery({ ...fields, edns: { payloadSize: 1232, options } });
      expect((await client.ask(padded)).length).toBe(468);
      const plain = writeQuery({ ...fields, edns: { payloadSize: 1232 } });
      expect((await client.ask(plain)).length).toBeLessThan(200);
    }
  });

  it('takes a new certificate by itself or on SIGHUP, and open connections go on', async () => {
    const { server, port, files, install } = await startServer({ hasFiles: true });
    const open = await openTlsClient(port);
    await open.ask(buildQuery(1, 'www.example.com'));
    await install('second.example');
    await expect.poll(() => nameShown(port), { timeout: 8000 }).toBe('second.example');
    await writeFile(files.key, 'rubbish');
    const isSaid = (): boolean =>
      server.lines.some(({ msg }) => msg === 'certificate not changed; the old one stays in use');
    await expect.poll(isSaid, { timeout: 8000 }).toBe(true);
    expect(await nameShown(port)).toBe('second.example');
    await install('third.example');
    server.child.kill('SIGHUP');
    await expect.poll(() => nameShown(port), { timeout: 1500 }).toBe('third.example');
    expect((await open.ask(buildQuery(2, 'www.example.com')))[3] & 0x0f).toBe(0);
    expect(open.socket.getPeerCertificate().subject.CN).toBe('first.example');
  });
});

describe.skipIf(peersMissing('openssl'))('DNS over TLS, as openssl sees it', () => {
  it('takes no early data: others could send a query again', { timeout: 20_000 }, async () => {
    const { port, files } = await startServer({ hasFiles: false });
    const openssl = findPeer('openssl') ?? 'openssl';
    const session = `${files.key}.session`;
    const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_3', '-sess_out', session];
    const child = execFile(openssl, [...args, '-ign_eof']);
    onTestFinished(() => void child.kill());
    const readSession = async (): Promise<string> => {
      const shown = run(openssl, ['sess_id', '-in', session, '-noout', '-text']);
      return shown.then(({ stdout }) => stdout, String);
    };
    await expect.poll(readSession, { timeout: 10_000 }).toMatch(/Max Early Data: 0\n/);
  });
});
