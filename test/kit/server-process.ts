/**
 * A whole name server as operators run it: `holdfast serve` as a process of its own, on free
 * ports, with its data in one folder. Killed or stopped with the test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/holdfast.mjs', import.meta.url));
const READY_TIMEOUT_MS = 30_000;

export interface ServerFolder {
  folder: string;
  config: string;
  zones: string;
  data: string;
  dnsPort: number;
  apiUrl: string;
}

/** Writes a configuration with free ports; `extra` lines are appended. */
export async function makeServerFolder(folder: string, extra = ''): Promise<ServerFolder> {
  const dnsPort = await freePort();
  const apiPort = await freePort();
  const zones = join(folder, 'zones');
  const config = join(folder, 'holdfast.yaml');
  await mkdir(zones, { recursive: true });
  const text = `data: ./data
nameserver:
  listen: ["127.0.0.1:${dnsPort}"]
  threads: 1
  zones: ./zones
admin:
  listen: 127.0.0.1:${apiPort}
${extra}`;
  await writeFile(config, text);
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  return { folder, config, zones, data: join(folder, 'data'), dnsPort, apiUrl };
}

type AtEnd = (end: () => Promise<void>) => void;

export class ServerProcess {
  readonly place: ServerFolder;
  readonly child: ChildProcess;
  /** Log lines so far, parsed. */
  readonly lines: Record<string, unknown>[] = [];
  stderr = '';
  key = '';
  /** Resolves with the exit status, or the signal's name. */
  readonly exited: Promise<number | string>;

  private constructor(place: ServerFolder, atEnd: AtEnd) {
    this.place = place;
    this.child = spawn(process.execPath, [LAUNCHER, 'serve', '--config', place.config], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exited = once(this.child, 'exit').then(
      ([code, signal]) => (code ?? signal) as number | string,
    );
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    atEnd(async () => {
      this.child.kill('SIGKILL');
      await this.exited;
    });
  }

  /**
   * Resolves when the server says `ready`; rejects with what it said instead.
   * @param atEnd takes what ends the process; outside a test (in beforeAll) there has to be one
   */
  static async start(place: ServerFolder, atEnd: AtEnd = onTestFinished): Promise<ServerProcess> {
    const server = new ServerProcess(place, atEnd);
    await server.#waitReady();
    server.key = (await readFile(join(place.data, 'admin.key'), 'utf8')).trim();
    return server;
  }

  /** For a start that must fail: status and what was said. */
  static async fail(place: ServerFolder): Promise<{ status: number | string; stderr: string }> {
    const server = new ServerProcess(place, onTestFinished);
    server.child.stdout?.resume();
    const status = await server.exited;
    return { status, stderr: server.stderr };
  }

  async #waitReady(): Promise<void> {
    const ready = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => ready.reject(new Error(`not ready in time: ${this.stderr}`)),
      READY_TIMEOUT_MS,
    );
    const { stdout } = this.child;
    if (stdout === null) throw new Error('no standard output');
    createInterface({ input: stdout }).on('line', (line) => {
      const entry = JSON.parse(line) as Record<string, unknown>;
      this.lines.push(entry);
      if (entry['msg'] === 'ready') ready.resolve();
    });
    void this.exited.then((status) =>
      ready.reject(new Error(`ended with ${status} before ready: ${this.stderr}`)),
    );
    await ready.promise.finally(() => clearTimeout(timer));
  }

  async api(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.place.apiUrl}${path}`, {
      method,
      headers: { 'X-API-Key': this.key },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** Ends it in order; resolves with the exit status. */
  async stop(): Promise<number | string> {
    this.child.kill('SIGTERM');
    return this.exited;
  }

  /** Ends it as a power cut would end the process. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
