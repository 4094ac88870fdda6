import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { CodedError } from '#base/coded-error.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { type HttpServer, type HttpServerOptions, openHttpServer } from '#http/server.ts';

async function openServer(options: Partial<HttpServerOptions> = {}): Promise<HttpServer> {
  const server = await openHttpServer({
    listen: { host: '127.0.0.1', port: 0 },
    log: silentLog(),
    clock: openClock({ kind: 'system' }),
    random: seededRandom(1),
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}

/** Everything that the server sends until it closes the connection. */
async function converse(port: number, text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = '';
  const socket = connect(port, '127.0.0.1', () => socket.write(text));
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(answer));
  return promise;
}

describe('the HTTP server', () => {
  it('says that an address is taken, which one, and what to do', async () => {
    const { port } = await (await openServer()).listen();
    const second = await openServer({ listen: { host: '127.0.0.1', port } });
    await expect(second.listen()).rejects.toMatchObject({
      code: 'HTTP_ADDRESS_IN_USE',
      message: expect.stringContaining(`127.0.0.1:${port}`) as string,
    });
  });

  it('logs the message of an error with a code, and whole what nobody expected', async () => {
    const lines: string[] = [];
    const log = pino({}, { write: (line: string) => lines.push(line) });
    const server = await openServer({ log });
    server.app.get('/known', async () => {
      throw new CodedError('STORE_FAILED', 'the disk is full');
    });
    server.app.get('/unknown', async () => {
      throw new Error('a defect');
    });
    const { port } = await server.listen();
    for (const path of ['known', 'unknown']) await fetch(`http://127.0.0.1:${port}/${path}`);
    const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const [known, unknown] = said.filter(({ msg }) => msg === 'request failed');
    expect(known).toMatchObject({ code: 'STORE_FAILED', reason: 'the disk is full' });
    expect(known).not.toHaveProperty('err');
    expect(unknown).toMatchObject({ code: 'HTTP_INTERNAL', err: { message: 'a defect' } });
    expect(unknown['err']).toHaveProperty('stack');
  });

  it('says that the machine lacks an address', async () => {
    const server = await openServer({ listen: { host: '192.0.2.1', port: 0 } });
    await expect(server.listen()).rejects.toMatchObject({ code: 'HTTP_ADDRESS_MISSING' });
  });

  it('answers with security headers, its request id, and a problem where there is nothing', async () => {
    const { port } = await (await openServer()).listen();
    const response = await fetch(`http://127.0.0.1:${port}/nothing?secret=1`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none'");
    const problem = (await response.json()) as Record<string, unknown>;
    expect(problem).toMatchObject({ code: 'HTTP_NOT_FOUND', title: 'Not Found', status: 404 });
    expect(problem['requestId']).toBe(response.headers.get('x-request-id'));
    expect(problem['detail']).not.toContain('secret');
  });

  it('keeps to itself what went wrong inside', async () => {
    const server = await openServer();
    server.app.get('/broken', async () => {
      throw new Error('password is 1234');
    });
    const { port } = await server.listen();
    const response = await fetch(`http://127.0.0.1:${port}/broken`);
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain('HTTP_INTERNAL');
    expect(text).not.toContain('1234');
  });

  it('is strict about content types and sizes outside compatible parts', async () => {
    const server = await openServer({ limits: { bodySizeMax: 100 } });
    server.app.route({ method: 'POST', url: '/echo', handler: async ({ body }) => body });
    const { port } = await server.listen();
    const post = (body: string, type: string) =>
      fetch(`http://127.0.0.1:${port}/echo`, {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      });
    expect((await post('{}', 'application/json')).status).toBe(200);
    const wrongType = await post('a=b', 'application/x-www-form-urlencoded');
    expect(wrongType.status).toBe(415);
    expect(await wrongType.json()).toMatchObject({ code: 'HTTP_MEDIA_TYPE' });
    const tooLarge = await post(JSON.stringify('x'.repeat(200)), 'application/json');
    expect(tooLarge.status).toBe(413);
    expect(await tooLarge.json()).toMatchObject({ code: 'HTTP_BODY_TOO_LARGE' });
    expect((await post('{broken', 'application/json')).status).toBe(400);
  });

  it('cuts a client whose body does not come to its end', async () => {
    const server = await openServer({ limits: { bodyTimeoutMs: 100 } });
    server.app.route({ method: 'POST', url: '/echo', handler: async ({ body }) => body });
    const { port } = await server.listen();
    const head = 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    const started = performance.now();
    expect(await converse(port, `${head}Content-Length: 10\r\n\r\n{"a"`)).toBe('');
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('refuses a request that is not HTTP and goes on', async () => {
    const { port } = await (await openServer()).listen();
    expect(await converse(port, '\0\x01\x02garbage\r\n\r\n')).toContain('400 Bad Request');
    expect((await fetch(`http://127.0.0.1:${port}/nothing`)).status).toBe(404);
  });

  it('believes X-Forwarded-For only from proxies that it was told of', async () => {
    for (const [trustedProxies, source] of [
      [undefined, '127.0.0.1'],
      [['127.0.0.1'], '192.0.2.7'],
    ] as const) {
      const server = await openServer(trustedProxies === undefined ? {} : { trustedProxies });
      server.app.route({ method: 'GET', url: '/ip', handler: async ({ ip }) => ({ ip }) });
      const { port } = await server.listen();
      const response = await fetch(`http://127.0.0.1:${port}/ip`, {
        headers: { 'x-forwarded-for': '192.0.2.7' },
      });
      expect(await response.json()).toEqual({ ip: source });
    }
  });

  it('lets a running request end when it closes, and cuts one that does not', async () => {
    for (const [durationMs, isAnswered] of [
      [100, true],
      [20_000, false],
    ] as const) {
      const server = await openServer({ limits: { closeGraceMs: 500 } });
      const { promise: asked, resolve } = Promise.withResolvers<void>();
      server.app.get('/slow', async () => {
        resolve();
        await sleep(durationMs, undefined, { ref: false });
        return { done: true };
      });
      const { port } = await server.listen();
      const answer = fetch(`http://127.0.0.1:${port}/slow`).then(
        () => true,
        () => false,
      );
      await asked;
      const started = performance.now();
      await server.close();
      expect(performance.now() - started).toBeLessThan(3_000);
      expect(await answer).toBe(isAnswered);
    }
  });
});
