// WHOIS on a socket: however the line comes, and what a client can not make us do.
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { type RateLimit, RequestRates } from '#base/request-rates.ts';
import { startWhoisServer, type WhoisLimits } from '#registry/rdds/whois/whois-server.ts';
import { freePort } from '../../../kit/free-port.ts';
import { followRegister, until } from '../../../kit/rdds/followed-register.ts';

async function openServer(given: { limits?: Partial<WhoisLimits>; rate?: RateLimit } = {}) {
  const { directory } = await followRegister();
  const port = await freePort();
  const counted: string[] = [];
  const server = await startWhoisServer({
    listen: { address: '127.0.0.1', port, family: 4, optional: false },
    directory,
    rates: new RequestRates(
      given.rate ?? { perSecond: 0, burst: 1 },
      openClock({ kind: 'system' }),
    ),
    count: (_service, outcome) => counted.push(outcome),
    log: silentLog(),
    ...(given.limits && { limits: given.limits }),
  });
  onTestFinished(() => server.close());
  return { port, counted };
}

/** Sends the parts one after the other; what came until the server closed its side. */
async function converse(port: number, parts: readonly string[], isEnding = false): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  socket.on('end', resolve).on('error', reject);
  for (const part of parts) {
    socket.write(part);
    await new Promise((next) => void setTimeout(next, 5));
  }
  if (isEnding) socket.end();
  await promise;
  socket.destroy();
  return text;
}

describe('a WHOIS server', () => {
  it('takes a line with CRLF, with LF, in pieces, and one that only the end ends', async () => {
    const { port, counted } = await openServer();
    const whole = await converse(port, ['example.tld\r\n']);
    expect(whole).toMatch(/^Domain Name: example\.tld\r\n/);
    expect(await converse(port, ['example.tld\n'])).toBe(whole);
    expect(await converse(port, ['exam', 'ple.tl', 'd\r', '\n'])).toBe(whole);
    expect(await converse(port, ['example.tld'], true)).toBe(whole);
    expect(await converse(port, ['example.tld\r\nand more that nobody reads\r\n'])).toBe(whole);
    expect(counted).toEqual(Array.from({ length: 5 }, () => 'found'));
  });

  it('closes in silence for who asks nothing, and with a word for who asks nonsense', async () => {
    const { port, counted } = await openServer();
    expect(await converse(port, [], true)).toBe('');
    expect(await converse(port, ['\u0000\u0001\u0002\r\n'])).toMatch(
      /^Error: ".*" is no name\.\r\n$/,
    );
    expect(counted).toEqual(['refused']);
  });

  it('refuses a line that is too long or too late, while others are answered', async () => {
    const { port, counted } = await openServer({ limits: { queryTimeoutMs: 200 } });
    expect(await converse(port, ['x'.repeat(600)])).toBe(
      'Error: a query has at most 512 octets.\r\n',
    );
    const slow = converse(port, ['exam']);
    expect(await converse(port, ['example.tld\r\n'])).toMatch(/^Domain Name/);
    expect(await slow).toBe('Error: no query within 0.2 s.\r\n');
    expect(counted).toEqual(['refused', 'found', 'refused']);
  });

  it('tells who asks too often when to come again', async () => {
    const { port, counted } = await openServer({ rate: { perSecond: 1, burst: 1 } });
    await converse(port, ['example.tld\r\n']);
    const refused = await converse(port, ['example.tld\r\n']);
    expect(refused).toBe('Error: too many queries; try again in 1 s.\r\n');
    expect(counted).toEqual(['found', 'limited']);
  });

  it('has so many connections of one client, and lets go of each', async () => {
    const { port } = await openServer({
      limits: { connectionsPerClientMax: 2, queryTimeoutMs: 300 },
    });
    const held = [converse(port, ['a']), converse(port, ['b'])];
    await new Promise((next) => void setTimeout(next, 50));
    expect(await converse(port, [])).toMatch(/^Error: too many connections from your address/);
    await Promise.all(held);
    await until(async () => (await converse(port, ['example.tld\r\n'])).startsWith('Domain Name'));
  });
});
