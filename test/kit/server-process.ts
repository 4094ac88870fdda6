/**
 * A whole name server as operators run it: `holdfast serve` as a process of its own, on free
 * ports, with its data in one folder. Killed or stopped with the test.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';
import { type AtEnd, HoldfastProcess } from './holdfast-process.ts';

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

export class ServerProcess extends HoldfastProcess {
  readonly place: ServerFolder;
  key = '';

  private constructor(place: ServerFolder, atEnd: AtEnd) {
    super(['serve', '--config', place.config], atEnd);
    this.place = place;
  }

  /**
   * Resolves when the server says `ready`; rejects with what it said instead.
   * @param atEnd takes what ends the process; outside a test (in beforeAll) there has to be one
   */
  static async start(place: ServerFolder, atEnd: AtEnd = onTestFinished): Promise<ServerProcess> {
    const server = new ServerProcess(place, atEnd);
    await server.ready();
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

  async api(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.place.apiUrl}${path}`, {
      method,
      headers: { 'X-API-Key': this.key },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }
}
