/**
 * Backups of a large store while it changes: what `npm run bench:backup` prints. A zone of a million
 * names is changed 200 times a second at a fixed rate; every tenth change is a batch over two zones
 * that always carry the same number. Meanwhile a full and an incremental backup go to two
 * directories. Printed: how long changes took without and during the backups, counted from when each
 * was due, as times and against those without; then how long a restore takes and the restored
 * server until it answers, and whether both zones of the copy carry the same number. Only the
 * comparison means something on a machine that does other work.
 *
 *     node test/bench/backup.ts [--names 1000000] [--rate 200]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeServerFolder, type ServerFolder } from '../kit/server-process.ts';
import { askUdp } from '../kit/udp-query.ts';
import { type ApiAnswer, ApiClient, startApiServer } from './api-client.ts';
import { quantile } from './change-run.ts';
import { type ChangeWorkload, hostName, writeZones, zoneName } from './change-workload.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/holdfast.mjs', import.meta.url));
const QUIET_MS = 10_000;
/** So many changes of one zone go with each batch over two. */
const SINGLES_PER_BATCH = 9;
const LOCATIONS = `backup:
  schedule: '0 0 1 1 *'
  incremental: never
  drill: never
  locations:
    - { name: disk-1, directory: ./disk-1 }
    - { name: disk-2, directory: ./disk-2 }
`;

const { values: options } = parseArgs({
  options: {
    names: { type: 'string', default: '1000000' },
    rate: { type: 'string', default: '200' },
  },
});
const names = Number(options.names);
const intervalMs = 1000 / Number(options.rate);

/** Changes at a fixed rate, whatever the server does. */
class SteadyChanges {
  readonly #api: ApiClient;
  readonly #ended = new AbortController();
  readonly #running: Promise<void>;
  /** Of all changes, from when they were due, milliseconds. */
  readonly latencies: number[] = [];
  failed = 0;

  constructor(api: ApiClient) {
    this.#api = api;
    this.#running = this.#run();
  }

  /** Resolves when the last is answered. */
  async close(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const startMs = performance.now();
    const open = new Set<Promise<void>>();
    for (let count = 0; !this.#ended.signal.aborted; count++) {
      const dueMs = startMs + count * intervalMs;
      await sleep(Math.max(0, dueMs - performance.now()));
      const change = this.#change(count, dueMs).finally(() => open.delete(change));
      open.add(change);
    }
    await Promise.all(open);
  }

  async #change(count: number, dueMs: number): Promise<void> {
    const isBatch = count % (SINGLES_PER_BATCH + 1) === 0;
    const { status } = await (isBatch ? this.#changeBoth(count) : this.#changeOne(count));
    if (status >= 300) this.failed += 1;
    this.latencies.push(performance.now() - dueMs);
  }

  async #changeOne(count: number): Promise<ApiAnswer> {
    const zone = zoneName(0);
    const rrset = {
      changetype: 'REPLACE',
      ...textOf(`${hostName((count * 7919) % names)}.${zone}`, count),
    };
    return this.#api.call('PATCH', `/api/v1/servers/localhost/zones/${zone}`, { rrsets: [rrset] });
  }

  async #changeBoth(count: number): Promise<ApiAnswer> {
    const zones = [zoneName(0), zoneName(1)].map((zone) => ({
      zone,
      edits: [{ change: 'REPLACE', ...textOf(`count.${zone}`, count) }],
    }));
    return this.#api.call('POST', '/api/holdfast/v1/changes', { zones });
  }
}

function textOf(name: string, count: number) {
  return { name, type: 'TXT', ttl: 60, records: [{ content: `"${count}"` }] };
}

