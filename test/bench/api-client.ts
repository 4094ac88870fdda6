/** The admin API as a benchmark uses it: kept connections, and a server to talk to. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ServerFolder } from '../kit/server-process.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/holdfast.mjs', import.meta.url));

export interface ApiAnswer {
  status: number;
  receipt: string;
  text: string;
}

export class ApiClient {
  readonly #agent: Agent;
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string, connections: number) {
    this.#url = url;
    this.#key = key;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  async call(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      'x-api-key': this.#key,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    };
    const call = request(this.#url + path, { method, headers, agent: this.#agent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          receipt: String(answer.headers['holdfast-receipt']),
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    call.on('error', reject);
    call.end(text);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Resolves when the server is ready; HOLDFAST_NODE_OPTIONS goes to it as NODE_OPTIONS. */
export async function startApiServer(
  place: ServerFolder,
): Promise<{ child: ChildProcess; key: string }> {
  const options = process.env['HOLDFAST_NODE_OPTIONS'];
  const child = spawn(process.execPath, [LAUNCHER, 'serve', '--config', place.config], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...(options !== undefined && { NODE_OPTIONS: options }) },
  });
  const lines = createInterface({ input: child.stdout });
  const ready = Promise.withResolvers<void>();
  lines.on('line', (line) => {
    if (line.includes('"ready"')) ready.resolve();
  });
  child.on('exit', (code) => ready.reject(new Error(`the server ended with ${code}`)));
  await ready.promise;
  // Its lines are not read from here on; it must not wait for a full pipe.
  lines.close();
  child.stdout.resume();
  return { child, key: (await readFile(join(place.data, 'admin.key'), 'utf8')).trim() };
}
