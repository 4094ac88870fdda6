import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '#base/log.ts';
import type { PacketSnapshot } from '#dns/packet/packet-counters.ts';
import { startPacketThreads } from '#dns/packet/packet-threads.ts';
import type { SlowRequest } from '#dns/packet/slow-lane.ts';
import { parseListenAddress } from '#net/listen-address.ts';
import { freePort } from '../../../kit/free-port.ts';
import {
  HAS_IPV6,
  packetImplementations,
  STUB_MODULES,
  startStubThreads,
} from '../../../kit/packet-fixture.ts';
import { refuseSlowRequest } from '../../../kit/refuse-slow-request.ts';
import { buildFrame, openStreamClient } from '../../../kit/stream-client.ts';
import { buildQuery, openUdpClient } from '../../../kit/udp-client.ts';

const LOOPBACKS = ['127.0.0.1', '127.0.0.2', ...(HAS_IPV6 ? ['[::1]'] : [])];
if (!HAS_IPV6) process.stderr.write('skipped: ::1 is not on this machine\n');

function countOf(snapshot: PacketSnapshot, protocol: string): number {
  return snapshot.requests
    .filter((request) => request.protocol === protocol)
    .reduce((sum, request) => sum + request.count, 0);
}

function dropsOf(snapshot: PacketSnapshot, reason: string): number | undefined {
  return snapshot.dropped.find((dropped) => dropped.reason === reason)?.count;
}

