/**
 * Changes per second, and how long each takes, at our server, BIND and PowerDNS in one run: what
 * `npm run bench:changes` prints. Doors are DNS UPDATE over UDP, plain and signed, and the PowerDNS
 * API; a change replaces one TXT RRset, and is on the disk when it is answered. Runs of the servers
 * take turns, each figure is the median of the rounds, and CPU time per change is the figure that
 * holds best on a machine that others use too.
 *
 *     node test/bench/changes.ts [--quick] [--only small|large|many] [--servers holdfast,bind,pdns]
 *                                [--doors update,update-tsig,http] [--clients 1,8]
 *                                [--seconds N] [--rounds N]
 *
 * Clients and servers share the machine. HOLDFAST_NODE_OPTIONS goes to our server as NODE_OPTIONS.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { peersMissing } from '../kit/peers.ts';
import { POWERDNS_PROGRAM } from '../kit/powerdns-peer.ts';
import { DOORS, hasDoor } from './change-door.ts';
import { type ReceiptTimes, readReceiptTimes } from './change-receipts.ts';
import { type ChangeFigures, type ChangeRun, quantile, runChanges } from './change-run.ts';
import { CHANGED_KINDS, type ChangedServer, startChanged } from './change-server.ts';
import {
  type ChangeWorkload,
  FULL_CHANGES,
  makeChangeWorkloads,
  QUICK_CHANGES,
} from './change-workload.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    servers: { type: 'string', default: CHANGED_KINDS.join(',') },
    doors: { type: 'string', default: DOORS.join(',') },
    clients: { type: 'string', default: '1,8' },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
  },
});
const seconds = Number(options.seconds ?? (options.quick ? 1 : 4));
const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));
const clientCounts = options.clients.split(',').map(Number);

/** A server slower than this, changes per second, is measured once and not with more clients. */
const WORTH_PER_SECOND = 1;

/** What one server did in all rounds of one kind of run. */
interface Row {
  server: ChangedServer;
  figures: ChangeFigures[];
  receipts: ReceiptTimes[];
}

async function measure(
  servers: readonly ChangedServer[],
  workload: ChangeWorkload,
  run: ChangeRun,
): Promise<Row[]> {
  const rows: Row[] = servers
    .filter((server) => hasDoor(server, run.door))
    .map((server) => ({ server, figures: [], receipts: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const { server, figures, receipts } of rows) {
      if (figures.some(({ perSecond }) => perSecond < WORTH_PER_SECOND)) continue;
      const told = await readReceiptTimes(server, () => runChanges(server, workload, run));
      figures.push(told.result);
      receipts.push(...told.times);
    }
  }
  return rows;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** `1.2 / 5.6`: medians over the rounds of each round's median and 99th percentile. */
function times(perRound: readonly (readonly number[])[]): string {
  return [0.5, 0.99]
    .map((share) => median(perRound.map((values) => quantile(values, share))).toFixed(1))
    .join(' / ');
}

function rateOf({ figures }: Row): number {
  return median(figures.map(({ perSecond }) => perSecond));
}

function print({ door, clients }: ChangeRun, rows: readonly Row[]): void {
  const reference = rows.find(({ server }) => server.kind !== 'holdfast');
  for (const row of rows) {
    const { server, figures, receipts } = row;
    const rate = rateOf(row);
    const isRated = server.kind === 'holdfast' && reference !== undefined;
    const ratio = isRated ? ` (${(rate / rateOf(reference)).toFixed(2)})` : '';
    const cells = [
      `${door}, ${clients}`.padEnd(15),
      server.kind.padEnd(9),
      `${rate.toFixed(rate < 10 ? 2 : 0)}${ratio}`.padEnd(13),
      times(figures.map(({ replyMs }) => replyMs)).padEnd(13),
      times(figures.map(({ servedMs }) => servedMs)).padEnd(13),
      `${median(figures.map(({ cpuUsPerChange }) => cpuUsPerChange)).toFixed(0)} us`.padEnd(9),
    ];
    const failed = figures.reduce((sum, figure) => sum + figure.failed, 0);
    if (failed > 0) cells.push(`${failed} failed`);
    if (receipts.length > 0) {
      cells.push(times([receipts.map(({ durableMs }) => durableMs)]).padEnd(10));
      cells.push(times([receipts.map(({ publishedMs }) => publishedMs)]));
    }
    process.stdout.write(`  ${cells.join(' ').trimEnd()}\n`);
  }
}

const HEADER = [
  'door, clients'.padEnd(15),
  'server'.padEnd(9),
  'changes/s'.padEnd(13),
  'reply ms'.padEnd(13),
  'served ms'.padEnd(13),
  'CPU'.padEnd(9),
  'durable ms'.padEnd(10),
  'published ms',
].join(' ');

async function runWorkload(folder: string, workload: ChangeWorkload): Promise<void> {
  const { name, zoneCount, namesPerZone } = workload;
  process.stdout.write(`\n${name}: zones ${zoneCount}, names in each ${namesPerZone}\n`);
  const servers: ChangedServer[] = [];
  try {
    for (const kind of CHANGED_KINDS) {
      if (options.servers.split(',').includes(kind)) {
        servers.push(await startChanged(kind, folder, workload));
      }
    }
    process.stdout.write(`  ${HEADER}\n`);
    for (const door of DOORS) {
      if (!options.doors.split(',').includes(door)) continue;
      let able: readonly ChangedServer[] = servers;
      for (const clients of clientCounts) {
        const run = { door, clients, seconds };
        const rows = await measure(able, workload, run);
        print(run, rows);
        able = rows.filter((row) => rateOf(row) >= WORTH_PER_SECOND).map(({ server }) => server);
      }
    }
  } finally {
    for (const server of servers) await server.close();
  }
}

async function main(): Promise<void> {
  if (peersMissing('named', POWERDNS_PROGRAM)) return;
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    const sizes = options.quick ? QUICK_CHANGES : FULL_CHANGES;
    process.stdout.write(
      'Times are median / 99th percentile, the last two by our receipts, whole milliseconds; in ' +
        'brackets the ratio to the other server.\n',
    );
    for (const workload of await makeChangeWorkloads(folder, sizes)) {
      if (options.only === undefined || options.only === workload.name) {
        await runWorkload(folder, workload);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
