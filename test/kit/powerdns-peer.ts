/**
 * PowerDNS as Debian ships it, with its HTTP API and an SQLite file, in the foreground in a folder
 * of its own: the other side of comparisons of the API and of UPDATE, and of transfers. It writes
 * without waiting for the disk, except where a benchmark asks for durable changes, and keeps nothing
 * in caches, so that what it answers is what it has.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { findPeer } from './peers.ts';

export const POWERDNS_PROGRAM = 'pdns_server';

const SCHEMA = '/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql';
const START_TIMEOUT_MS = 20_000;
const KEY = 'a-key-for-tests';

export interface PowerDnsPeer {
  dnsPort: number;
  /** Of the API, without a path. */
  url: string;
  key: string;
  pid: number;
  /** `fetch` with the key; a body is sent as JSON. */
  call: (method: string, path: string, body?: unknown) => Promise<Response>;
  close(): Promise<void>;
}

export interface PowerDnsStart {
  /** More lines of its configuration. */
  settings?: readonly string[];
  /** A change is on the disk when it is answered, as PowerDNS has it by default. */
  isDurable?: boolean;
  /** Fills the tables before the program sees them. */
  fill?: (database: DatabaseSync) => void;
}

/** Resolves when the API answers; rejects with what the program said if it does not. */
export async function startPowerDns(
  folder: string,
  { settings = [], isDurable = false, fill }: PowerDnsStart = {},
): Promise<PowerDnsPeer> {
  const own = join(folder, 'powerdns');
  await mkdir(own, { recursive: true });
  const database = new DatabaseSync(join(own, 'zones.sqlite'));
  database.exec(await readFile(SCHEMA, 'utf8'));
  fill?.(database);
  database.close();
  const [dnsPort, apiPort] = [await freePort(), await freePort()];
  const synced = isDurable ? [] : ['gsqlite3-pragma-synchronous=0'];
  const text = [configurationText(own, dnsPort, apiPort), ...synced, ...settings, ''].join('\n');
  await writeFile(join(own, 'pdns.conf'), text);
  const child = spawn(findPeer(POWERDNS_PROGRAM) ?? POWERDNS_PROGRAM, [`--config-dir=${own}`], {
    cwd: own,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const url = `http://127.0.0.1:${apiPort}`;
  const call: PowerDnsPeer['call'] = (method, path, body) =>
    fetch(url + path, {
      method,
      headers: { 'x-api-key': KEY, accept: 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const close = (): Promise<void> => kill(child);
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const answer = await call('GET', '/api/v1/servers/localhost').catch(() => undefined);
    if (answer?.status === 200) {
      return { dnsPort, url, key: KEY, pid: child.pid ?? 0, call, close };
    }
    await sleep(50);
  }
  await close();
  throw new Error(`PowerDNS does not answer: ${said}`);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function configurationText(own: string, dnsPort: number, apiPort: number): string {
  return `launch=gsqlite3
gsqlite3-database=${own}/zones.sqlite
gsqlite3-dnssec=yes
local-address=127.0.0.1
local-port=${dnsPort}
api=yes
api-key=${KEY}
webserver=yes
webserver-address=127.0.0.1
webserver-port=${apiPort}
webserver-allow-from=127.0.0.0/8
webserver-loglevel=none
socket-dir=${own}
config-dir=${own}
zone-cache-refresh-interval=0
query-cache-ttl=0
negquery-cache-ttl=0
domain-metadata-cache-ttl=0
cache-ttl=0
primary=yes
secondary=yes
daemon=no
guardian=no`;
}