describe.each(packetImplementations())('packet threads, %s', (implementation) => {
  it('answer over UDP and TCP on every address, from the address that was asked', async () => {
    const { port, threads } = await startStubThreads(LOOPBACKS, { implementation, threads: 2 });
    expect(threads.implementation).toBe(implementation);
    for (const [i, bracketed] of LOOPBACKS.entries()) {
      const address = bracketed.replaceAll(/[[\]]/g, '');
      const client = await openUdpClient(address.includes(':') ? 6 : 4);
      const query = buildQuery(i, 'example.com');
      const { message, from } = await client.ask(query, port, address);
      expect(from.address).toBe(address);
      expect(message[2]).toBe(0x81);
      const stream = await openStreamClient(port, address);
      stream.write(buildFrame(query));
      await expect.poll(() => stream.frames.length).toBe(1);
      expect([...stream.frames[0]]).toEqual([...message]);
    }
    // A batch's durations are counted after its answers were sent: the client may be faster.
    const totals = () => threads.snapshot([]).durations.map(({ total }) => total);
    await expect.poll(totals).toEqual([LOOPBACKS.length, LOOPBACKS.length, 0]);
    const snapshot = threads.snapshot([0.005, 20]);
    expect(countOf(snapshot, 'udp')).toBe(LOOPBACKS.length);
    expect(countOf(snapshot, 'tcp')).toBe(LOOPBACKS.length);
    const families = new Set(snapshot.requests.map((request) => request.family));
    expect([...families].sort()).toEqual(HAS_IPV6 ? ['ipv4', 'ipv6'] : ['ipv4']);
    for (const duration of snapshot.durations.slice(0, 2)) {
      expect(duration.within[1]).toBe(LOOPBACKS.length);
      expect(duration.total).toBe(LOOPBACKS.length);
      expect(duration.sumSeconds).toBeGreaterThan(0);
    }
  });

  it('answer from the address that was asked when they listen on a wildcard', async () => {
    // The plain sockets know the addresses of interfaces; only 127.0.0.1 is written on loopback's.
    const asked = implementation === 'batched' ? '127.0.0.3' : '127.0.0.1';
    const wildcards = HAS_IPV6 ? ['0.0.0.0', '[::]'] : ['0.0.0.0'];
    const { port } = await startStubThreads(wildcards, { implementation });
    const client = await openUdpClient();
    expect((await client.ask(buildQuery(1, 'x'), port, asked)).from.address).toBe(asked);
    expect((await client.ask(buildQuery(2, 'slow'), port, asked)).from.address).toBe(asked);
    if (!HAS_IPV6) return;
    const client6 = await openUdpClient(6);
    expect((await client6.ask(buildQuery(3, 'x'), port, '::1')).from.address).toBe('::1');
    expect((await client6.ask(buildQuery(4, 'slow'), port, '::1')).from.address).toBe('::1');
  });

  it('share the clients between them', async () => {
    const { port, threads } = await startStubThreads(['127.0.0.1'], { implementation, threads: 3 });
    const clients = await Promise.all(Array.from({ length: 60 }, () => openUdpClient()));
    await Promise.all(
      clients.map((client, i) => client.ask(buildQuery(i, 'x'), port, '127.0.0.1')),
    );
    expect(countOf(threads.snapshot([]), 'udp')).toBe(60);
  });

  it('bring what only the control thread can answer to it, and its answer back', async () => {
    const requests: SlowRequest[] = [];
    const { port, threads } = await startStubThreads(['127.0.0.1', '127.0.0.2'], {
      implementation,
      threads: 2,
      slowHandler: (request, replies) => {
        requests.push(request);
        return refuseSlowRequest(request, replies);
      },
    });
    const client = await openUdpClient();
    const { message, from } = await client.ask(buildQuery(5, 'slow'), port, '127.0.0.2');
    expect(message[3] & 0x0f).toBe(5);
    expect(from.address).toBe('127.0.0.2');
    const stream = await openStreamClient(port);
    stream.write(Buffer.concat(['slow', 'x'].map((name, i) => buildFrame(buildQuery(i, name)))));
    await expect.poll(() => stream.frames.length).toBe(2);
    expect(
      requests.map(({ transport, peer, listen }) => [transport, peer, listen.address]),
    ).toEqual([
      ['udp', { address: '127.0.0.1', port: client.port, family: 4 }, '127.0.0.2'],
      ['tcp', { address: '127.0.0.1', port: stream.socket.localPort, family: 4 }, '127.0.0.1'],
    ]);
    const refused = threads.snapshot([]).responses.filter(({ rcode }) => rcode === 5);
    expect(refused.map(({ protocol, count }) => [protocol, count])).toEqual([
      ['udp', 1],
      ['tcp', 1],
      ['tls', 0],
    ]);
  });

  it('count a slow request without an answer, or whose handler failed, and go on', async () => {
    let failures = 0;
    const { port, threads } = await startStubThreads(['127.0.0.1'], {
      implementation,
      slowHandler: ({ bytes }) => {
        failures += 1;
        return bytes[1] === 1 ? Promise.resolve() : Promise.reject(new Error('broken'));
      },
    });
    const client = await openUdpClient();
    await client.send(buildQuery(1, 'slow'), port, '127.0.0.1');
    await client.send(buildQuery(2, 'slow'), port, '127.0.0.1');
    await expect.poll(() => dropsOf(threads.snapshot([]), 'slow-lane-silent')).toBe(2);
    expect(failures).toBe(2);
    expect((await client.ask(buildQuery(3, 'x'), port, '127.0.0.1')).message[1]).toBe(3);
  });

  it('drop slow requests when the control thread does not keep up, and answer the others', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<undefined>();
    onTestFinished(() => open(undefined));
    const { port, threads } = await startStubThreads(['127.0.0.1'], {
      implementation,
      slowHandler: () => gate,
    });
    const client = await openUdpClient();
    for (let i = 0; i < 600; i++) {
      await client.send(buildQuery(i, 'slow'), port, '127.0.0.1');
      if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await expect
      .poll(() => countOf(threads.snapshot([]), 'udp'), { timeout: 5000 })
      .toBeGreaterThan(500);
    expect(dropsOf(threads.snapshot([]), 'slow-lane-full')).toBeGreaterThan(50);
    expect((await client.ask(buildQuery(700, 'x'), port, '127.0.0.1')).message[1]).toBe(700 & 0xff);
  });

  it('raise NET_ADDRESS_IN_USE for a taken port, UDP or TCP, and leave nothing open', async () => {
    const port = await freePort();
    const start = () =>
      startPacketThreads({
        listen: ['127.0.0.2', '127.0.0.1'].map((a) => parseListenAddress(`${a}:${port}`)),
        threads: 2,
        answerer: undefined,
        slowHandler: refuseSlowRequest,
        clock: { kind: 'system' },
        log: silentLog(),
        implementation,
        modules: STUB_MODULES,
      });
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    await expect(start()).rejects.toMatchObject({ code: 'NET_ADDRESS_IN_USE' });
    server.close();
    await once(server, 'close');
    const udp = createSocket({ type: 'udp4', reusePort: true });
    udp.bind({ port, address: '127.0.0.1', exclusive: true });
    await once(udp, 'listening');
    await expect(start()).rejects.toMatchObject({ code: 'NET_ADDRESS_IN_USE' });
    udp.close();
    await once(udp, 'close');
    const threads = await start();
    await threads.close();
  });

  it('skip an optional address that the machine lacks, and refuse to start without it if not', async () => {
    const port = await freePort();
    const lacking = (isOptional: boolean) =>
      startPacketThreads({
        listen: [
          parseListenAddress(`192.0.2.77:${port}`, isOptional),
          parseListenAddress(`127.0.0.1:${port}`),
        ],
        threads: 1,
        answerer: undefined,
        slowHandler: refuseSlowRequest,
        clock: { kind: 'system' },
        log: silentLog(),
        implementation,
        modules: STUB_MODULES,
      });
    await expect(lacking(false)).rejects.toMatchObject({ code: 'NET_ADDRESS_MISSING' });
    const threads = await lacking(true);
    onTestFinished(() => threads.close());
    expect(threads.listen.map(({ address }) => address)).toEqual(['127.0.0.1']);
    const client = await openUdpClient();
    expect((await client.ask(buildQuery(1, 'x'), port, '127.0.0.1')).message[1]).toBe(1);
  });

  it('refuse an address that is listed twice', async () => {
    await expect(
      startStubThreads(['127.0.0.1', '127.0.0.1'], { implementation }),
    ).rejects.toMatchObject({ code: 'NET_ADDRESS_TWICE' });
  });

  it('close within 2 s, idle streams or not', async () => {
    const { port, threads } = await startStubThreads(['127.0.0.1'], { implementation, threads: 2 });
    const stream = await openStreamClient(port);
    stream.write(buildFrame(buildQuery(1, 'x')));
    await expect.poll(() => stream.frames.length).toBe(1);
    const since = performance.now();
    await threads.close();
    expect(performance.now() - since).toBeLessThan(2000);
    await expect.poll(() => stream.isClosed).toBe(true);
  });
});
