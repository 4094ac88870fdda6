/**
 * A certificate authority that speaks ACME (RFC 8555): pebble, which Let's Encrypt wrote to test
 * clients with. It looks up the TXT records of its dns-01 challenges at the name server that it is
 * given, with real queries, and signs what it finds proven. Its directory is at `localhost` over TLS,
 * under an authority of its own that clients have to be told of.
 */

import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeAuthority, makeClientCertificate } from './client-certificate.ts';
import { freePort } from './free-port.ts';
import { findPeer } from './peers.ts';

const START_TIMEOUT_MS = 10_000;

export interface AcmeAuthority {
  /** URL of the directory. */
  directory: string;
  /** File with the certificate that its TLS is verified with. */
  rootFile: string;
}

/** Resolves when it listens. @param dnsPort of 127.0.0.1, where it looks challenges up */
export async function startAcmeAuthority(
  folder: string,
  dnsPort: number,
  atEnd: (end: () => Promise<void>) => void,
): Promise<AcmeAuthority> {
  const root = await makeAuthority(folder, 'acme-root');
  const { files } = await makeClientCertificate(folder, root, 'localhost');
  const port = await freePort();
  const config = join(folder, 'pebble.json');
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: '',
    certificate: files.certificate,
    privateKey: files.key,
    httpPort: 1,
    tlsPort: 1,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
  };
  await writeFile(config, JSON.stringify({ pebble }));
  const program = findPeer('pebble') ?? 'pebble';
  const child = spawn(program, ['-config', config, '-dnsserver', `127.0.0.1:${dnsPort}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Without its pauses, and without the nonces and proofs that it refuses or takes by chance.
    env: {
      ...process.env,
      PEBBLE_VA_NOSLEEP: '1',
      PEBBLE_WFE_NONCEREJECT: '0',
      PEBBLE_AUTHZREUSE: '0',
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const exited = once(child, 'exit');
  atEnd(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isListening(port))) {
    if (Date.now() > deadline || child.exitCode !== null) throw new Error(`pebble: ${said}`);
    await sleep(20);
  }
  return {
    directory: `https://localhost:${port}/dir`,
    rootFile: root.files.certificate,
  };
}

async function isListening(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: '127.0.0.1', port });
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  const isOpen = await promise;
  socket.destroy();
  return isOpen;
}

/** Of the first certificate in a PEM file: the names that it is for, and whose name signed it. */
export async function readIssued(file: string): Promise<{ names: string[]; issuer: string }> {
  const certificate = new X509Certificate(await readFile(file));
  const names = (certificate.subjectAltName ?? '').split(', ').sort();
  return { names, issuer: certificate.issuer };
}
