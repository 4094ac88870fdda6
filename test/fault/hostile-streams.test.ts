// Clients that hoard, drip, do not read, half-close or reset, HOLDFAST_HOSTILE_CONNECTIONS of them
// from many addresses at a time: nobody else may notice.
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readEnvironmentNumber } from '../kit/environment-number.ts';
import { freePort } from '../kit/free-port.ts';
import { startStubThreads } from '../kit/packet-fixture.ts';
import { addNameserverKeys, SAMPLE_ZONE } from '../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { buildFrame, openStreamClient } from '../kit/stream-client.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { openTlsClient } from '../kit/tls-client.ts';
import { buildQuery, openUdpClient } from '../kit/udp-client.ts';

const HOSTILE = readEnvironmentNumber('HOLDFAST_HOSTILE_CONNECTIONS', 5000);
const MIB = 1024 * 1024;
/** 128 MiB that the server may hold for streams, and what the sockets themselves take. */
const GROWTH_MAX = 256 * MIB;
/** Far below what a resolver waits for. */
const ANSWER_MAX_MS = 2000;

async function startServer(tlsPort?: number): Promise<ServerProcess> {
  const place = await makeServerFolder(await temporaryFolder());
  await writeFile(join(place.zones, 'example.com.zone'), SAMPLE_ZONE);
  if (tlsPort !== undefined) {
    await addNameserverKeys(place, [`tls: { listen: ["127.0.0.1:${tlsPort}"] }`]);
  }
  return ServerProcess.start(place);
}

async function residentSize(server: ServerProcess): Promise<number> {
  const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

const QUERY = buildFrame(buildQuery(1, 'www.example.com'));
const PIPELINE = Buffer.concat(Array.from({ length: 2000 }, () => QUERY));

/** What each kind of client does once it is connected. */
const BEHAVIOURS: ((socket: Socket) => void)[] = [
  // Idle from the start.
  () => undefined,
  // Idle after one query.
  (socket) => void socket.write(QUERY),
  // Drips a frame that never ends.
  (socket) => {
    socket.write(Uint8Array.of(0xff, 0xff));
    const drip = setInterval(() => socket.write(Uint8Array.of(0)), 500);
    socket.on('close', () => clearInterval(drip));
  },
  // Asks a lot and reads nothing.
  (socket) => {
    socket.pause();
    socket.write(PIPELINE);
  },
  // Asks, says that it is done, and reads nothing.
  (socket) => {
    socket.pause();
    socket.end(QUERY);
  },
  // Leaves with a reset in the middle of an answer.
  (socket) => {
    socket.write(PIPELINE);
    setTimeout(() => socket.resetAndDestroy(), 20);
  },
];

/** What a TLS client begins its handshake with: a record of 512 octets that hello is a part of. */
const HELLO = Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3);

/** What each kind of client of a TLS port does that never comes to ask. */
const TLS_BEHAVIOURS: ((socket: Socket) => void)[] = [
  () => undefined,
  // Begins the handshake and stops.
  (socket) => void socket.write(HELLO),
  // Drips it.
  (socket) => {
    socket.write(HELLO);
    const drip = setInterval(() => socket.write(Uint8Array.of(0)), 500);
    socket.on('close', () => clearInterval(drip));
  },
  // Speaks no TLS.
  (socket) => void socket.write(QUERY),
  // Leaves with a reset in the middle of it.
  (socket) => {
    socket.write(HELLO);
    setTimeout(() => socket.resetAndDestroy(), 20);
  },
];

/** Connects `count` clients in turn of every kind, 300 from each address. */
async function attack(port: number, count: number, behaviours = BEHAVIOURS): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i++) {
    const localAddress = `127.1.0.${1 + Math.floor(i / 300)}`;
    const socket = connect({ host: '127.0.0.1', port, localAddress });
    socket.on('error', () => undefined);
    socket.on('connect', () => behaviours[i % behaviours.length](socket));
    sockets.push(socket);
    if (i % 100 === 99) await once(socket, 'connect').catch(() => undefined);
  }
  return sockets;
}

/** Longest time to an answer over UDP and over a new TCP connection, asked `rounds` times. */
async function slowestAnswer(port: number, rounds: number): Promise<{ udp: number; tcp: number }> {
  const udp = await openUdpClient();
  const slowest = { udp: 0, tcp: 0 };
  for (let id = 1; id <= rounds; id++) {
    const since = performance.now();
    await udp.ask(buildQuery(id, 'www.example.com'), port, '127.0.0.1');
    const answered = performance.now();
    const stream = await openStreamClient(port);
    stream.write(buildFrame(buildQuery(id, 'www.example.com')));
    await expect.poll(() => stream.frames.length, { timeout: 5000, interval: 2 }).toBe(1);
    stream.socket.destroy();
    slowest.udp = Math.max(slowest.udp, answered - since);
    slowest.tcp = Math.max(slowest.tcp, performance.now() - answered);
  }
  return slowest;
}

