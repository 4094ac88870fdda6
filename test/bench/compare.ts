/**
 * NSD, Knot DNS and ours side by side in one run: what `npm run bench` prints. Servers are pinned
 * to core 0 and dnsperf to core 1; each figure is the median of several rounds, and CPU time per
 * answered query is the one that holds on a machine that others use too.
 *
 *     node test/bench/compare.ts [--quick] [--only hosting|TLD|signed] [--seconds N] [--rounds N]
 *
 * Not a gate: it fails only when a server does.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs, promisify } from 'node:util';
import { peersMissing } from '../kit/peers.ts';
import { BenchServer, type ServerKind } from './bench-server.ts';
import {
  FULL_SIZES,
  makeHosting,
  makeSigned,
  makeTld,
  QUICK_SIZES,
  type Workload,
} from './workload.ts';

interface Figures {
  qps: number;
  cpuUs: number;
  lost: number;
  loadMs: number;
  restartMs: number;
  octetsPerRecord: number;
}

const KINDS: readonly ServerKind[] = ['nsd', 'knot', 'holdfast'];
const MAKERS = [makeHosting, makeTld, makeSigned];

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    servers: { type: 'string', default: KINDS.join(',') },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
  },
});
const seconds = Number(options.seconds ?? (options.quick ? 1 : 5));
const rounds = Number(options.rounds ?? (options.quick ? 1 : 5));
const run = promisify(execFile);

async function askAll(
  port: number,
  { queries, dnssecOk }: Workload,
): Promise<{ qps: number; answered: number; lost: number }> {
  const asked = ['dnsperf', '-s', '127.0.0.1', '-p', String(port), '-d', queries];
  const load = ['-l', String(seconds), '-c', '8', '-q', '1000', ...(dnssecOk ? ['-e', '-D'] : [])];
  const { stdout } = await run('taskset', ['-c', '1', ...asked, ...load], { maxBuffer: 1 << 26 });
  const figure = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? Number.NaN);
  return {
    qps: figure(/Queries per second:\s+([\d.]+)/),
    answered: figure(/Queries completed:\s+(\d+)/),
    lost: figure(/Queries lost:\s+(\d+)/),
  };
}

async function measure(
  kind: ServerKind,
  folder: string,
  workload: Workload,
  emptyBytes: number,
): Promise<Figures> {
  const { zones, folder: zoneFolder, records } = workload;
  const place = join(folder, workload.name);
  const first = await BenchServer.start(kind, place, zones, zoneFolder);
  await first.settle();
  const octetsPerRecord = (first.memoryBytes() - emptyBytes) / records;
  const perRound: { qps: number; cpuUs: number; lost: number }[] = [];
  await askAll(first.port, workload);
  for (let round = 0; round < rounds; round++) {
    const before = first.cpuUs();
    const { qps, answered, lost } = await askAll(first.port, workload);
    perRound.push({ qps, cpuUs: (first.cpuUs() - before) / answered, lost });
  }
  await first.stop();
  const again = await BenchServer.start(kind, place, zones, zoneFolder);
  await again.stop();
  return {
    qps: median(perRound.map(({ qps }) => qps)),
    cpuUs: median(perRound.map(({ cpuUs }) => cpuUs)),
    lost: Math.max(...perRound.map(({ lost }) => lost)),
    loadMs: first.readyMs,
    restartMs: again.readyMs,
    octetsPerRecord,
  };
}

/** Memory of a server with a zone of one record or so. */
async function emptyMemory(kind: ServerKind, folder: string): Promise<number> {
  const zones = new Map([['empty.', join(folder, 'empty.zone')]]);
  const server = await BenchServer.start(kind, join(folder, 'none'), zones, folder);
  await server.settle();
  const bytes = server.memoryBytes();
  await server.stop();
  return bytes;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function ratio(value: number, reference: number | undefined): string {
  return reference === undefined ? '' : ` (${(value / reference).toFixed(2)})`;
}

function print({ name, records }: Workload, all: Map<ServerKind, Figures>): void {
  const nsd = all.get('nsd');
  process.stdout.write(`\n${name}: ${records} records; in brackets the ratio to NSD\n`);
  for (const [kind, figures] of all) {
    const { qps, cpuUs, lost, loadMs, restartMs, octetsPerRecord } = figures;
    const cells = [
      `${qps.toFixed(0)} qps${ratio(qps, nsd?.qps)}`,
      `${cpuUs.toFixed(2)} us CPU${ratio(cpuUs, nsd?.cpuUs)}`,
      `load ${loadMs.toFixed(0)} ms${ratio(loadMs, nsd?.loadMs)}`,
      `restart ${restartMs.toFixed(0)} ms${ratio(restartMs, nsd?.restartMs)}`,
      `${octetsPerRecord.toFixed(0)} octets/record${ratio(octetsPerRecord, nsd?.octetsPerRecord)}`,
      `${lost} lost`,
    ];
    process.stdout.write(`  ${kind.padEnd(9)} ${cells.join(', ')}\n`);
  }
}

async function main(): Promise<void> {
  if (peersMissing('nsd', 'knotd', 'dnsperf', 'taskset', 'ldns-signzone')) return;
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const kinds = KINDS.filter((kind) => options.servers.split(',').includes(kind));
  try {
    const empty = join(folder, 'empty');
    await run('mkdir', [empty]);
    const text = '@ 60 SOA ns.tld. h.tld. 1 2 3 4 5\n@ 60 NS ns.tld.\n';
    await writeFile(join(empty, 'empty.zone'), text);
    const emptyBytes = new Map<ServerKind, number>();
    for (const kind of kinds) emptyBytes.set(kind, await emptyMemory(kind, empty));
    for (const make of MAKERS) {
      const name = make.name.slice('make'.length);
      if (options.only !== undefined && options.only.toLowerCase() !== name.toLowerCase()) continue;
      const workload = await make(folder, options.quick ? QUICK_SIZES : FULL_SIZES);
      const all = new Map<ServerKind, Figures>();
      for (const kind of kinds) {
        all.set(kind, await measure(kind, folder, workload, emptyBytes.get(kind) ?? 0));
      }
      print(workload, all);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
