/**
 * Whether publishing disturbs answering: the time from question to answer while dnsperf asks half
 * of what the server can answer: alone, then with as many reads a second over the admin API as
 * there will be changes, then with those changes made by DNS UPDATE (the cheapest client, as
 * everybody shares the machine) and published, in a zone of ZONE_NAMES names. Goal
 * (docs/operations/performance.md): the 99th percentile within twice the idle one.
 *
 *     node test/bench/latency.ts [SECONDS] [--unpinned]
 *
 * The packet thread has core 0 for itself (`nameserver.cores`), everything else shares the others;
 * `--unpinned` leaves placing to the kernel. Read the ratio, not the times.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { pinProcess } from '#net/thread-cores.ts';
import { findPeer } from '../kit/peers.ts';
import { makeServerFolder } from '../kit/server-process.ts';
import { ApiClient, startApiServer } from './api-client.ts';
import { openDoor } from './change-door.ts';

const ZONE = 'example.com.';
const ZONE_PATH = `/api/v1/servers/localhost/zones/${ZONE}`;
const ZONE_NAMES = 100_000;
const REQUESTS_PER_SECOND = 1000;
const CONNECTIONS = 32;

const isPinned = !process.argv.includes('--unpinned');
const durationMs = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 10) * 1000;
const otherCores = Array.from({ length: availableParallelism() - 1 }, (_, index) => index + 1);

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

/** Times in milliseconds of single questions, asked by a thread of their own until told to stop. */
function startSampling(port: number): { stop: () => Promise<number[]> } {
  const sampler = new Worker(new URL('./latency-sampler.ts', import.meta.url), {
    workerData: { port },
  });
  const sampled = once(sampler, 'message');
  return {
    stop: async () => {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a window
      sampler.postMessage('stop');
      const [times] = (await sampled) as [number[]];
      return times;
    },
  };
}

/** What keeps the control thread busy meanwhile. */
type Work = 'nothing' | 'reads' | 'changes';

/** Requests at the wanted rate, as far as the machine can; resolves with how many. */
async function work(api: ApiClient, kind: Work, isOver: () => boolean): Promise<number> {
  if (kind === 'nothing') return 0;
  let requests = 0;
  const begun = performance.now();
  const connection = async (): Promise<void> => {
    const door = await openDoor({ api: undefined, dnsPort: place.dnsPort }, 'update');
    while (!isOver()) {
      const aheadMs = (requests * 1000) / REQUESTS_PER_SECOND - (performance.now() - begun);
      if (aheadMs > 0) await sleep(aheadMs);
      const owner = `n${(requests * 7919) % ZONE_NAMES}.${ZONE}`;
      requests += 1;
      if (kind === 'reads') await api.call('GET', `${ZONE_PATH}?rrset_name=${owner}`);
      else await door.change({ zone: ZONE, owner }, String(requests));
    }
    door.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return requests;
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
const cores = isPinned
  ? `cores: { packets: [0], others: [${otherCores.join(', ')}] }`
  : 'threads: 1';
const text = await readFile(place.config, 'utf8');
const keys = `${cores}\n  update: { allow: [127.0.0.1] }`;
await writeFile(place.config, text.replace('threads: 1', keys));
// Also what this process starts from here on.
if (isPinned) pinProcess(otherCores);
const { child, key } = await startApiServer(place);
const api = new ApiClient(place.apiUrl, key, CONNECTIONS);
try {
  const rateMax = await runDnsperf(place.dnsPort, queries, 0);
  const rate = Math.round(rateMax / 2);
  process.stdout.write(`at most ${Math.round(rateMax)} q/s; measuring at ${rate} q/s\n`);
  const p99 = new Map<Work, number>();
  for (const kind of ['nothing', 'reads', 'changes'] as const) {
    let isDone = false;
    const worked = work(api, kind, () => isDone);
    const sampler = startSampling(place.dnsPort);
    const answered = await runDnsperf(place.dnsPort, queries, rate);
    isDone = true;
    const times = await sampler.stop();
    p99.set(kind, quantile(times, 0.99));
    const requests = Math.round(((await worked) * 1000) / durationMs);
    process.stdout.write(
      `${requests} ${kind}/s, ${Math.round(answered)} q/s: p50 ${quantile(times, 0.5).toFixed(2)} ` +
        `ms, p99 ${quantile(times, 0.99).toFixed(2)} ms of ${times.length}\n`,
    );
  }
  const [idle, reads, changes] = [...p99.values()];
  process.stdout.write(`p99 with changes / idle: ${(changes / idle).toFixed(2)}, `);
  process.stdout.write(`with changes / with reads: ${(changes / reads).toFixed(2)}\n`);
} finally {
  api.close();
  child.kill('SIGTERM');
  await once(child, 'exit');
  await rm(folder, { recursive: true, force: true });
}
