// Mutated packets behind PROXY headers, whole and broken ones, from an address whose headers count:
// a fifth of HOLDFAST_MUTATIONS of them, over UDP, TCP and TLS.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Random, seededRandom } from '#base/random.ts';
import { readEnvironmentNumber } from '../kit/environment-number.ts';
import { freePort } from '../kit/free-port.ts';
import { makeMutatedPackets } from '../kit/mutated-packets.ts';
import { buildProxyHeader } from '../kit/proxy-header.ts';
import { addNameserverKeys, SAMPLE_ZONE } from '../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { buildFrame, openStreamClient } from '../kit/stream-client.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { buildQuery } from '../kit/udp-client.ts';

const MUTATIONS = Math.ceil(readEnvironmentNumber('HOLDFAST_MUTATIONS', 30_000) / 5);
const SEED = readEnvironmentNumber('HOLDFAST_SEED', 20_261_122);
const PROXY = '127.0.8.1';
/** Packets between two valid queries. */
const CHUNK = 250;
/** Packets of a chunk that go over connections as well, half of them to the TLS port. */
const STREAMED = 6;
const LEVEL_ERROR = 50;

/** A header for IPv4 or IPv6, mostly with octets changed, cut or put in. */
function makeHeader(random: Random): Uint8Array {
  const source = random.below(2) === 0 ? '203.0.113.7' : '2001:db8::7';
  const destination = source.includes(':') ? '2001:db8::53' : '192.0.2.53';
  const options = random.bytes(random.below(12));
  let header = buildProxyHeader({ source, destination, port: random.below(65_536), options });
  for (let count = random.below(4); count > 0; count--) {
    const at = random.below(header.length + 1);
    const kind = random.below(4);
    const more = random.bytes(random.below(40));
    if (kind === 0) header = header.slice(0, at);
    else if (kind === 1) {
      header = Uint8Array.from([...header.subarray(0, at), ...more, ...header.subarray(at)]);
    } else if (at < header.length) header[at] = random.below(256);
  }
  return header;
}

function validBehindHeader(id: number): Uint8Array {
  const header = buildProxyHeader({ source: '203.0.113.7', destination: '192.0.2.53', port: 9 });
  return Uint8Array.from([...header, ...buildQuery(id, 'www.example.com')]);
}

async function openSender(): Promise<Socket> {
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  socket.bind(0, PROXY);
  await once(socket, 'listening');
  return socket;
}

/** As a load balancer does: again when the answer was lost. */
async function askDatagram(socket: Socket, id: number, port: number): Promise<void> {
  let isAnswered = false;
  const take = (message: Buffer): void => {
    isAnswered ||= message.readUInt16BE(0) === id && message[7] === 1;
  };
  socket.on('message', take);
  const ask = (): boolean => {
    if (!isAnswered) socket.send(validBehindHeader(id), port, '127.0.0.1');
    return isAnswered;
  };
  await expect.poll(ask, { timeout: 10_000, interval: 20 }).toBe(true);
  socket.off('message', take);
}

/** Sends octets over a connection of its own and leaves. */
function sendStream(port: number, octets: Uint8Array): void {
  const socket = connect({ host: '127.0.0.1', port, localAddress: PROXY });
  socket.on('error', () => undefined);
  socket.resume();
  socket.end(octets);
  setTimeout(() => socket.destroy(), 100);
}

describe(`${MUTATIONS} mutated packets behind PROXY headers, seed ${SEED}`, () => {
  it('crash nothing, raise nothing, and a valid query is answered after each few', async () => {
    const place = await makeServerFolder(await temporaryFolder());
    const tlsPort = await freePort();
    const tls = `tls: { listen: ["127.0.0.1:${tlsPort}"] }`;
    await addNameserverKeys(place, [`proxies: ["${PROXY}"]`, tls]);
    await writeFile(join(place.zones, 'example.com.zone'), SAMPLE_ZONE);
    const server = await ServerProcess.start(place);
    const { dnsPort } = place;
    const random = seededRandom(SEED);
    const udp = await openSender();
    for (let chunk = 0; chunk * CHUNK < MUTATIONS; chunk++) {
      const packets = makeMutatedPackets(SEED + chunk, CHUNK);
      for (const [index, packet] of packets.entries()) {
        const header = makeHeader(random);
        udp.send(Uint8Array.from([...header, ...packet]), dnsPort, '127.0.0.1');
        if (index >= STREAMED) continue;
        const framed = Uint8Array.from([...header, ...buildFrame(packet)]);
        sendStream(index % 2 === 0 ? dnsPort : tlsPort, framed);
      }
      await askDatagram(udp, 0x5000 + chunk, dnsPort);
    }
    const client = await openStreamClient(dnsPort, '127.0.0.1', PROXY);
    client.write(buildFrame(buildQuery(1, 'www.example.com')));
    await expect.poll(() => client.frames.length).toBe(1);
    expect(server.lines.filter(({ level }) => Number(level) >= LEVEL_ERROR)).toEqual([]);
    expect(server.stderr).toBe('');
    const metrics = await (await server.api('GET', '/metrics')).text();
    expect(metrics).toMatch(/^holdfast_packet_thread_restarts_total 0$/m);
    expect(await server.stop()).toBe(0);
  }, 3_600_000);
});
