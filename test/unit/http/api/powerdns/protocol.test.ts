import Fastify from 'fastify';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { BODY_LIMITS, takeJsonBodies } from '#http/api/powerdns/body-limits.ts';
import {
  API_KEY,
  createExampleZone,
  read,
  startAdmin,
  ZONES,
} from '../../../../kit/admin/admin-fixture.ts';

const ZONE = `${ZONES}/example.org.`;

/** Lists in lists around a string that looks like more of them. */
function ofDepth(depth: number): string {
  return `${'['.repeat(depth)}"\\"[[\\\\"${']'.repeat(depth)}`;
}

describe('the key of the PowerDNS API', () => {
  it('is asked for with 401 and a challenge, whether it is missing or wrong', async () => {
    const admin = await startAdmin();
    for (const headers of [{}, { 'x-api-key': '' }, { 'x-api-key': `${API_KEY}x` }]) {
      for (const path of ['/api', '/api/v1', ZONES, '/api/v1/none']) {
        const response = await fetch(`${admin.url}${path}`, { headers });
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toBe('X-API-Key realm="PowerDNS"');
        expect(await response.json()).toEqual({ error: 'Unauthorized' });
      }
    }
  });

  it('is not taken from the query, where logs would keep it', async () => {
    const admin = await startAdmin();
    expect((await fetch(`${admin.url}${ZONES}?api-key=${API_KEY}`)).status).toBe(401);
  });

  it('may be written X-Api-Key', async () => {
    const admin = await startAdmin();
    const headers = { 'X-Api-Key': API_KEY };
    expect((await fetch(`${admin.url}${ZONES}`, { headers })).status).toBe(200);
  });
});

describe('answers', () => {
  it('are application/json without a charset, lists, documents and errors alike', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    for (const path of ['/api', ZONES, ZONE, `${ZONES}?zone=none.`, `${ZONES}/none.`]) {
      const response = await admin.call('GET', path);
      expect(response.headers.get('content-type')).toBe('application/json');
    }
  });

  it('without content have no content type', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const response = await admin.call('PATCH', ZONE, { rrsets: [] });
    expect(response.status).toBe(204);
    expect(response.headers.get('content-type')).toBeNull();
    expect(await response.text()).toBe('');
  });
});

describe('methods', () => {
  it.each([
    ['GET', '/api', 'PUT'],
    ['GET, POST', ZONES, 'DELETE'],
    ['GET, PATCH, PUT, DELETE', ZONE, 'POST'],
    ['GET', `${ZONE}/export`, 'PUT'],
    ['PUT', `${ZONE}/notify`, 'GET'],
    ['PUT', `${ZONE}/notify`, 'HEAD'],
  ])('%s of %s are listed when another is used, and by OPTIONS', async (own, path, other) => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const refused = await admin.call(other, path);
    expect(refused.status).toBe(405);
    expect(refused.headers.get('allow')).toBe(`${own}, OPTIONS`);
    const preflight = await fetch(`${admin.url}${path}`, { method: 'OPTIONS' });
    expect(preflight.status).toBe(200);
    expect(preflight.headers.get('access-control-allow-methods')).toBe(`${own}, OPTIONS`);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('Content-Type, X-API-Key');
  });

  it('of a path that does not exist are none', async () => {
    const admin = await startAdmin();
    expect((await admin.call('GET', '/api/v1/servers/other/zones')).status).toBe(404);
    expect((await admin.call('OPTIONS', '/api/v1/none')).status).toBe(404);
  });
});

describe('paths', () => {
  it('lead to a zone with and without dot, in any case, escaped either way, slashes doubled', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin, 'my_zone.example.org.');
    for (const id of [
      'my_zone.example.org.',
      'my_zone.example.org',
      'MY_ZONE.Example.ORG.',
      'my=5Fzone.example.org.',
      'my%5Fzone.example.org.',
      'my_zone.example.org./',
      '/my_zone.example.org.',
    ]) {
      const { status, body } = await read(await admin.call('GET', `${ZONES}/${id}`));
      expect(status).toBe(200);
      expect(body).toMatchObject({
        id: 'my=5Fzone.example.org.',
        name: 'my_zone.example.org.',
        url: `${ZONES}/my=5Fzone.example.org.`,
      });
    }
  });

  it('lead to the root zone by =2E', async () => {
    const admin = await startAdmin();
    await admin.call('POST', ZONES, { name: '.', kind: 'Native' });
    const { body } = await read(await admin.call('GET', `${ZONES}/=2E`));
    expect(body).toMatchObject({ id: '=2E', name: '.' });
  });

  it('with a broken escape are refused with 400, of any length answered', async () => {
    const admin = await startAdmin();
    expect((await admin.call('GET', `${ZONES}/a=GZ`)).status).toBe(400);
    const broken = await read(await admin.call('GET', `${ZONES}/a%GZ`));
    expect(broken.status).toBe(400);
    expect(Object.keys(broken.body as object)).toEqual(['error']);
    expect((await admin.call('GET', `${ZONES}/${'a'.repeat(2000)}`)).status).toBe(404);
    expect((await admin.call('GET', `${ZONES}/..%2f..%2fetc`)).status).toBe(404);
  });
});

