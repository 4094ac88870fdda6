// WHOIS, web WHOIS and RDAP tests over real sockets, plain and TLS, against servers that do what
// they are told.
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { type ListenAddress, parseListenAddress } from '#net/listen-address.ts';
import {
  type RddsPlanOptions,
  type RddsTarget,
  RddsTester,
  rddsPlan,
} from '#sla/probe/rdds/rdds-tester.ts';
import type { WebLookup } from '#sla/probe/rdds/web-lookup.ts';
import { StallWatch } from '#sla/probe/stall-watch.ts';
import type { TestSeen } from '#sla/probe/test-plan.ts';
import { makeAuthority, makeClientCertificate } from '../../../../kit/client-certificate.ts';
import { freePort } from '../../../../kit/free-port.ts';
import { temporaryFolder } from '../../../../kit/temporary-folder.ts';

const STALL_LIMIT_MS = 60_000;
const OBJECT = { name: 'example.com', expect: ['Registrar One'] };
const RDAP = { objectClassName: 'domain', ldhName: 'EXAMPLE.COM', remarks: 'registrar one' };
const GOOD = '\r\nDomain Name: EXAMPLE.COM\r\nRegistrar: Registrar One\r\n';

const tester = new RddsTester({
  clock: openClock({ kind: 'system' }),
  stalls: new StallWatch(openClock({ kind: 'system' }), STALL_LIMIT_MS),
  signal: new AbortController().signal,
});

/** Takes one line and then does as it is told. */
async function whoisServer(answer: (socket: Socket, line: string) => void): Promise<ListenAddress> {
  const port = await freePort();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.once('data', (line: Uint8Array) => answer(socket, Buffer.from(line).toString()));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return parseListenAddress(`127.0.0.1:${port}`);
}

async function webServer(
  answer: RequestListener,
  tls?: { certificate: string; key: string },
): Promise<ListenAddress> {
  const port = await freePort();
  const server =
    tls === undefined
      ? createHttpServer(answer)
      : createHttpsServer({ cert: tls.certificate, key: tls.key }, answer);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return parseListenAddress(`127.0.0.1:${port}`);
}

function whois(timeoutMs = 5000): RddsTarget {
  return { interface: 'whois', addresses: [], timeoutMs, query: '{name}' };
}

function web(given: Partial<WebLookup> = {}, asked: 'web' | 'rdap' = 'web'): RddsTarget {
  const lookup = {
    host: 'whois.test',
    path: '/whois?domain={name}',
    before: [],
    accept: 'text/html',
    ...given,
  };
  return { interface: asked, addresses: [], timeoutMs: 5000, lookup };
}

async function seeWhois(
  answer: (socket: Socket, line: string) => void,
  timeoutMs = 5000,
): Promise<TestSeen> {
  return tester.test(whois(timeoutMs), await whoisServer(answer), OBJECT);
}

async function seeWeb(answer: RequestListener, target: RddsTarget = web()): Promise<TestSeen> {
  return tester.test(target, await webServer(answer), OBJECT);
}

/** Sends everybody to `location`; what was looked for is at /found. */
function redirecting(location: string): RequestListener {
  return (request, response) => {
    if (request.url === '/found') response.end('Registrar One');
    else response.writeHead(302, { location }).end();
  };
}

describe('a WHOIS test', () => {
  it('is answered by the object, timed to the end of the connection', async () => {
    const lines: string[] = [];
    const seen = await seeWhois((socket, line) => {
      lines.push(line);
      socket.write(GOOD);
      setTimeout(() => socket.end(), 200);
    });
    expect(seen).toEqual({ outcome: 'answered', rttUs: expect.any(Number) });
    expect(seen.rttUs).toBeGreaterThan(195_000);
    expect(lines).toEqual(['example.com\r\n']);
  });

  it.each([
    ['another object', 'Domain Name: EXAMPLE.NET\r\nRegistrar: Registrar One\r\n', 'wrong-content'],
    ['other data', 'Domain Name: EXAMPLE.COM\r\nRegistrar: Two\r\n', 'wrong-content'],
    ['no match', 'No match for "EXAMPLE.COM".\r\nRegistrar One\r\n', 'wrong-content'],
    ['nothing', '', 'connection-closed'],
    ['too much', 'x'.repeat(1_100_000), 'response-too-long'],
  ])('is unanswered by %s', async (_what, text, error) => {
    const seen = await seeWhois((socket) => socket.end(text));
    expect([seen.outcome, seen.error]).toEqual(['unanswered', error]);
  });

  it('is unanswered by a server that is silent, resets or never ends', async () => {
    const silent = await seeWhois(() => undefined, 200);
    const reset = await seeWhois((socket) => socket.resetAndDestroy());
    const open = await seeWhois((socket) => socket.write(GOOD), 200);
    expect([silent, reset, open].map(({ error }) => error)).toEqual([
      'timeout',
      'connection-reset',
      'timeout',
    ]);
  });
});

