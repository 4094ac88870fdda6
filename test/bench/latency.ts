/**
 * Whether publishing disturbs answering: the time from question to answer while dnsperf asks half
 * of what the server can answer, first with no changes, then with CHANGES_PER_SECOND published
 * through the admin API, in a zone of ZONE_NAMES names. Goal (docs/operations/performance.md): the
 * 99th percentile within twice the idle one.
 *
 *     node test/bench/latency.ts [SECONDS]
 *
 * Client, dnsperf and server share the machine: read the ratio, not the times.
 */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeQuery } from '../kit/dns-query.ts';
import { findPeer } from '../kit/peers.ts';
import { makeServerFolder } from '../kit/server-process.ts';
import { ApiClient, startApiServer } from './api-client.ts';

const ZONE = '/api/v1/servers/localhost/zones/example.com.';
const ZONE_NAMES = 100_000;
const CHANGES_PER_SECOND = 1000;
const CONNECTIONS = 8;
const SAMPLE_INTERVAL_MS = 2;

const durationMs = Number(process.argv[2] ?? 10) * 1000;

/** Runs dnsperf; `rate` 0 for as fast as it goes. Resolves with questions answered a second. */
async function runDnsperf(port: number, file: string, rate: number): Promise<number> {
  const seconds = String(durationMs / 1000);
  const args = ['-s', '127.0.0.1', '-p', String(port), '-d', file, '-l', seconds, '-c', '4'];
  if (rate > 0) args.push('-Q', String(rate));
  const child = spawn(findPeer('dnsperf') ?? 'dnsperf', args);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await once(child, 'exit');
  return Number(/Queries per second:\s+([\d.]+)/.exec(said)?.[1] ?? Number.NaN);
}

/** One question at a time until told to stop; the times in milliseconds. */
async function sample(port: number, isOver: () => boolean): Promise<number[]> {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const times: number[] = [];
  for (let id = 0; !isOver(); id = (id + 1) & 0xffff) {
    const query = writeQuery({ id, name: `n${id}.example.com`, type: 1 });
    const answered = once(socket, 'message', { signal: AbortSignal.timeout(2000) });
    const begun = performance.now();
    socket.send(query);
    await answered.catch(() => undefined);
    times.push(performance.now() - begun);
    await sleep(SAMPLE_INTERVAL_MS);
  }
  socket.close();
  return times;
}

/** Publishes at the wanted rate, as far as the machine can; resolves with changes made. */
async function publish(api: ApiClient, isOver: () => boolean): Promise<number> {
  let changes = 0;
  const begun = performance.now();
  const connection = async (): Promise<void> => {
    while (!isOver()) {
      const aheadMs = (changes * 1000) / CHANGES_PER_SECOND - (performance.now() - begun);
      if (aheadMs > 0) await sleep(aheadMs);
      const records = [{ content: `192.0.2.${changes % 250}`, disabled: false }];
      const name = `n${(changes * 7919) % ZONE_NAMES}.example.com.`;
      changes += 1;
      const rrset = { name, type: 'A', ttl: 60, changetype: 'REPLACE', records };
      const { status, text } = await api.call('PATCH', ZONE, { rrsets: [rrset] });
      if (status !== 204) throw new Error(`${status} ${text}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return changes;
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
const place = await makeServerFolder(folder);
const names = Array.from({ length: ZONE_NAMES }, (_, index) => `n${index} A 192.0.2.1\n`);
const head = '$TTL 60\n@ SOA ns.example.net. h.example.net. 1 2 3 4 5\n@ NS ns.example.net.\n';
await writeFile(join(place.zones, 'example.com.zone'), head + names.join(''));
const queries = join(folder, 'queries');
await writeFile(queries, names.map((_, index) => `n${index}.example.com A`).join('\n'));
const { child, key } = await startApiServer(place);
const api = new ApiClient(place.apiUrl, key, CONNECTIONS);
try {
  const rateMax = await runDnsperf(place.dnsPort, queries, 0);
  const rate = Math.round(rateMax / 2);
  process.stdout.write(`at most ${Math.round(rateMax)} q/s; measuring at ${rate} q/s\n`);
  const p99: number[] = [];
  for (const isPublishing of [false, true]) {
    let isDone = false;
    const isOver = (): boolean => isDone;
    const published = isPublishing ? publish(api, isOver) : Promise.resolve(0);
    const sampled = sample(place.dnsPort, isOver);
    const answered = await runDnsperf(place.dnsPort, queries, rate);
    isDone = true;
    const times = await sampled;
    p99.push(quantile(times, 0.99));
    const changes = Math.round(((await published) * 1000) / durationMs);
    process.stdout.write(
      `${changes} changes/s, ${Math.round(answered)} q/s: p50 ${quantile(times, 0.5).toFixed(2)} ` +
        `ms, p99 ${quantile(times, 0.99).toFixed(2)} ms of ${times.length}\n`,
    );
  }
  process.stdout.write(`p99 with changes / without: ${(p99[1] / p99[0]).toFixed(2)}\n`);
} finally {
  api.close();
  child.kill('SIGTERM');
  await once(child, 'exit');
  await rm(folder, { recursive: true, force: true });
}
