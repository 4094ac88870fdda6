/** Zone transfer over TLS (RFC 9103) to kdig and BIND: required, and only to a known certificate. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeAuthority, makeClientCertificate } from '../../kit/client-certificate.ts';
import { writeQuery } from '../../kit/dns-query.ts';
import { readReply } from '../../kit/dns-reply.ts';
import { freePort } from '../../kit/free-port.ts';
import { CONFIGURATIONS, runPeer } from '../../kit/peer-server.ts';
import { findPeer, peersMissing } from '../../kit/peers.ts';
import { addNameserverKeys, SAMPLE_ZONE } from '../../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { openTlsClient } from '../../kit/tls-client.ts';

const run = promisify(execFile);
const ZONE = 'example.com.';

/** A server that transfers over TLS only, to whom our authority calls ns2.example. */
async function startServer() {
  const folder = await temporaryFolder();
  const authority = await makeAuthority(folder, 'authority');
  const ns1 = await makeClientCertificate(folder, authority, 'ns1.example');
  const ns2 = await makeClientCertificate(folder, authority, 'ns2.example');
  const other = await makeClientCertificate(folder, authority, 'other.example');
  const place = await makeServerFolder(folder);
  const tlsPort = await freePort();
  await addNameserverKeys(place, [
    `tls: { listen: ["127.0.0.1:${tlsPort}"], clientCa: ${authority.files.certificate},`,
    `  certificate: ${ns1.files.certificate}, key: ${ns1.files.key} }`,
    'transfer: { allow: ["cert:ns2.example@127.0.0.0/8"], tls: required }',
  ]);
  await writeFile(join(place.zones, `${ZONE}zone`), `$ORIGIN ${ZONE}\n${SAMPLE_ZONE}`);
  const server = await ServerProcess.start(place);
  return { server, tlsPort, folder, authority, ns2, other };
}

async function kdig(port: number, ...args: string[]): Promise<string> {
  const place = ['@127.0.0.1', '-p', `${port}`, '+retry=0', '+edns'];
  try {
    return (await run(findPeer('kdig') ?? 'kdig', [...place, ...args, ZONE, 'AXFR'])).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

describe.skipIf(peersMissing('kdig', 'openssl'))('over TLS, kdig', () => {
  it('gets the zone with the right certificate, and not otherwise', async () => {
    const { server, tlsPort, ns2, other } = await startServer();
    const shown = ({ files }: typeof ns2) => [
      `+tls-certfile=${files.certificate}`,
      `+tls-keyfile=${files.key}`,
    ];
    expect(await kdig(tlsPort, '+tls', ...shown(ns2))).toMatch(/\*\.wild\.example\.com\..*TXT/);
    expect(await kdig(tlsPort, '+tls', ...shown(other))).toMatch(/REFUSED/);
    expect(await kdig(tlsPort, '+tls')).toMatch(/REFUSED/);
    expect(await kdig(server.place.dnsPort)).toMatch(/REFUSED/);
    const reasons = server.lines.filter(({ msg }) => msg === 'transfer refused');
    expect(reasons.map(({ reason }) => reason)).toEqual([
      'this address is not allowed to transfer the zone',
      'this address is not allowed to transfer the zone',
      'transfers need TLS',
    ]);
  });

  it('is refused the zone over TLS 1.2, over which queries are answered', async () => {
    const { server, tlsPort, ns2 } = await startServer();
    const { certificate: cert, key } = ns2;
    const old = await openTlsClient(tlsPort, { cert, key, maxVersion: 'TLSv1.2' });
    expect(old.socket.getProtocol()).toBe('TLSv1.2');
    const ask = async (type: number) => old.ask(writeQuery({ id: 1, name: ZONE, type }));
    expect(readReply(await ask(6))).toMatchObject({ rcode: 0 });
    expect(readReply(await ask(252))).toMatchObject({ rcode: 5, answer: [] });
    const reasons = server.lines.filter(({ msg }) => msg === 'transfer refused');
    expect(reasons.map(({ reason }) => reason)).toEqual(['transfers over TLS need TLS 1.3']);
    const now = await openTlsClient(tlsPort, { cert, key });
    expect((await now.ask(writeQuery({ id: 2, name: ZONE, type: 252 })))[7]).toBeGreaterThan(1);
  });
});

describe.skipIf(peersMissing('named', 'dig', 'openssl'))('over TLS, BIND', () => {
  it('fetches the zone as a secondary', async () => {
    const { server, tlsPort, folder, authority, ns2 } = await startServer();
    const own = join(folder, 'bind');
    await mkdir(own);
    const port = await freePort();
    const { text, args } = CONFIGURATIONS.bind(own, port, new Map());
    const tls = `tls ours {
  key-file "${ns2.files.key}"; cert-file "${ns2.files.certificate}";
  ca-file "${authority.files.certificate}"; remote-hostname "ns1.example";
};
zone "${ZONE}" { type secondary; primaries { 127.0.0.1 port ${tlsPort} tls ours; }; file "db"; };
`;
    const peer = await runPeer('bind', own, port, { text: text + tls, args }, [ZONE]);
    onTestFinished(async () => peer.close());
    const [sent] = server.lines.filter(({ msg }) => msg === 'zone sent');
    expect(sent).toMatchObject({ transport: 'tls', form: 'axfr', zone: ZONE });
  });
});
