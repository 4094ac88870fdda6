/**
 * What the register does under load, as `npm run bench:epp` prints it: creates at a steady pace, the
 * time from the answer until primary and secondary serve the name, checks as fast as they go, and
 * start and checks of a register with many names. Client and servers share the machine; the CPU
 * time of each process is the figure that holds best.
 *
 *     node test/bench/epp.ts [--rate 500] [--seconds 20] [--sessions 32] [--names 1000000]
 *                            [--only load|large]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openDemoSession } from '../kit/epp/demo-session.ts';
import { type EppTestClient } from '../kit/epp/epp-client.ts';
import {
  contactCreate,
  domainCheck,
  domainCreate,
  done,
  hostCreate,
} from '../kit/epp/epp-objects.ts';
import { ServerProcess } from '../kit/server-process.ts';
import { askUdp } from '../kit/udp-query.ts';
import { quantile } from './change-run.ts';
import { type LoadFigures, runLoad } from './epp-load.ts';
import { makePrimaryFolder, startEppServers } from './epp-servers.ts';
import { fillRegister } from './large-register.ts';
import { cpuTimeUs } from './process-usage.ts';

const { values: options } = parseArgs({
  options: {
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    sessions: { type: 'string', default: '32' },
    names: { type: 'string', default: '1000000' },
    only: { type: 'string' },
  },
});
const seconds = Number(options.seconds);
const rate = Number(options.rate);
const HOSTS = ['ns1.host.example', 'ns2.host.example'];
/** Every so many names is looked for at the name servers. */
const LOOKED_FOR_EVERY = 25;
const LOOK_MS = 5;
const CHECK_SECONDS = 5;
const LOST_MS = 30_000;
/** So few that none waits for another: what one check takes. */
const LARGE_CHECK_RATE = 50;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function timesOf(timesMs: readonly number[]): string {
  const [half, most, last] = [0.5, 0.99, 1].map((share) => quantile(timesMs, share).toFixed(1));
  return `median ${half} ms, p99 ${most} ms, longest ${last} ms`;
}

function printLoad(what: string, { perSecond, refused, timesMs }: LoadFigures): void {
  const failed = refused === 0 ? '' : `, ${refused} refused`;
  print(`${what}: ${perSecond.toFixed(0)}/s, ${timesOf(timesMs)}${failed}`);
}

async function openSessions(data: string, port: number): Promise<EppTestClient[]> {
  const sessions: EppTestClient[] = [];
  for (let left = Number(options.sessions); left > 0; left--) {
    sessions.push(await openDemoSession(data, port));
  }
  return sessions;
}

/** Milliseconds from the answer to the first answer of a name server with the name in it. */
async function waitServed(
  server: ServerProcess,
  address: string,
  name: string,
  answeredMs: number,
): Promise<number> {
  const port = server.place.dnsPort;
  for (;;) {
    const { authorities = [] } = await askUdp({ address, port, name, type: 'NS' });
    const waitedMs = performance.now() - answeredMs;
    if (authorities.some((record) => record.type === 'NS')) return waitedMs;
    if (waitedMs > LOST_MS) throw new Error(`${name} is not served at ${address}`);
    await sleep(LOOK_MS);
  }
}

async function measureLoad(folder: string): Promise<void> {
  const servers = await startEppServers(folder);
  const { primary, secondary, data, eppPort } = servers;
  try {
    const sessions = await openSessions(data, eppPort);
    await done(sessions[0], contactCreate('jo-1'));
    for (const host of HOSTS) await done(sessions[0], hostCreate(host));
    const looks = { primary: [] as Promise<number>[], secondary: [] as Promise<number>[] };
    const wanted = { contact: 'jo-1', nameservers: HOSTS };
    const cpu = [primary, secondary].map(
      ({ child }) =>
        () =>
          cpuTimeUs(child.pid ?? 0),
    );
    const before = cpu.map((read) => read());
    const created = await runLoad({
      sessions,
      rate,
      seconds,
      command: (at) => domainCreate(`name-${at}.tld`, wanted),
      onDone: (at, answeredMs) => {
        if (at % LOOKED_FOR_EVERY !== 0) return;
        const name = `name-${at}.tld`;
        looks.primary.push(waitServed(primary, '127.0.0.1', name, answeredMs));
        looks.secondary.push(waitServed(secondary, '127.0.0.2', name, answeredMs));
      },
    });
    printLoad(`creates at ${rate}/s`, created);
    for (const [where, waits] of Object.entries(looks)) {
      const waitedMs = (await Promise.all(waits)).sort((one, other) => one - other);
      print(
        `  answered to served by the ${where}: ${timesOf(waitedMs)} (${waitedMs.length} names)`,
      );
    }
    for (const [at, where] of ['primary', 'secondary'].entries()) {
      const usedUs = cpu[at]() - before[at];
      const share = usedUs / (seconds * 1e6);
      const each = usedUs / created.timesMs.length;
      print(`  CPU of the ${where}: ${share.toFixed(2)} cores, ${each.toFixed(0)} us a create`);
    }
    const checked = await runLoad({
      sessions,
      rate: Number.POSITIVE_INFINITY,
      seconds: CHECK_SECONDS,
      command: (at) => domainCheck([`name-${at % 10_000}.tld`]),
    });
    printLoad(`checks by ${sessions.length} sessions`, checked);
    for (const session of sessions) session.close();
  } finally {
    await servers.stop();
  }
}

async function measureLarge(folder: string): Promise<void> {
  const names = Number(options.names);
  const { place, eppPort } = await makePrimaryFolder(folder);
  await fillRegister(place.data, names);
  const ends: (() => Promise<void>)[] = [];
  const startMs = performance.now();
  const server = await ServerProcess.start(place, (end) => void ends.push(end));
  print(`${names} names: ready after ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  try {
    const session = await openDemoSession(place.data, eppPort);
    const checked = await runLoad({
      sessions: [session],
      rate: LARGE_CHECK_RATE,
      seconds: CHECK_SECONDS,
      command: (at) => domainCheck([`name-${(at * 7919) % (2 * names)}.tld`]),
    });
    printLoad(`checks, ${LARGE_CHECK_RATE}/s, among ${names} names`, checked);
    session.close();
  } finally {
    await server.stop();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'holdfast-epp-'));
try {
  if (options.only !== 'large') await measureLoad(join(folder, 'load'));
  if (options.only !== 'load') await measureLarge(join(folder, 'large'));
} finally {
  await rm(folder, { recursive: true, force: true });
}