/** @param quiet what it is held against */
function say(what: string, latencies: readonly number[], quiet: readonly number[] = []): void {
  const figures = [0.5, 0.99, 1].map((share) => {
    const factor = quantile(latencies, share) / quantile(quiet, share);
    const against = quiet.length === 0 ? '' : ` (x${factor.toFixed(2)})`;
    return `${quantile(latencies, share).toFixed(1)} ms${against}`;
  });
  const [p50, p99, worst] = figures;
  process.stdout.write(
    `${what.padEnd(28)} ${latencies.length} changes, p50 ${p50}, p99 ${p99}, max ${worst}\n`,
  );
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: string }> {
  const startMs = performance.now();
  const result = await work();
  return { result, seconds: ((performance.now() - startMs) / 1000).toFixed(1) };
}

async function stop(child: ChildProcess): Promise<void> {
  child.removeAllListeners('exit');
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function measureChanges(place: ServerFolder): Promise<void> {
  const server = await startApiServer(place);
  const api = new ApiClient(place.apiUrl, server.key, 64);
  const backups = new ApiClient(place.apiUrl, server.key, 2);
  let failed = 0;
  let quiet: readonly number[] = [];
  let last: readonly number[] = [];
  /** Changes go on for as long as the work does; what waits at its end counts as well. */
  const during = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const changes = new SteadyChanges(api);
    const { result, seconds } = await timed(work);
    await changes.close();
    say(`${what}, ${seconds} s`, changes.latencies, quiet);
    last = changes.latencies;
    failed += changes.failed;
    return result;
  };
  await during('warming up', () => sleep(QUIET_MS));
  await during('no backup', () => sleep(QUIET_MS));
  quiet = last;
  for (const kind of ['full', 'incremental']) {
    const result = await during(`${kind} backup`, () =>
      backups.call('POST', '/api/holdfast/v1/backups', { kind }),
    );
    const { locations } = JSON.parse(result.text) as {
      locations: { verified: boolean; kind: string; sizeBytes: number }[];
    };
    for (const { verified, kind: made, sizeBytes } of locations) {
      process.stdout.write(`  ${made}, verified ${verified}, ${sizeBytes} octets\n`);
    }
  }
  process.stdout.write(`changes refused: ${failed}\n`);
  for (const client of [api, backups]) client.close();
  await stop(server.child);
}

async function measureRestore(place: ServerFolder): Promise<void> {
  await rm(place.data, { recursive: true });
  const args = ['restore', '--from', join(place.folder, 'disk-1'), '--into', place.data];
  const restore = await timed(async () => {
    const child = spawn(process.execPath, [LAUNCHER, ...args], { stdio: 'inherit' });
    const [status] = (await once(child, 'exit')) as [number];
    if (status !== 0) throw new Error(`the restore ended with ${status}`);
  });
  const start = await timed(() => startApiServer(place));
  const counts: string[] = [];
  for (const zone of [zoneName(0), zoneName(1)]) {
    const { answers } = await askUdp({ port: place.dnsPort, name: `count.${zone}`, type: 'TXT' });
    counts.push(JSON.stringify(answers));
  }
  process.stdout.write(
    `restored in ${restore.seconds} s, answering after ${start.seconds} s more\n`,
  );
  const isSame = counts[0].replaceAll('z0.', 'z1.') === counts[1];
  process.stdout.write(`both zones carry the same number: ${isSame}\n`);
  await stop(start.result.child);
}

const root = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
try {
  const place = await makeServerFolder(root, LOCATIONS);
  const large: ChangeWorkload = {
    name: 'large',
    folder: place.zones,
    zoneCount: 1,
    namesPerZone: names,
  };
  await rm(place.zones, { recursive: true });
  await writeZones(large);
  const small = `$ORIGIN ${zoneName(1)}\n$TTL 300\n@ SOA ns.other. host.other. 1 7200 1800 1209600 300\n@ NS ns.other.\n`;
  await writeFile(join(place.zones, `${zoneName(1)}zone`), small);
  await measureChanges(place);
  // What a new machine has: the backups and the configuration, and no master files.
  await rm(place.zones, { recursive: true });
  await mkdir(place.zones);
  await measureRestore(place);
} finally {
  await rm(root, { recursive: true, force: true });
}
