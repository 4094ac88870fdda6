/**
 * A name server as the benchmark runs it: NSD, Knot DNS or ours, one thread for queries, all of it
 * pinned to core 0 (dnsperf has core 1), on a free port of 127.0.0.1, with a folder of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { writeQuery } from '../kit/dns-query.ts';
import { freePort } from '../kit/free-port.ts';
import type { ZoneFiles } from '../kit/peer-server.ts';
import { CONFIGURATIONS } from '../kit/peer-server.ts';
import { findPeer } from '../kit/peers.ts';
import { cpuTimeUs, memoryBytes, processTree } from './process-usage.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/holdfast.mjs', import.meta.url));
const START_TIMEOUT_MS = 120_000;
const POLL_MS = 2;
const STOP_TIMEOUT_MS = 60_000;

export type ServerKind = 'nsd' | 'knot' | 'holdfast';

export class BenchServer {
  readonly port: number;
  /** From the start of the program to the first answer out of the last zone. */
  readonly readyMs: number;
  readonly #child: ChildProcess;
  /** What the program said. */
  readonly #said: string[];

  private constructor(child: ChildProcess, port: number, readyMs: number, said: string[]) {
    this.#child = child;
    this.port = port;
    this.readyMs = readyMs;
    this.#said = said;
  }

  /** @param folder keeps what the server stores from one start to the next */
  static async start(
    kind: ServerKind,
    folder: string,
    zones: ZoneFiles,
    zoneFolder: string,
  ): Promise<BenchServer> {
    const own = join(folder, kind);
    await mkdir(own, { recursive: true });
    const port = await freePort();
    const command =
      kind === 'holdfast'
        ? await configureHoldfast(own, port, zoneFolder)
        : await configurePeer(kind, own, port, zones);
    const begun = performance.now();
    const child = spawn('taskset', ['-c', '0', ...command], {
      cwd: own,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    }
    const last = [...zones.keys()].at(-1) ?? '.';
    if (!(await isAnswered(child, port, last))) {
      child.kill('SIGKILL');
      throw new Error(`${kind} does not answer ${last}: ${said.join('').slice(-2000)}`);
    }
    return new BenchServer(child, port, performance.now() - begun, said);
  }

  /** Resolves when the server has nothing more to do on its own: CPU time stands still. */
  async settle(): Promise<void> {
    let before = -1;
    for (let round = 0; round < 240; round++) {
      const now = this.cpuUs();
      if (before >= 0 && now - before < 20_000) return;
      before = now;
      await sleep(1000);
    }
  }

  cpuUs(): number {
    return cpuTimeUs(this.#pid);
  }

  memoryBytes(): number {
    return memoryBytes(this.#pid);
  }

  /** Stops in order, by what the system would send. */
  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    const tree = processTree(this.#pid);
    this.#child.kill('SIGTERM');
    const ended = await Promise.race([exited, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    if (ended !== undefined) return;
    for (const pid of tree) process.kill(pid, 'SIGKILL');
    await exited;
    throw new Error(`did not stop in time: ${this.#said.join('').slice(-2000)}`);
  }

  get #pid(): number {
    return this.#child.pid ?? 0;
  }
}

async function configurePeer(
  kind: 'nsd' | 'knot',
  folder: string,
  port: number,
  zones: ZoneFiles,
): Promise<string[]> {
  const { text, args } = CONFIGURATIONS[kind](folder, port, zones);
  await writeFile(join(folder, 'config'), text);
  const name = kind === 'nsd' ? 'nsd' : 'knotd';
  return [findPeer(name) ?? name, ...args];
}

async function configureHoldfast(folder: string, port: number, zones: string): Promise<string[]> {
  const config = join(folder, 'holdfast.yaml');
  const text = `data: ./data
nameserver:
  listen: ["127.0.0.1:${port}"]
  threads: 1
  zones: ${zones}
admin:
  listen: 127.0.0.1:${await freePort()}
`;
  await writeFile(config, text);
  return [process.execPath, LAUNCHER, 'serve', '--config', config];
}

/** Asks for the zone's SOA until it is answered. */
async function isAnswered(child: ChildProcess, port: number, zone: string): Promise<boolean> {
  const socket = createSocket('udp4');
  const query = writeQuery({ id: 1, name: zone, type: 6 });
  const heard = { isAnswer: false };
  socket.on('message', (reply) => {
    heard.isAnswer ||= reply[7] === 1;
  });
  socket.on('error', () => undefined);
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!heard.isAnswer && performance.now() < deadline && child.exitCode === null) {
    socket.send(query, port, '127.0.0.1', () => undefined);
    await sleep(POLL_MS);
  }
  socket.close();
  return heard.isAnswer;
}
