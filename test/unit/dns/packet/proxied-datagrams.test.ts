import { describe, expect, it } from 'vitest';
import type { SlowRequest } from '#dns/packet/slow-lane.ts';
import { packetImplementations, startStubThreads } from '../../../kit/packet-fixture.ts';
import { buildProxyHeader } from '../../../kit/proxy-header.ts';
import { buildFrame, openStreamClient } from '../../../kit/stream-client.ts';
import { buildQuery, openUdpClient } from '../../../kit/udp-client.ts';

const NAMED = { address: '203.0.113.7', port: 4711, family: 4 };
const NAMED6 = { address: '2001:db8::7', port: 4712, family: 6 };

function headerOf({ address, port }: { address: string; port: number }): Uint8Array {
  const destination = address.includes(':') ? '2001:db8::53' : '198.51.100.53';
  return buildProxyHeader({ source: address, destination, port });
}

function startRecording(implementation: 'batched' | 'plain', seen: SlowRequest[]) {
  return startStubThreads(['127.0.0.1'], {
    implementation,
    proxies: ['127.0.0.0/8'],
    slowHandler: async (request, replies) => {
      seen.push(request);
      await replies.send(request.bytes);
    },
  });
}

describe.each(packetImplementations())('proxied queries, %s', (implementation) => {
  it('reach the slow lane as the client that was named; the reply goes to the proxy', async () => {
    const seen: SlowRequest[] = [];
    const { port } = await startRecording(implementation, seen);
    const proxy = await openUdpClient();
    for (const [i, named] of [NAMED, NAMED6].entries()) {
      const query = buildQuery(i, 'slow');
      await proxy.send(Uint8Array.from([...headerOf(named), ...query]), port, '127.0.0.1');
      await expect.poll(() => proxy.replies.length).toBe(i + 1);
      expect([...proxy.replies[i].message]).toEqual([...query]);
    }
    expect(seen.map(({ peer }) => peer)).toEqual([NAMED, NAMED6]);
    await proxy.ask(buildQuery(9, 'slow'), port, '127.0.0.1');
    expect(seen[2].peer).toEqual({ address: '127.0.0.1', port: proxy.port, family: 4 });
  });

  it('are of the named client’s family in the counters', async () => {
    const { port, threads } = await startRecording(implementation, []);
    const proxy = await openUdpClient();
    await proxy.send(
      Uint8Array.from([...headerOf(NAMED6), ...buildQuery(1, 'x')]),
      port,
      '127.0.0.1',
    );
    await expect.poll(() => proxy.replies.length).toBe(1);
    expect(threads.snapshot([]).requests).toMatchObject([{ family: 'ipv6', count: 1 }]);
  });

  it('reach the slow lane over streams as well', async () => {
    const seen: SlowRequest[] = [];
    const { port } = await startRecording(implementation, seen);
    const stream = await openStreamClient(port);
    stream.write(Uint8Array.from([...headerOf(NAMED), ...buildFrame(buildQuery(3, 'slow'))]));
    await expect.poll(() => stream.frames.length).toBe(1);
    expect(seen.map(({ peer }) => peer)).toEqual([NAMED]);
  });
});