describe('bodies', () => {
  const create = JSON.stringify({ name: 'new.org.', kind: 'Native' });

  it.each([
    'application/json',
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/octet-stream',
    '',
  ])('are JSON whatever the content type says: %j', async (type) => {
    const admin = await startAdmin();
    const response = await fetch(`${admin.url}${ZONES}`, {
      method: 'POST',
      headers: { 'x-api-key': API_KEY, ...(type === '' ? {} : { 'content-type': type }) },
      body: new TextEncoder().encode(create),
    });
    expect(response.status).toBe(201);
  });

  it.each([
    ['nothing', undefined],
    ['half a document', '{"rrsets":'],
    ['text', 'hello'],
    ['octets that are not UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22])],
  ])('of %s are a bad request', async (_what, body) => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    for (const [method, path] of [
      ['POST', ZONES],
      ['PATCH', ZONE],
      ['PUT', ZONE],
    ] as const) {
      const response = await fetch(`${admin.url}${path}`, {
        method,
        headers: { 'x-api-key': API_KEY, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body }),
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ error: 'Bad Request' });
    }
  });

  it.each(['[]', 'null', '"text"', '12', 'true'])('%s miss their first key', async (body) => {
    const admin = await startAdmin();
    const response = await admin.call('POST', ZONES, body);
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({ error: "Key 'name' not present or not a String" });
  });

  it('are no deeper than documents are, whatever their strings hold', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
    expect((await admin.call('PATCH', ZONE, `{"rrsets":${deep}}`)).status).toBe(413);
    expect((await admin.call('PATCH', ZONE, `{"rrsets":[],"x":${deep}}`)).status).toBe(413);
    expect((await admin.call('PATCH', ZONE, ofDepth(BODY_LIMITS.depthMax))).status).toBe(422);
    expect((await admin.call('PATCH', ZONE, ofDepth(BODY_LIMITS.depthMax + 1))).status).toBe(413);
  });

  it('cannot reach a prototype', async () => {
    const admin = await startAdmin();
    const body = '{"__proto__":{"name":"evil.org.","kind":"Native"}}';
    expect((await admin.call('POST', ZONES, body)).status).toBe(422);
    expect((await admin.call('POST', ZONES, '{"constructor":{"name":1}}')).status).toBe(422);
  });

  it('may be 64 MiB and no more', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const frame = '{"rrsets":[],"pad":""}';
    const limit = 64 * 1024 * 1024;
    const pad = 'x'.repeat(limit - frame.length);
    expect((await admin.call('PATCH', ZONE, frame.replace('""', `"${pad}"`))).status).toBe(204);
    const larger = await admin.call('PATCH', ZONE, frame.replace('""', `"${pad}x"`));
    expect(larger.status).toBe(413);
    expect(await larger.json()).toHaveProperty('error');
  });

  it('in an encoding are refused, as are those of more values than memory has room for', async () => {
    const admin = await startAdmin();
    const gzip = { 'content-encoding': 'gzip' };
    expect((await admin.call('POST', ZONES, create, gzip)).status).toBe(415);
    expect(
      (await admin.call('POST', ZONES, create, { 'content-encoding': 'identity' })).status,
    ).toBe(201);
    const values = `[${'[],'.repeat(BODY_LIMITS.valuesMax / 2)}0]`;
    expect((await admin.call('POST', ZONES, values)).status).toBe(413);
  });

  it('together have a limit, and room again when they are answered', async () => {
    const app = Fastify();
    onTestFinished(() => app.close());
    takeJsonBodies(app, { roomSize: 100, chunkedSize: 80, valuesMax: 1000, depthMax: 9 });
    const { promise, resolve } = Promise.withResolvers<string>();
    app.post('/held', () => promise);
    app.post('/', async () => 'done');
    const post = async (url: string, payload: string) =>
      app.inject({ method: 'POST', url, payload });
    const held = post('/held', `"${'x'.repeat(60)}"`);
    await vi.waitFor(async () =>
      expect((await post('/', `"${'x'.repeat(60)}"`)).statusCode).toBe(503),
    );
    expect((await post('/', '"small"')).statusCode).toBe(200);
    resolve('done');
    expect((await held).statusCode).toBe(200);
    expect((await post('/', `"${'x'.repeat(60)}"`)).statusCode).toBe(200);
  });
});

describe('errors', () => {
  it.each([
    [undefined, 'application/json', '{"error":"Not Found"}'],
    ['*/*', 'application/json', '{"error":"Not Found"}'],
    ['application/json; q=1', 'application/json', '{"error":"Not Found"}'],
    ['text/plain', 'text/plain; charset=utf-8', 'Not Found'],
    ['text/plain;q=0.5, application/json', 'application/json', '{"error":"Not Found"}'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html; charset=utf-8', '<h1>Not Found'],
  ])('for Accept %s are %s', async (accept, type, text) => {
    const admin = await startAdmin();
    const headers: Record<string, string> = accept === undefined ? {} : { accept };
    const response = await admin.call('GET', `${ZONES}/none.org.`, undefined, headers);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe(type);
    expect(await response.text()).toContain(text);
  });

  it('as a page hold nothing that was sent as markup', async () => {
    const admin = await startAdmin();
    const path = `${ZONES}?zone=${encodeURIComponent('<script>')}`;
    const response = await admin.call('GET', path, undefined, { accept: 'text/html' });
    expect(await response.text()).not.toContain('<script>');
  });
});
