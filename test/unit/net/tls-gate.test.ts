import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { systemRandom } from '#base/random.ts';
import { parseListenAddress } from '#net/listen-address.ts';
import { makeSelfSigned } from '#net/self-signed-certificate.ts';
import { STREAM_DROP, type StreamHandler } from '#net/stream-handler.ts';
import { STREAM_LIMITS, type StreamLimits } from '#net/stream-limits.ts';
import { StreamServer } from '#net/stream-server.ts';
import { TlsGate } from '#net/tls-gate.ts';
import { freePort } from '../../kit/free-port.ts';
import { openStreamClient } from '../../kit/stream-client.ts';
import { openTlsClient } from '../../kit/tls-client.ts';

function makeCredentials(name = 'localhost') {
  return makeSelfSigned({ name, addresses: [], nowMs: Date.now(), random: systemRandom() });
}

class EchoHandler implements StreamHandler {
  readonly drops: number[] = [];
  handle: StreamHandler['handle'] = (_origin, query, at, size, reply, replyAt) => {
    reply.set(query.subarray(at, at + size), replyAt);
    return size;
  };

  beginBatch(): void {}

  drop(reason: number): void {
    this.drops.push(reason);
  }

  endBatch(): void {}
}

async function openServer(limits: Partial<StreamLimits> = {}) {
  const handler = new EchoHandler();
  const gate = new TlsGate('dot', makeCredentials());
  const clock = openClock({ kind: 'system' });
  const server = new StreamServer(handler, clock, { ...STREAM_LIMITS, ...limits }, { tls: gate });
  const port = await freePort();
  await server.open({ listen: parseListenAddress(`127.0.0.1:${port}`), index: 0 });
  onTestFinished(() => server.close());
  return { handler, server, gate, port };
}

describe('a stream server behind TLS', () => {
  it('answers frames, in TLS 1.2 and 1.3, with ALPN dot or without ALPN', async () => {
    const { port } = await openServer();
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      for (const ALPNProtocols of [['dot'], ['h2', 'dot'], undefined]) {
        const versions = { minVersion: version, maxVersion: version };
        const client = await openTlsClient(port, {
          ...versions,
          ...(ALPNProtocols && { ALPNProtocols }),
        });
        expect(client.socket.getProtocol()).toBe(version);
        expect(client.socket.alpnProtocol).toBe(ALPNProtocols === undefined ? false : 'dot');
        expect([...(await client.ask(Uint8Array.of(9, 8, 7)))]).toEqual([9, 8, 7]);
      }
    }
  });

  it('refuses TLS 1.1 and a client that wants another protocol, and counts both', async () => {
    const { port, handler, server } = await openServer();
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
    await expect(openTlsClient(port, old)).rejects.toThrow(/alert|protocol|version/i);
    await expect(openTlsClient(port, { ALPNProtocols: ['h2'] })).rejects.toThrow(/alert/);
    await expect.poll(() => handler.drops).toEqual([STREAM_DROP.handshake, STREAM_DROP.handshake]);
    await expect.poll(() => server.connectionCount).toBe(0);
  });

  it('does not renegotiate: each would be another handshake at our cost', async () => {
    const { port } = await openServer();
    const client = await openTlsClient(port, { maxVersion: 'TLSv1.2' });
    const { promise, resolve } = Promise.withResolvers<Error | null>();
    client.socket.renegotiate({ rejectUnauthorized: false }, resolve);
    client.socket.on('error', resolve);
    client.socket.on('close', () => resolve(new Error('closed')));
    expect(await promise).toBeInstanceOf(Error);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'resumes a session in %s, which spares the handshake’s signature, and not over a new certificate',
    async (version) => {
      const { port, gate } = await openServer();
      const versions = { minVersion: version, maxVersion: version };
      const first = await openTlsClient(port, versions);
      const sessions: Buffer[] = [];
      first.socket.on('session', (session: Buffer) => sessions.push(session));
      await first.ask(Uint8Array.of(1));
      const session = sessions.at(-1) ?? first.socket.getSession();
      const again = await openTlsClient(port, { ...versions, session });
      expect(again.socket.isSessionReused()).toBe(true);
      expect([...(await again.ask(Uint8Array.of(2)))]).toEqual([2]);
      gate.replace(makeCredentials('second.example'));
      const later = await openTlsClient(port, { ...versions, session });
      expect(later.socket.isSessionReused()).toBe(false);
      expect(later.socket.getPeerCertificate().subject.CN).toBe('second.example');
    },
  );

  it('ends clients that never finish their handshake, also those that drip it', async () => {
    const { port, handler, server } = await openServer({ frameTimeoutMs: 400 });
    const silent = await openStreamClient(port);
    const dripping = await openStreamClient(port);
    const hello = Uint8Array.of(0x16, 3, 1, 1, 0, 1, 0, 0, 0xfc, 3, 3);
    let sent = 0;
    const drip = setInterval(() => dripping.write(hello.subarray(sent, ++sent)), 100);
    onTestFinished(() => clearInterval(drip));
    await expect.poll(() => silent.isClosed && dripping.isClosed, { timeout: 3000 }).toBe(true);
    expect(handler.drops).toEqual([STREAM_DROP.frameTimeout, STREAM_DROP.frameTimeout]);
    await expect.poll(() => server.connectionCount).toBe(0);
    expect(server.heldSize).toBe(0);
  });

  it('lets a newcomer in while all places are taken by unfinished handshakes', async () => {
    const { port, server } = await openServer({ connectionsMax: 20 });
    for (let i = 0; i < 30; i++) await openStreamClient(port);
    const client = await openTlsClient(port);
    expect([...(await client.ask(Uint8Array.of(1)))]).toEqual([1]);
    expect(server.connectionCount).toBeLessThanOrEqual(20);
  });

  it('closes on plain text and on rubbish inside the handshake', async () => {
    const { port, handler } = await openServer();
    for (const octets of [Buffer.from('GET / HTTP/1.0\r\n\r\n'), Buffer.alloc(5000, 0x16)]) {
      const client = await openStreamClient(port);
      client.write(octets);
      await expect.poll(() => client.isClosed, { timeout: 3000 }).toBe(true);
    }
    expect(handler.drops).toEqual([STREAM_DROP.handshake, STREAM_DROP.handshake]);
  });

  it('shows a new certificate to new clients and keeps the open connections', async () => {
    const { port, gate } = await openServer();
    const before = await openTlsClient(port);
    await before.ask(Uint8Array.of(1));
    gate.replace(makeCredentials('renewed.example'));
    const after = await openTlsClient(port);
    expect(after.socket.getPeerCertificate().subject.CN).toBe('renewed.example');
    expect(before.socket.getPeerCertificate().subject.CN).toBe('localhost');
    expect([...(await before.ask(Uint8Array.of(2)))]).toEqual([2]);
    const mixed = { ...makeCredentials(), key: makeCredentials().key };
    expect(() => gate.replace(mixed)).toThrow(
      expect.objectContaining({ code: 'NET_TLS_CREDENTIALS' }),
    );
    const last = await openTlsClient(port);
    expect(last.socket.getPeerCertificate().subject.CN).toBe('renewed.example');
  });

  it('answers what was asked before the client said that it is done', async () => {
    const { port } = await openServer();
    const client = await openTlsClient(port, { allowHalfOpen: true } as object);
    client.socket.end(Uint8Array.of(0, 1, 5));
    await once(client.socket, 'data');
    expect(client.frames.map((frame) => [...frame])).toEqual([[5]]);
    await expect.poll(() => client.isClosed).toBe(true);
  });
});
