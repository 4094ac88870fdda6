import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { systemRandom } from '#base/random.ts';
import { parseListenAddress } from '#net/listen-address.ts';
import type { PeerCertificateFacts } from '#net/peer-certificate.ts';
import { makeSelfSigned } from '#net/self-signed-certificate.ts';
import type { StreamHandler } from '#net/stream-handler.ts';
import { STREAM_LIMITS } from '#net/stream-limits.ts';
import { StreamServer } from '#net/stream-server.ts';
import { TlsGate } from '#net/tls-gate.ts';
import {
  type MadeCertificate,
  makeAuthority,
  makeClientCertificate,
} from '../../kit/client-certificate.ts';
import { freePort } from '../../kit/free-port.ts';
import { openTlsClient } from '../../kit/tls-client.ts';

let folder: string;
let authority: MadeCertificate;
let client: MadeCertificate;
let stranger: MadeCertificate;

/** Gives what each query's connection showed. */
class NotingHandler implements StreamHandler {
  readonly seen: (PeerCertificateFacts | undefined)[] = [];
  handle: StreamHandler['handle'] = (origin, query, at, size, reply, replyAt) => {
    this.seen.push(origin.certificate);
    reply.set(query.subarray(at, at + size), replyAt);
    return size;
  };

  beginBatch(): void {}
  drop(): void {}
  endBatch(): void {}
}

async function openServer(clientCa: string | undefined) {
  const handler = new NotingHandler();
  const own = makeSelfSigned({
    name: 'localhost',
    addresses: [],
    nowMs: Date.now(),
    random: systemRandom(),
  });
  const gate = new TlsGate('dot', { ...own, clientCa });
  const clock = openClock({ kind: 'system' });
  const server = new StreamServer(handler, clock, STREAM_LIMITS, { tls: gate });
  const port = await freePort();
  await server.open({ listen: parseListenAddress(`127.0.0.1:${port}`), index: 0 });
  onTestFinished(() => server.close());
  const ask = async (options: ConnectionOptions): Promise<PeerCertificateFacts | undefined> => {
    const made = await openTlsClient(port, options);
    await made.ask(Uint8Array.of(1, 2));
    return handler.seen.at(-1);
  };
  return { ask, port };
}

const shown = ({ certificate, key }: MadeCertificate): ConnectionOptions => ({
  cert: certificate,
  key,
});

describe('the certificate of a TLS client', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
    authority = await makeAuthority(folder, 'authority');
    client = await makeClientCertificate(folder, authority, 'Secondary.example');
    const other = await makeAuthority(folder, 'other');
    stranger = await makeClientCertificate(folder, other, 'stranger.example');
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is told with its names, over %s', async (version) => {
    const { ask } = await openServer(authority.certificate);
    const versions = { minVersion: version, maxVersion: version };
    const facts = await ask({ ...shown(client), ...versions });
    expect(facts).toMatchObject({ names: ['secondary.example'], isAuthorized: true });
    expect(facts?.fingerprint256).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  it('may be missing, or of another authority: neither ends the connection', async () => {
    const { ask } = await openServer(authority.certificate);
    expect(await ask({})).toBeUndefined();
    const facts = await ask(shown(stranger));
    expect(facts).toMatchObject({ names: ['stranger.example'], isAuthorized: false });
  });

  it('is not asked for without authorities', async () => {
    const { ask } = await openServer(undefined);
    expect(await ask(shown(client))).toBeUndefined();
  });

  it('still counts, and no more than before, when the session goes on later', async () => {
    const { ask, port } = await openServer(authority.certificate);
    for (const made of [client, stranger]) {
      const first = await openTlsClient(port, { ...shown(made), maxVersion: 'TLSv1.2' });
      await first.ask(Uint8Array.of(1, 2));
      const session = first.socket.getSession();
      first.socket.destroy();
      const facts = await ask({ ...shown(made), maxVersion: 'TLSv1.2', session });
      expect(facts?.isAuthorized ?? false).toBe(made === client);
    }
  });

  it('needs authorities that are certificates', () => {
    return expect(openServer('no certificate')).rejects.toMatchObject({
      code: 'NET_TLS_CREDENTIALS',
    });
  });
});
