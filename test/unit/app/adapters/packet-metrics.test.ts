import { spawnSync } from 'node:child_process';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { watchPackets } from '#app/adapters/packet-metrics.ts';
import { startStubThreads } from '../../../kit/packet-fixture.ts';
import { findPeer, peersMissing } from '../../../kit/peers.ts';
import { buildQuery, openUdpClient } from '../../../kit/udp-client.ts';

async function scrapeAfter(types: number[]): Promise<string> {
  const { port, threads } = await startStubThreads(['127.0.0.1']);
  const registry = new Registry();
  watchPackets(registry, threads);
  const client = await openUdpClient();
  for (const [i, type] of types.entries()) {
    await client.ask(buildQuery(i, 'x', type), port, '127.0.0.1');
  }
  // A batch's durations are counted after its answers were sent: the client may be faster.
  const counted = () => threads.snapshot([]).durations.reduce((sum, { total }) => sum + total, 0);
  await expect.poll(counted).toBe(types.length);
  return registry.metrics();
}

describe('the metrics of packet threads', () => {
  it('count what was asked, answered and how long it took', async () => {
    const text = await scrapeAfter([1, 1, 1]);
    expect(text).toContain('holdfast_dns_requests_total{proto="udp",family="ipv4",type="A"} 3\n');
    expect(text).toContain('holdfast_dns_responses_total{proto="udp",rcode="NOERROR"} 3\n');
    expect(text).toContain(
      'holdfast_dns_request_duration_seconds_bucket{proto="udp",le="+Inf"} 3\n',
    );
    expect(text).toContain('holdfast_dns_request_duration_seconds_count{proto="udp"} 3\n');
    expect(text).toMatch(/holdfast_dns_request_duration_seconds_sum\{proto="udp"\} 0\.\d+\n/);
  });

  it('are there at 0 before anything happened', async () => {
    const text = await scrapeAfter([]);
    expect(text).toContain('holdfast_dns_responses_total{proto="tcp",rcode="REFUSED"} 0\n');
    expect(text).toContain('holdfast_dns_dropped_total{reason="slow-lane-full"} 0\n');
    expect(text).toContain('holdfast_packet_thread_restarts_total 0\n');
  });

  it('have no bucket that counts less than the one before it', async () => {
    const text = await scrapeAfter([1, 1]);
    const counts = [...text.matchAll(/_bucket\{proto="udp",le="[^"]+"\} (\d+)/g)].map(([, n]) =>
      Number(n),
    );
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(counts.at(-1)).toBe(2);
  });

  it.skipIf(peersMissing('promtool'))('pass promtool check metrics', async () => {
    const { status, stdout, stderr } = spawnSync(findPeer('promtool') ?? '', ['check', 'metrics'], {
      input: await scrapeAfter([1]),
      encoding: 'utf8',
    });
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });
});
