// Somebody forges queries from a network: it gets no more than its limit, real clients in it come
// back over TCP or with a cookie, and the server says what it did.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeQuery } from '../../kit/dns-query.ts';
import { readReply } from '../../kit/dns-reply.ts';
import { addNameserverKeys } from '../../kit/server-configuration.ts';
import { makeServerFolder, type ServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { buildFrame, openStreamClient } from '../../kit/stream-client.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const ZONE = '$TTL 60\n@ SOA ns hostmaster 1 2 3 4 300\n@ NS ns\nns A 192.0.2.1\n';
const FLOOD = 200;
const CLIENT_COOKIE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

async function start(...keys: string[]): Promise<{ place: ServerFolder; server: ServerProcess }> {
  const place = await makeServerFolder(await temporaryFolder());
  await writeFile(join(place.zones, 'example.test.zone'), ZONE);
  await addNameserverKeys(place, keys);
  return { place, server: await ServerProcess.start(place) };
}

function query(id: number, name: string, cookie?: Uint8Array): Uint8Array {
  const options = cookie && [{ code: 10, data: cookie }];
  return writeQuery({
    id,
    name,
    type: 1,
    ...(options && { edns: { payloadSize: 1232, options } }),
  });
}

/** Sends from an address of our own choice and gives the replies of the next half second. */
async function flood(port: number, from: string, messages: Uint8Array[]): Promise<Uint8Array[]> {
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  const replies: Uint8Array[] = [];
  socket.on('message', (message) => replies.push(message));
  socket.bind(0, from);
  await once(socket, 'listening');
  for (const [i, message] of messages.entries()) {
    socket.send(message, port, '127.0.0.1');
    if (i % 20 === 19) await sleep(2);
  }
  await sleep(500);
  return replies;
}

async function metric(server: ServerProcess, line: string): Promise<number> {
  const text = await (await server.api('GET', '/metrics')).text();
  return Number(
    text
      .split('\n')
      .find((each) => each.startsWith(line))
      ?.slice(line.length),
  );
}

/** The cookie that comes back. */
async function askWith(place: ServerFolder, cookie: Uint8Array): Promise<string> {
  const [reply] = await flood(place.dnsPort, '127.0.0.1', [query(1, 'ns.example.test.', cookie)]);
  return Buffer.from(readReply(reply).edns?.options[0].data ?? []).toString('hex');
}

function many(name: string, cookie?: Uint8Array): Uint8Array[] {
  return Array.from({ length: FLOOD }, (_, id) => query(id, name, cookie));
}

const LIMITS = 'rateLimit: { positivePerSecond: 20, nxdomainPerSecond: 5, slip: 2, exempt: [] }';

describe('a flood from one network', () => {
  it('gets what its limit allows, half of the rest truncated, and is counted', async () => {
    const { place, server } = await start(LIMITS);
    const replies = (await flood(place.dnsPort, '127.0.5.1', many('ns.example.test.'))).map((one) =>
      readReply(one),
    );
    const whole = replies.filter(({ answer }) => answer.length === 1);
    const slipped = replies.filter(({ flags }) => flags.includes('tc'));
    expect(whole.length).toBeGreaterThanOrEqual(20);
    expect(whole.length).toBeLessThan(60);
    expect(slipped.length).toBe(Math.floor((FLOOD - whole.length) / 2));
    expect(slipped[0]).toMatchObject({ rcode: 0, answer: [], authority: [], additional: [] });
    const refused = 'holdfast_dns_rate_limited_total{kind="positive",action=';
    expect(await metric(server, `${refused}"slipped"} `)).toBe(slipped.length);
    expect(await metric(server, `${refused}"dropped"} `)).toBe(FLOOD - replies.length);
    expect(await metric(server, 'holdfast_dns_dropped_total{reason="rate-limited"} ')).toBe(
      FLOOD - replies.length,
    );
  });

  it('has limits of its own for names that do not exist, and leaves other networks alone', async () => {
    const { place } = await start(LIMITS);
    const replies = await flood(place.dnsPort, '127.0.5.1', many('no.example.test.'));
    const whole = replies
      .map((one) => readReply(one))
      .filter(({ authority }) => authority.length > 0);
    expect(whole.length).toBeGreaterThanOrEqual(5);
    expect(whole.length).toBeLessThan(20);
    const other = await flood(place.dnsPort, '127.0.6.1', many('no.example.test.').slice(0, 5));
    expect(other.map((one) => readReply(one).authority.length)).toEqual([1, 1, 1, 1, 1]);
  });

  it('does not touch clients with a cookie, exempt ones, nor TCP', async () => {
    const { place } = await start(LIMITS.replace('[]', '["127.0.7.0/24"]'));
    const [first] = await flood(place.dnsPort, '127.0.5.1', [
      query(1, 'ns.example.test.', CLIENT_COOKIE),
    ]);
    const cookie = readReply(first).edns?.options[0].data;
    const known = await flood(place.dnsPort, '127.0.5.1', many('ns.example.test.', cookie));
    expect(known).toHaveLength(FLOOD);
    // The cookie is of this address: from the next one it is as good as none.
    const forged = await flood(place.dnsPort, '127.0.5.2', many('ns.example.test.', cookie));
    expect(forged.length).toBeLessThan(FLOOD);
    const exempt = await flood(place.dnsPort, '127.0.7.1', many('ns.example.test.'));
    expect(exempt).toHaveLength(FLOOD);
    // The server's own address, from which it watches itself.
    const own = await flood(place.dnsPort, '127.0.0.1', many('ns.example.test.'));
    expect(own).toHaveLength(FLOOD);
    const stream = await openStreamClient(place.dnsPort, '127.0.0.1', '127.0.5.1');
    for (const message of many('ns.example.test.')) stream.write(buildFrame(message));
    await expect.poll(() => stream.frames.length).toBe(FLOOD);
  });

  it('is answered in full where nothing is configured', async () => {
    const { place } = await start();
    const replies = await flood(place.dnsPort, '127.0.5.1', many('ns.example.test.'));
    expect(replies).toHaveLength(FLOOD);
  });
});

describe('cookie secrets in a file', () => {
  it('are shared between servers, and rolled by SIGHUP', async () => {
    const secrets = join(await temporaryFolder(), 'cookie.secrets');
    const [old, next] = ['e5e973e5a6b2a43f48e7dc849e37bfcf', '445536bcd2513298075a5d379663c962'];
    await writeFile(secrets, `# of all servers\n${old}\n`, { mode: 0o600 });
    const key = `cookies: { secretFile: ${secrets} }`;
    const [one, other] = [await start(key), await start(key)];
    const cookie = await askWith(one.place, CLIENT_COOKIE);
    expect(await askWith(other.place, Buffer.from(cookie, 'hex'))).toBe(cookie);
    await writeFile(secrets, `${next}\n${old}\n`, { mode: 0o600 });
    one.server.child.kill('SIGHUP');
    await expect
      .poll(() => one.server.lines.some(({ msg }) => msg === 'cookie secrets in use'))
      .toBe(true);
    const rolled = await askWith(one.place, Buffer.from(cookie, 'hex'));
    expect(rolled).not.toBe(cookie);
    await writeFile(secrets, 'rubbish\n', { mode: 0o600 });
    one.server.child.kill('SIGHUP');
    await expect
      .poll(() => one.server.lines.some(({ msg }) => String(msg).includes('secrets not changed')))
      .toBe(true);
    expect(await askWith(one.place, Buffer.from(rolled, 'hex'))).toBe(rolled);
  });

  it('that do not serve end the start', async () => {
    const place = await makeServerFolder(await temporaryFolder());
    const secrets = join(place.folder, 'cookie.secrets');
    await writeFile(secrets, 'abc\n', { mode: 0o600 });
    await addNameserverKeys(place, [`cookies: { secretFile: ${secrets} }`]);
    const { status, stderr } = await ServerProcess.fail(place);
    expect(status).toBe(1);
    expect(stderr).toContain(`${secrets}:1:1: a secret is a line of 32 hexadecimal digits`);
    expect(await readFile(secrets, 'utf8')).toBe('abc\n');
  });
});
