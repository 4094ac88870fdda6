/**
 * Clients that ask for a large zone and do not read it, or leave in the middle: they hold what they
 * were given room for, nobody else waits for them, and the server's memory stays where it is.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeQuery } from '../kit/dns-query.ts';
import { addNameserverKeys } from '../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { buildFrame } from '../kit/stream-client.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';

const AXFR = 252;
/** 40 MB on the wire: more than kernels hold for sockets that nobody reads. */
const NAMES = 2000;
const RECORDS = 20;
const CLIENTS = 8;
const MEMORY_GROWTH_MAX = 96 << 20;

async function startServer(): Promise<ServerProcess> {
  const place = await makeServerFolder(await temporaryFolder());
  await addNameserverKeys(place, [
    'transfer: { allow: ["127.0.0.0/8"], concurrent: 16, concurrentPerClient: 8 }',
  ]);
  const lines = ['$ORIGIN large.test.', '@ 60 SOA ns h 1 2 3 4 5', '@ 60 NS ns.example.'];
  const string = 'x'.repeat(240);
  for (let name = 0; name < NAMES; name++) {
    for (let record = 0; record < RECORDS; record++) {
      lines.push(`h${name} 60 TXT "${record}" "${string}" "${string}" "${string}" "${string}"`);
    }
  }
  await writeFile(join(place.zones, 'large.test.zone'), `${lines.join('\n')}\n`);
  return ServerProcess.start(place);
}

/** Asks for the zone; reads nothing until told. */
function askFor(server: ServerProcess, from: string): Socket {
  const port = server.place.dnsPort;
  const socket = connect({ host: '127.0.0.1', port, localAddress: from });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(buildFrame(writeQuery({ id: 1, name: 'large.test.', type: AXFR })));
  return socket;
}

/** Octets until the transfer is whole, which its last SOA says. */
async function readWhole(socket: Socket): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let size = 0;
  let tail = Buffer.alloc(0);
  const serial = Buffer.from([0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5]);
  socket.on('data', (chunk: Buffer) => {
    size += chunk.length;
    tail = Buffer.concat([tail, chunk]).subarray(-serial.length);
    if (size > 1 << 20 && tail.equals(serial)) resolve(size);
  });
  socket.on('close', () => reject(new Error(`closed after ${size} octets`)));
  socket.resume();
  return promise;
}

async function residentSize({ child }: ServerProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

describe('transfers to clients that do not read', () => {
  it('leave room for others, and go on when they do', { timeout: 60_000 }, async () => {
    const server = await startServer();
    const whole = await readWhole(askFor(server, '127.0.0.2'));
    expect(whole).toBeGreaterThan(NAMES * RECORDS * 960);
    const before = await residentSize(server);
    const stuck = Array.from({ length: CLIENTS }, () => askFor(server, '127.0.0.3'));
    expect(await readWhole(askFor(server, '127.0.0.2')), 'beside them').toBe(whole);
    expect((await residentSize(server)) - before).toBeLessThan(MEMORY_GROWTH_MAX);
    const next = readWhole(askFor(server, '127.0.0.3'));
    const first = await Promise.race([next, server.api('GET', '/api/v1/servers')]);
    expect(first, 'a ninth of the same client waits').not.toBe(whole);
    stuck[0].destroy();
    expect(await next, 'until one of them has left').toBe(whole);
    expect(await readWhole(stuck[1]), 'who begins to read gets it all').toBe(whole);
    const said = server.lines.map(({ msg }) => msg);
    expect(said).toContain('zone not sent to its end: the client has left');
  });
});
