// dig and kdig ask with the options that they know, and read what comes back.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { freePort } from '../kit/free-port.ts';
import { findPeer, peersMissing } from '../kit/peers.ts';
import { addNameserverKeys, SAMPLE_ZONE } from '../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';

const run = promisify(execFile);

async function ask(program: string, port: number, ...query: string[]): Promise<string> {
  const place = ['@127.0.0.1', '-p', String(port), '+timeout=5', '+norec'];
  return (await run(findPeer(program) ?? program, [...place, ...query])).stdout;
}

async function startServer() {
  const place = await makeServerFolder(await temporaryFolder());
  await writeFile(join(place.zones, 'example.com.zone'), SAMPLE_ZONE);
  const tlsPort = await freePort();
  await addNameserverKeys(place, [
    'identity: ns1.example.',
    'chaos: { version: "Holdfast test", identity: ns1 }',
    `tls: { listen: ["127.0.0.1:${tlsPort}"] }`,
  ]);
  await ServerProcess.start(place);
  return { port: place.dnsPort, tlsPort };
}

describe.skipIf(peersMissing('dig', 'kdig'))('EDNS options', () => {
  it('are as dig expects them', async () => {
    const { port } = await startServer();
    const first = await ask('dig', port, '+cookie=0102030405060708', '+nsid', 'www.example.com');
    expect(first).toMatch(/COOKIE: 010203040506070801000000[0-9a-f]{24} \(good\)/);
    expect(first).toMatch(/NSID: .*ns1\.example\./);
    const cookie = /COOKIE: ([0-9a-f]{48})/.exec(first)?.[1] ?? '';
    const again = await ask('dig', port, `+cookie=${cookie}`, 'www.example.com');
    expect(again).toContain(`COOKIE: ${cookie} (good)`);
    const stream = await ask('dig', port, '+tcp', '+keepalive', 'www.example.com');
    expect(stream).toMatch(/TCP.KEEPALIVE: 10\.0 secs/i);
    expect(await ask('dig', port, '+short', 'CH', 'TXT', 'version.bind')).toBe('"Holdfast test"\n');
    expect(await ask('dig', port, '+short', 'CH', 'TXT', 'id.server')).toBe('"ns1"\n');
    const version = await ask('dig', port, '+ednsopt=19', 'www.example.com');
    // Two labels, SOA-SERIAL, 2026112201.
    expect(version).toMatch(/(?:OPT=19|ZONEVERSION): 02 00 78 c4 04 c9/);
  });

  it('are as kdig expects them, padding over TLS too', async () => {
    const { port, tlsPort } = await startServer();
    expect(await ask('kdig', port, '+cookie', 'www.example.com')).toMatch(/COOKIE: [0-9a-f]{48}/i);
    const padded = await ask('kdig', tlsPort, '+tls', '+padding', 'www.example.com');
    expect(padded).toMatch(/PADDING: \d+ B/);
    expect(padded).toMatch(/Received 468 B/);
    const bare = await ask('kdig', tlsPort, '+tls', '+nopadding', 'www.example.com');
    expect(bare).not.toMatch(/PADDING/);
    const readable = await ask('kdig', port, '+tcp', '+padding=128', 'www.example.com');
    expect(readable).not.toMatch(/Received 468 B/);
  });
});
