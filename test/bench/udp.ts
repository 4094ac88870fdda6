/**
 * What the UDP loops cost by themselves: dnsperf against a packet thread that only sends queries
 * back, batched and plain. The answer path is not in it. Prints queries per second and CPU time of
 * the server's process per answered query, which is the figure that holds on a busy machine.
 *
 *     node test/bench/udp.ts [SECONDS]
 *
 * For steady figures pin the two: taskset -c 0 node … does so for the server; dnsperf takes core 1.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '#base/log.ts';
import { startPacketThreads } from '#dns/packet/packet-threads.ts';
import { parseListenAddress } from '#net/listen-address.ts';
import { freePort } from '../kit/free-port.ts';
import { packetImplementations, STUB_MODULES } from '../kit/packet-fixture.ts';

const NAMES = 100_000;
const seconds = Number(process.argv[2] ?? 5);

async function runDnsperf(port: number, queries: string): Promise<string> {
  const dnsperf = ['dnsperf', '-s', '127.0.0.1', '-p', String(port), '-d', queries];
  const load = ['-l', String(seconds), '-c', '8', '-q', '1000'];
  const child = spawn('taskset', ['-c', '1', ...dnsperf, ...load]);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.on('error', reject);
  child.on('close', () => resolve());
  await promise;
  return text;
}

const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
try {
  const queries = join(folder, 'queries');
  const lines = Array.from({ length: NAMES }, (_, i) => `name${i}.example.com A`);
  await writeFile(queries, `${lines.join('\n')}\n`);
  for (const implementation of packetImplementations()) {
    const port = await freePort();
    const threads = await startPacketThreads({
      listen: [parseListenAddress(`127.0.0.1:${port}`)],
      threads: 1,
      answerer: undefined,
      slowHandler: () => Promise.resolve(),
      clock: { kind: 'system' },
      log: silentLog(),
      implementation,
      modules: STUB_MODULES,
    });
    const before = process.cpuUsage();
    const text = await runDnsperf(port, queries);
    const { user, system } = process.cpuUsage(before);
    const answered = threads.snapshot([]).responses.reduce((sum, { count }) => sum + count, 0);
    const perSecond = /Queries per second:\s+([\d.]+)/.exec(text)?.[1] ?? '?';
    const lost = /Queries lost:\s+(\d+)/.exec(text)?.[1] ?? '?';
    const cpu = ((user + system) / answered).toFixed(2);
    process.stdout.write(
      `${implementation}: ${perSecond} queries/s, ${lost} lost, ${cpu} us CPU per query\n`,
    );
    await threads.close();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