describe('a web WHOIS test', () => {
  it('is answered by a page with what the register has', async () => {
    const seen = await seeWeb((request, response) => {
      expect(request.headers.host).toBe('whois.test');
      expect(request.url).toBe('/whois?domain=example.com');
      response.end('<td>REGISTRAR ONE</td>');
    });
    expect(seen).toEqual({ outcome: 'answered', rttUs: expect.any(Number) });
  });

  it('makes all steps with their cookies and token, and times the last one only', async () => {
    const seen = await seeWeb(
      (request, response) => {
        if (request.url === '/form') {
          response.setHeader('set-cookie', 'session=s1; Path=/');
          setTimeout(() => response.end('<input value="t&1">'), 300);
          return;
        }
        const isRight =
          request.url === '/show?domain=example.com&token=t%261' &&
          request.headers.cookie === 'session=s1';
        response.end(isRight ? 'Registrar One' : 'no');
      },
      web({
        before: ['/form'],
        token: /value="([^"]+)"/,
        path: '/show?domain={name}&token={token}',
      }),
    );
    expect(seen).toMatchObject({ outcome: 'answered' });
    expect(seen.rttUs).toBeLessThan(250_000);
  });

  it('follows a redirection on the same host as one step more, and no other', async () => {
    expect(await seeWeb(redirecting('/found'))).toMatchObject({ outcome: 'answered' });
    expect(await seeWeb(redirecting('http://elsewhere.test/found'))).toMatchObject({
      error: 'http-status',
    });
    expect(await seeWeb(redirecting('/again'))).toMatchObject({ error: 'http-status' });
  });

  it.each([404, 500, 503])('is unanswered by status %i, whatever the page says', async (status) => {
    const seen = await seeWeb((_request, response) => {
      response.writeHead(status).end('Registrar One');
    });
    expect([seen.outcome, seen.error]).toEqual(['unanswered', 'http-status']);
  });

  it('over TLS takes a certificate for its name only', async () => {
    const folder = await temporaryFolder();
    const authority = await makeAuthority(folder, 'authority');
    const own = await makeClientCertificate(folder, authority, 'whois.test');
    const server = await webServer((_request, response) => void response.end('Registrar One'), own);
    const tls = { ca: authority.certificate };
    expect(await tester.test(web({ tls }), server, OBJECT)).toMatchObject({ outcome: 'answered' });
    for (const target of [web({ tls, host: 'other.test' }), web({ tls: {} })]) {
      expect(await tester.test(target, server, OBJECT)).toEqual({
        outcome: 'unanswered',
        error: 'tls-failed',
      });
    }
  });
});

describe('an RDAP test', () => {
  it.each([
    ['the object', JSON.stringify(RDAP), undefined],
    ['another object', JSON.stringify({ ...RDAP, ldhName: 'other.com' }), 'wrong-content'],
    ['an entity', JSON.stringify({ ...RDAP, objectClassName: 'entity' }), 'wrong-content'],
    ['other data', JSON.stringify({ ...RDAP, remarks: '' }), 'wrong-content'],
    ['no JSON', '<html>Registrar One example.com</html>', 'malformed'],
  ])('looks whether the answer is %s', async (_what, text, error) => {
    const target = web({ path: '/rdap/domain/{name}', accept: 'application/rdap+json' }, 'rdap');
    const seen = await seeWeb((request, response) => {
      const isRight = request.headers.accept === 'application/rdap+json';
      response.setHeader('content-type', 'application/rdap+json').end(isRight ? text : '');
    }, target);
    expect(seen.error).toBe(error);
    expect(seen.outcome).toBe(error === undefined ? 'answered' : 'unanswered');
  });
});

describe('the plan of RDDS tests', () => {
  it('has one address of each service by each probe a cycle, and all in turn', () => {
    const addresses = ['127.0.0.1:43', '127.0.0.2:43', '127.0.0.3:43'].map((text) =>
      parseListenAddress(text),
    );
    const targets = [
      { ...whois(), addresses },
      { ...web(), addresses: addresses.slice(1) },
    ];
    const options: RddsPlanOptions = {
      probes: ['p01', 'p02'],
      targets,
      objects: [OBJECT],
      cycleSeconds: 300,
      tester,
    };
    const { plan } = rddsPlan(options);
    const seen = new Set<string>();
    for (let at = 0; at < 6; at++) {
      const cycle = 1_790_812_800 + at * 300;
      const runs = plan(cycle);
      expect(runs).toHaveLength(4);
      for (const { subject, atMs } of runs) {
        expect(atMs >= cycle * 1000 && atMs < (cycle + 225) * 1000).toBe(true);
        seen.add(JSON.stringify(subject));
      }
    }
    expect(seen.size).toBe(2 * (3 + 2));
  });
});