async function connectionsOf(server: ServerProcess): Promise<number> {
  const metrics = await (await server.api('GET', '/metrics')).text();
  return Number(/^holdfast_dns_connections (\d+)$/m.exec(metrics)?.[1]);
}

function expectQuietLog(server: ServerProcess): void {
  expect(server.lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  expect(server.stderr).toBe('');
}

describe(`${HOSTILE} hostile TCP clients`, () => {
  it('stop neither UDP nor new TCP clients, and are gone after the idle time', async () => {
    const server = await startServer();
    const { dnsPort } = server.place;
    await slowestAnswer(dnsPort, 20);
    const before = await residentSize(server);
    const attacking = attack(dnsPort, HOSTILE);
    const during = await slowestAnswer(dnsPort, 50);
    const sockets = await attacking;
    const after = await slowestAnswer(dnsPort, 50);
    const grown = (await residentSize(server)) - before;
    for (const { udp, tcp } of [during, after]) {
      expect(udp).toBeLessThan(ANSWER_MAX_MS);
      expect(tcp).toBeLessThan(ANSWER_MAX_MS);
    }
    expect(grown).toBeLessThan(GROWTH_MAX);
    await expect.poll(() => connectionsOf(server), { timeout: 20_000, interval: 500 }).toBe(0);
    for (const socket of sockets) socket.destroy();
    expectQuietLog(server);
    expect(await server.stop()).toBe(0);
  }, 120_000);
});

describe(`${HOSTILE} hostile TLS clients`, () => {
  it('stop neither UDP nor TCP nor new TLS clients, and are gone after their time', async () => {
    const tlsPort = await freePort();
    const server = await startServer(tlsPort);
    const { dnsPort } = server.place;
    const before = await residentSize(server);
    const silent = await attack(tlsPort, HOSTILE, TLS_BEHAVIOURS);
    const idle = await Promise.all(Array.from({ length: 100 }, () => openTlsClient(tlsPort)));
    let handshakes = 0;
    const over = new AbortController();
    const storm = Array.from({ length: 8 }, async () => {
      while (!over.signal.aborted) {
        const client = await openTlsClient(tlsPort);
        client.socket.destroy();
        handshakes += 1;
      }
    });
    const { udp, tcp } = await slowestAnswer(dnsPort, 30);
    const since = performance.now();
    const client = await openTlsClient(tlsPort);
    expect((await client.ask(buildQuery(7, 'www.example.com')))[7]).toBe(1);
    const tls = performance.now() - since;
    over.abort();
    await Promise.all(storm);
    expect(handshakes).toBeGreaterThan(50);
    expect(Math.max(udp, tcp, tls)).toBeLessThan(ANSWER_MAX_MS);
    expect((await residentSize(server)) - before).toBeLessThan(GROWTH_MAX);
    await expect.poll(() => connectionsOf(server), { timeout: 20_000, interval: 500 }).toBe(0);
    expect(idle.every(({ isClosed }) => isClosed)).toBe(true);
    for (const socket of silent) socket.destroy();
    expectQuietLog(server);
  }, 90_000);
});

describe('the death of a stream thread under load', () => {
  it('costs its clients their connections and nobody else anything', async () => {
    const { port, threads } = await startStubThreads(['127.0.0.1']);
    const clients = await Promise.all(Array.from({ length: 200 }, () => openStreamClient(port)));
    const load = setInterval(() => {
      for (const client of clients) if (!client.isClosed) client.write(QUERY);
    }, 5);
    onTestFinished(() => clearInterval(load));
    await expect.poll(() => clients.every(({ frames }) => frames.length > 0)).toBe(true);
    const killed = threads.kill(1);
    const udp = await openUdpClient();
    for (let id = 1; id <= 20; id++) await udp.ask(buildQuery(id, 'x'), port, '127.0.0.1', 1000);
    await killed;
    await expect.poll(() => clients.every(({ isClosed }) => isClosed)).toBe(true);
    const { tcp } = await slowestAnswer(port, 5);
    expect(tcp).toBeLessThan(5000);
    expect(threads.snapshot([]).restarts).toBe(1);
  });
});
