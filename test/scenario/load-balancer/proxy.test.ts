// A load balancer stands in front: with a PROXY header it says for whom it asks, and limits and
// cookies are that client's. Nobody else is believed.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeQuery } from '../../kit/dns-query.ts';
import { readReply } from '../../kit/dns-reply.ts';
import { freePort } from '../../kit/free-port.ts';
import { packetImplementations } from '../../kit/packet-fixture.ts';
import { buildProxyHeader } from '../../kit/proxy-header.ts';
import { addNameserverKeys } from '../../kit/server-configuration.ts';
import { makeServerFolder, type ServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { buildFrame, openStreamClient } from '../../kit/stream-client.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { openTlsClient } from '../../kit/tls-client.ts';

const ZONE = '$TTL 60\n@ SOA ns hostmaster 1 2 3 4 300\n@ NS ns\nns A 192.0.2.1\n';
const PROXY = '127.0.8.1';
const OTHER = '127.0.9.1';
const CLIENT_COOKIE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const LIMIT = 'rateLimit: { positivePerSecond: 5, slip: 0 }';

function headerOf(source: string): Uint8Array {
  const destination = source.includes(':') ? '2001:db8::53' : '198.51.100.53';
  return buildProxyHeader({ source, destination, port: 5353 });
}

function queryOf(id: number, cookie?: Uint8Array): Uint8Array {
  const edns = cookie && { payloadSize: 1232, options: [{ code: 10, data: cookie }] };
  return writeQuery({ id, name: 'ns.example.test.', type: 1, ...(edns && { edns }) });
}

/** The query so many times, asked for a client. */
function behind(client: string, count: number, cookie?: Uint8Array): Uint8Array[] {
  return Array.from({ length: count }, (_, id) =>
    Uint8Array.from([...headerOf(client), ...queryOf(id, cookie)]),
  );
}

function cookieIn(message: Uint8Array): Buffer {
  return Buffer.from(readReply(message).edns?.options[0]?.data ?? []);
}

/** A socket with an address of its own, and the replies to what it sends. */
async function openSender(port: number, from: string) {
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  let replies: Uint8Array[] = [];
  socket.on('message', (message) => replies.push(message));
  socket.bind(0, from);
  await once(socket, 'listening');
  return async (...messages: Uint8Array[]): Promise<Uint8Array[]> => {
    replies = [];
    for (const message of messages) socket.send(message, port, '127.0.0.1');
    await sleep(300);
    return replies;
  };
}

async function start(...keys: string[]): Promise<{ place: ServerFolder; server: ServerProcess }> {
  const place = await makeServerFolder(await temporaryFolder());
  await writeFile(join(place.zones, 'example.test.zone'), ZONE);
  await addNameserverKeys(place, keys);
  return { place, server: await ServerProcess.start(place) };
}

async function dropped(server: ServerProcess, reason: string): Promise<number> {
  const line = `holdfast_dns_dropped_total{reason="${reason}"} `;
  const text = await (await server.api('GET', '/metrics')).text();
  return Number(
    text
      .split('\n')
      .find((each) => each.startsWith(line))
      ?.slice(line.length),
  );
}

describe.each(packetImplementations())('a load balancer, UDP %s', (udp) => {
  it('is answered as the client that it names, for limits and cookies', async () => {
    const { place } = await start(`udp: ${udp}`, `proxies: ["127.0.8.0/24"]`, LIMIT);
    const send = await openSender(place.dnsPort, PROXY);
    const [reply] = await send(...behind('203.0.113.1', 1));
    expect(readReply(reply)).toMatchObject({ rcode: 0, id: 0 });
    expect(readReply(reply).answer).toHaveLength(1);
    expect((await send(...behind('203.0.113.2', 20))).length).toBeLessThanOrEqual(6);
    expect(await send(...behind('203.0.114.1', 5))).toHaveLength(5);
    expect(await send(...behind('2001:db8:1::1', 5))).toHaveLength(5);
    const [asked] = await send(...behind('2001:db8:2::1', 1, CLIENT_COOKIE));
    const known = await send(...behind('2001:db8:2::1', 30, cookieIn(asked)));
    expect(known).toHaveLength(30);
    const [elsewhere] = await send(...behind('2001:db8:3::1', 1, cookieIn(asked)));
    expect(cookieIn(elsewhere)).not.toEqual(cookieIn(asked));
  });

  it('may ask for itself, with a header or without', async () => {
    const { place } = await start(`udp: ${udp}`, `proxies: ["${PROXY}"]`);
    const send = await openSender(place.dnsPort, PROXY);
    const local = { source: '192.0.2.1', destination: '192.0.2.2', port: 1, isLocal: true };
    const replies = await send(
      queryOf(1),
      Uint8Array.from([...buildProxyHeader(local), ...queryOf(2)]),
    );
    expect(replies.map((one) => readReply(one).answer.length)).toEqual([1, 1]);
  });

  it('is not believed when it is not listed, nor with a broken header', async () => {
    const { place, server } = await start(`udp: ${udp}`, `proxies: ["${PROXY}"]`);
    const forged = Uint8Array.from([...headerOf('203.0.113.1'), ...queryOf(1)]);
    const sendOther = await openSender(place.dnsPort, OTHER);
    expect(await sendOther(forged)).toEqual([]);
    expect(await sendOther(queryOf(2))).toHaveLength(1);
    const send = await openSender(place.dnsPort, PROXY);
    const broken = forged.slice();
    broken[12] = 0x11;
    expect(await send(broken, forged.subarray(0, 20))).toEqual([]);
    expect(await dropped(server, 'proxy-refused')).toBe(3);
  });
});

describe('a load balancer, streams', () => {
  it('is answered as the client that it names, however the octets arrive', async () => {
    const { place } = await start(`proxies: ["${PROXY}"]`);
    const ask = async (...chunks: Uint8Array[]): Promise<Buffer> => {
      const client = await openStreamClient(place.dnsPort, '127.0.0.1', PROXY);
      for (const chunk of chunks) {
        client.write(chunk);
        await sleep(20);
      }
      await expect.poll(() => client.frames.length).toBe(1);
      return cookieIn(client.frames[0]);
    };
    const frame = buildFrame(queryOf(7, CLIENT_COOKIE));
    const header = headerOf('203.0.113.1');
    const cookie = await ask(Uint8Array.from([...header, ...frame]));
    const again = buildFrame(queryOf(7, cookie));
    expect(await ask(header.subarray(0, 9), header.subarray(9), again)).toEqual(cookie);
    expect(await ask(headerOf('203.0.113.2'), again)).not.toEqual(cookie);
    expect(await ask(again)).not.toEqual(cookie);
  });

  it('may have TLS behind the header', async () => {
    const tlsPort = await freePort();
    await start(`proxies: ["${PROXY}"]`, `tls: { listen: ["127.0.0.1:${tlsPort}"] }`);
    const socket = connect({ host: '127.0.0.1', port: tlsPort, localAddress: PROXY });
    socket.write(headerOf('203.0.113.1'));
    const client = await openTlsClient(tlsPort, { socket });
    expect(readReply(await client.ask(queryOf(9))).answer).toHaveLength(1);
  });

  it('is ended for a broken header; others with one get no answer', async () => {
    const { place, server } = await start(`proxies: ["${PROXY}"]`);
    const broken = headerOf('203.0.113.1');
    broken[12] = 0x11;
    const frame = buildFrame(queryOf(1));
    const client = await openStreamClient(place.dnsPort, '127.0.0.1', PROXY);
    client.write(Uint8Array.from([...broken, ...frame]));
    await expect.poll(() => client.isClosed).toBe(true);
    expect(await dropped(server, 'stream-proxy-refused')).toBe(1);
    const other = await openStreamClient(place.dnsPort, '127.0.0.1', OTHER);
    other.write(Uint8Array.from([...headerOf('203.0.113.1'), ...frame]));
    await sleep(300);
    expect(other.frames).toEqual([]);
    const honest = await openStreamClient(place.dnsPort, '127.0.0.1', OTHER);
    honest.write(frame);
    await expect.poll(() => honest.frames.length).toBe(1);
  });
});
