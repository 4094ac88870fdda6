// Mutated packets against a whole server: HOLDFAST_MUTATIONS of them, over UDP and TCP, and some
// over TLS.
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEnvironmentNumber } from '../kit/environment-number.ts';
import { freePort } from '../kit/free-port.ts';
import { makeMutatedPackets } from '../kit/mutated-packets.ts';
import { addNameserverKeys, SAMPLE_ZONE } from '../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { buildFrame, openStreamClient, type StreamClient } from '../kit/stream-client.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { openTlsClient } from '../kit/tls-client.ts';
import { buildQuery, openUdpClient, type UdpClient } from '../kit/udp-client.ts';

const MUTATIONS = readEnvironmentNumber('HOLDFAST_MUTATIONS', 30_000);
const SEED = readEnvironmentNumber('HOLDFAST_SEED', 20_261_122);
/** Packets between two valid queries: about what a socket's buffer holds. */
const CHUNK = 250;
/** One chunk of so many goes over TLS too. */
const TLS_CHUNK_STRIDE = 4;
const MIB = 1024 * 1024;
const GROWTH_MAX = 48 * MIB;
/** pino's `error`. */
const LEVEL_ERROR = 50;

async function startServer(): Promise<{ server: ServerProcess; tlsPort: number }> {
  const place = await makeServerFolder(await temporaryFolder());
  const tlsPort = await freePort();
  await addNameserverKeys(place, [`tls: { listen: ["127.0.0.1:${tlsPort}"] }`]);
  await writeFile(join(place.zones, 'example.com.zone'), SAMPLE_ZONE);
  await copyFile('zones/signed.example.zone', join(place.zones, 'signed.example.zone'));
  return { server: await ServerProcess.start(place), tlsPort };
}

async function residentSize(server: ServerProcess): Promise<number> {
  const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** As a resolver does: again when the answer was lost, here for want of room in our own socket. */
async function askDatagram(udp: UdpClient, id: number, port: number): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      await udp.ask(buildQuery(id, 'www.example.com'), port, '127.0.0.1', 500);
      return;
    } catch {
      // Lost.
    }
  }
  throw new Error('a valid query got no answer');
}

/** Frames over TCP or TLS. */
type Streaming = Pick<StreamClient, 'frames' | 'write'>;

/** A valid query over a stream, answered; other frames on it do not matter. */
async function askStream(client: Streaming, id: number): Promise<void> {
  client.write(buildFrame(buildQuery(id, 'www.example.com')));
  const isAnswer = (frame: Uint8Array): boolean =>
    frame[0] === id >>> 8 && frame[1] === (id & 0xff) && frame[7] === 1;
  await expect
    .poll(() => client.frames.some(isAnswer), { timeout: 10_000, interval: 5 })
    .toBe(true);
  client.frames.length = 0;
}

/** Frames whose lengths are wrong too: the connection may end, the server may not. */
async function sendBrokenStream(port: number, packets: Uint8Array[], seed: number): Promise<void> {
  const client = await openStreamClient(port);
  const octets = Buffer.concat(packets.map((packet) => buildFrame(packet)));
  for (let i = 0; i < 8; i++) octets[(seed * (i + 7919)) % octets.length] ^= 1 << (i & 7);
  client.write(octets);
  client.socket.end();
  client.socket.resume();
  setTimeout(() => client.socket.destroy(), 50);
}

describe(`${MUTATIONS} mutated packets, seed ${SEED}`, () => {
  it('crash nothing, raise nothing, take no memory, and a valid query is answered after each few', async () => {
    const { server, tlsPort } = await startServer();
    const { dnsPort } = server.place;
    const udp = await openUdpClient();
    const stream = await openStreamClient(dnsPort);
    const tls = await openTlsClient(tlsPort);
    const encrypted: Streaming = {
      frames: tls.frames,
      write: (octets) => void tls.socket.write(octets),
    };
    const chunks = Math.ceil(MUTATIONS / CHUNK);
    let sizeWarm = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
      const packets = makeMutatedPackets(SEED + chunk, CHUNK);
      await Promise.all(packets.map((packet) => udp.send(packet, dnsPort, '127.0.0.1')));
      stream.write(Buffer.concat(packets.map((packet) => buildFrame(packet))));
      if (chunk % 10 === 0) await sendBrokenStream(dnsPort, packets, SEED + chunk);
      const id = 0x5000 + (chunk % 0x1000);
      await askDatagram(udp, id, dnsPort);
      await askStream(stream, id);
      if (chunk % TLS_CHUNK_STRIDE === 0) {
        encrypted.write(Buffer.concat(packets.map((packet) => buildFrame(packet))));
        await askStream(encrypted, id);
      }
      expect(udp.replies.filter(({ message }) => (message[2] & 0x80) === 0)).toEqual([]);
      udp.replies.length = 0;
      if (chunk === Math.floor(chunks / 3)) sizeWarm = await residentSize(server);
    }
    expect((await residentSize(server)) - sizeWarm).toBeLessThan(GROWTH_MAX);
    expect(server.lines.filter(({ level }) => Number(level) >= LEVEL_ERROR)).toEqual([]);
    expect(server.stderr).toBe('');
    const metrics = await (await server.api('GET', '/metrics')).text();
    expect(metrics).toMatch(/^holdfast_packet_thread_restarts_total 0$/m);
    expect(await server.stop()).toBe(0);
  }, 3_600_000);
});
