/**
 * NSD, Knot and BIND with the zones that a test gives them, each on a port of its own; stopped when
 * the suite ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { makeQuery } from './image-fixture.ts';
import { findPeer } from './peers.ts';

export interface NameServer {
  name: string;
  port: number;
}

/** Zone name with final dot, path of its master file. */
export type ZoneFiles = Record<string, string>;

export interface NameServers {
  servers: NameServer[];
  close(): Promise<void>;
}

interface Program {
  name: string;
  program: string;
  configure: (folder: string, port: number, zones: ZoneFiles) => string;
  arguments: (config: string) => string[];
}

const PROGRAMS: Program[] = [
  { name: 'nsd', program: 'nsd', configure: configureNsd, arguments: (file) => ['-d', '-c', file] },
  { name: 'knot', program: 'knotd', configure: configureKnot, arguments: (file) => ['-c', file] },
  {
    name: 'bind',
    program: 'named',
    configure: configureBind,
    arguments: (file) => ['-f', '-n', '1', '-c', file],
  },
];

export async function startNameServers(zones: ZoneFiles): Promise<NameServers> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-peers-'));
  const children: ChildProcess[] = [];
  const close = async (): Promise<void> => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const servers: NameServer[] = [];
    for (const program of PROGRAMS) {
      const port = await freePort();
      children.push(await start(program, folder, port, zones));
      servers.push({ name: program.name, port });
    }
    for (const server of servers) await waitUntilServing(server, Object.keys(zones));
    return { servers, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  { name, program, configure, arguments: argumentsFor }: Program,
  root: string,
  port: number,
  zones: ZoneFiles,
): Promise<ChildProcess> {
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'config');
  await writeFile(config, configure(folder, port, zones));
  return spawn(findPeer(program) ?? program, argumentsFor(config), { stdio: 'ignore' });
}

async function waitUntilServing({ name, port }: NameServer, apexes: string[]): Promise<void> {
  for (const apex of apexes) {
    let rcode = -1;
    for (let attempt = 0; attempt < 200 && rcode !== 0; attempt++) {
      const reply = await askUdp(port, makeQuery(apex, 'SOA'), 50).catch(() => undefined);
      rcode = reply === undefined ? -1 : reply[3] & 15;
      if (rcode > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (rcode !== 0) throw new Error(`${name} does not serve ${apex}: rcode ${rcode}`);
  }
}

/** One query over UDP to the loopback address. */
export async function askUdp(
  port: number,
  query: Uint8Array,
  timeoutMs = 5000,
): Promise<Uint8Array> {
  const socket = createSocket('udp4');
  try {
    socket.send(query, port, '127.0.0.1');
    const signal = AbortSignal.timeout(timeoutMs);
    const [reply] = (await once(socket, 'message', { signal })) as [Buffer];
    return reply;
  } finally {
    socket.close();
  }
}

/** One query over TCP to the loopback address. */
export async function askTcp(port: number, query: Uint8Array): Promise<Uint8Array> {
  const socket = connect(port, '127.0.0.1');
  try {
    socket.write(Buffer.concat([Uint8Array.of(query.length >> 8, query.length), query]));
    let received = Buffer.alloc(0);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) break;
    }
    return received.subarray(2);
  } finally {
    socket.destroy();
  }
}

function configureNsd(folder: string, port: number, zones: ZoneFiles): string {
  const server = [
    'server:',
    `  ip-address: 127.0.0.1@${port}`,
    '  username: ""',
    '  server-count: 1',
    '  database: ""',
    '  rrl-ratelimit: 0',
    ...['pidfile', 'xfrdfile', 'zonelistfile', 'logfile'].map(
      (key) => `  ${key}: "${folder}/${key}"`,
    ),
    'remote-control:',
    '  control-enable: no',
  ];
  const blocks = Object.entries(zones).map(
    ([apex, file]) => `zone:\n  name: "${apex}"\n  zonefile: "${file}"`,
  );
  return `${[...server, ...blocks].join('\n')}\n`;
}

function configureKnot(folder: string, port: number, zones: ZoneFiles): string {
  const head = [
    'server:',
    `  rundir: "${folder}"`,
    `  listen: 127.0.0.1@${port}`,
    '  udp-workers: 1',
    '  tcp-workers: 1',
    'database:',
    `  storage: "${folder}"`,
    'zone:',
  ];
  const blocks = Object.entries(zones).map(
    ([apex, file]) =>
      `  - domain: "${apex}"\n    file: "${file}"\n    zonefile-sync: -1\n    journal-content: none\n    semantic-checks: off`,
  );
  return `${[...head, ...blocks].join('\n')}\n`;
}

function configureBind(folder: string, port: number, zones: ZoneFiles): string {
  const head = `options {
  directory "${folder}"; pid-file none; session-keyfile none; lock-file none;
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; notify no; dnssec-validation no; minimal-responses yes; check-names primary ignore;
  allow-query { any; };
};
controls { };`;
  const blocks = Object.entries(zones).map(
    ([apex, file]) =>
      `zone "${apex}" { type primary; file "${file}"; check-integrity no; check-mx ignore; };`,
  );
  return `${[head, ...blocks].join('\n')}\n`;
}
