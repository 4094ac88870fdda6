/**
 * Tokens over HTTP, on both APIs: what each scope reads and writes, what it is told when it may
 * not, what only the admin key may do, and what the audit log keeps of it.
 */
import { describe, expect, it } from 'vitest';
import type { ScopeText } from '#http/api/access-ports.ts';
import {
  type AdminFixture,
  createExampleZone,
  read,
  startAdmin,
  ZONES,
} from '../../../kit/admin/admin-fixture.ts';
import { NOW } from '../../../kit/admin/admin-parts.ts';

const OWN = '/api/holdfast/v1';
const ZONE = `${ZONES}/example.org.`;
const CHALLENGE = '_acme-challenge.www.example.org.';
const JSON_TYPE = { 'content-type': 'application/json' };

type Call = (method: string, path: string, body?: unknown) => Promise<Response>;

/** `call` with the key of a new token. */
async function withToken(admin: AdminFixture, scope: Partial<ScopeText>): Promise<Call> {
  const { expiresAtMs, ...rest } = { write: true, ...scope };
  const expiresAt = expiresAtMs === undefined ? {} : { expiresAt: new Date(expiresAtMs) };
  const body = { name: 'test', scope: { ...rest, ...expiresAt } };
  const response = await admin.call('POST', `${OWN}/tokens`, body, JSON_TYPE);
  expect(response.status).toBe(201);
  const { secret } = (await response.json()) as { secret: string };
  return (method, path, asked) =>
    admin.call(method, path, asked, { 'x-api-key': secret, ...JSON_TYPE });
}

function edit(name: string, type: string, content: string): unknown {
  const rrset = { name, type, ttl: 60, changetype: 'REPLACE' };
  return { rrsets: [{ ...rrset, records: [{ content }] }] };
}

async function startWithZones(): Promise<AdminFixture> {
  const admin = await startAdmin();
  await createExampleZone(admin);
  await createExampleZone(admin, 'example.net.');
  return admin;
}

async function zoneNames(response: Response): Promise<string[]> {
  return ((await response.json()) as { name: string }[]).map(({ name }) => name);
}

describe('a token without limits', () => {
  it('does with zones what the admin key does, and nothing with tokens, keys and backups', async () => {
    const admin = await startWithZones();
    const call = await withToken(admin, {});
    expect((await call('GET', ZONES)).status).toBe(200);
    expect((await call('POST', ZONES, { name: 'new.org.', kind: 'Native' })).status).toBe(201);
    expect((await call('PUT', `${ZONES}/new.org.`, { account: 'a' })).status).toBe(204);
    expect((await call('DELETE', `${ZONES}/new.org.`)).status).toBe(204);
    expect((await call('GET', `${ZONE}/export`)).status).toBe(200);
    for (const [method, path] of [
      ['GET', `${OWN}/tokens`],
      ['POST', `${OWN}/tokens`],
      ['GET', `${OWN}/audit`],
      ['GET', `${OWN}/journal`],
      ['GET', `${OWN}/events`],
      ['POST', `${OWN}/backups`],
      ['POST', `${OWN}/zones/example.org./repair`],
      ['GET', '/api/v1/servers/localhost/tsigkeys'],
      ['POST', '/api/v1/servers/localhost/tsigkeys'],
      ['GET', '/api/v1/servers/localhost/autoprimaries'],
      ['POST', `${ZONE}/metadata`],
    ] as const) {
      const response = await call(method, path, method === 'POST' ? {} : undefined);
      expect(response.status, `${method} ${path}`).toBe(403);
      expect(await response.text()).toContain('Only the admin key allows this');
    }
  });

  it('is the actor of what it does', async () => {
    const admin = await startWithZones();
    const call = await withToken(admin, {});
    const response = await call('PATCH', ZONE, edit('a.example.org.', 'A', '192.0.2.9'));
    const id = response.headers.get('holdfast-receipt') ?? '';
    const receipt = await read(await call('GET', `${OWN}/receipts/${id}`));
    expect(receipt).toMatchObject({ status: 200, body: { actor: 'token:test' } });
  });
});

describe('a token for one ACME challenge', () => {
  const SCOPE = { suffixes: [CHALLENGE], types: ['TXT'] };

  it('makes and removes its TXT records, and nothing else', async () => {
    const admin = await startWithZones();
    const call = await withToken(admin, SCOPE);
    expect((await call('PATCH', ZONE, edit(CHALLENGE, 'TXT', '"x"'))).status).toBe(204);
    for (const [name, type, lacks] of [
      [CHALLENGE, 'CNAME', 'not type CNAME, only TXT'],
      ['www.example.org.', 'TXT', "not name 'www.example.org.', only names at or below"],
    ] as const) {
      const refused = await read(await call('PATCH', ZONE, edit(name, type, 'a.b.')));
      expect(refused.status).toBe(403);
      expect(refused.body).toEqual({ error: expect.stringContaining(lacks) });
    }
    const mixed = {
      rrsets: [CHALLENGE, 'www.example.org.'].map((name) => ({
        name,
        type: 'TXT',
        changetype: 'DELETE',
      })),
    };
    expect((await call('PATCH', ZONE, mixed)).status).toBe(403);
    const kept = await read(await call('GET', ZONE));
    expect(kept.body).toMatchObject({ rrsets: [{ name: CHALLENGE, type: 'TXT' }] });
    const removed = { rrsets: [{ name: CHALLENGE, type: 'TXT', changetype: 'DELETE' }] };
    expect((await call('PATCH', ZONE, removed)).status).toBe(204);
  });

  it('sees its zone, without the RRsets of others, and no other zone', async () => {
    const admin = await startWithZones();
    const call = await withToken(admin, SCOPE);
    expect(await zoneNames(await call('GET', ZONES))).toEqual(['example.org.']);
    expect(await zoneNames(await call('GET', `${ZONES}?zone=example.net.`))).toEqual([]);
    expect(await read(await call('GET', ZONE))).toMatchObject({ body: { rrsets: [] } });
    // That there is no such zone is not told either.
    for (const zone of ['example.net.', 'none.net.']) {
      expect((await call('GET', `${ZONES}/${zone}`)).status).toBe(403);
    }
  });

  it('does nothing to its zone as a whole', async () => {
    const admin = await startWithZones();
    const call = await withToken(admin, SCOPE);
    for (const [method, path, body] of [
      ['DELETE', ZONE],
      ['PUT', ZONE, { account: 'a' }],
      ['PUT', ZONE, { rrsets: [] }],
      ['GET', `${ZONE}/export`],
      ['GET', `${ZONE}/metadata`],
      ['POST', `${OWN}/zones/example.org./import`, {}],
      ['POST', ZONES, { name: 'new.example.org.', kind: 'Native' }],
    ] as const) {
      expect((await call(method, path, body)).status, `${method} ${path}`).toBe(403);
    }
    expect((await call('PUT', `${ZONE}/notify`)).status).toBe(200);
  });

  it('does not see the receipts of zones that it may not read', async () => {
    const admin = await startWithZones();
    const call = await withToken(admin, SCOPE);
    const changed = await admin.call(
      'PATCH',
      `${ZONES}/example.net.`,
      edit('a.example.net.', 'A', '192.0.2.9'),
    );
    const id = changed.headers.get('holdfast-receipt') ?? '';
    expect((await admin.call('GET', `${OWN}/receipts/${id}`)).status).toBe(200);
    expect((await call('GET', `${OWN}/receipts/${id}`)).status).toBe(404);
  });
});

describe('a token for one zone', () => {
  it('makes, changes and deletes it, and lists it in no catalog of others', async () => {
    const admin = await startWithZones();
    const call = await withToken(admin, { zones: ['new.org.'] });
    const zone = { name: 'new.org.', kind: 'Native' };
    const listed = { catalog: 'example.org.' };
    expect((await call('POST', ZONES, { ...zone, ...listed })).status).toBe(403);
    expect((await call('POST', ZONES, zone)).status).toBe(201);
    expect((await call('PUT', `${ZONES}/new.org.`, listed)).status).toBe(403);
    expect((await call('PUT', `${ZONES}/new.org.`, { catalog: '' })).status).toBe(204);
    expect(await zoneNames(await call('GET', ZONES))).toEqual(['new.org.']);
    expect((await call('DELETE', `${ZONES}/new.org.`)).status).toBe(204);
    expect((await call('DELETE', ZONE)).status).toBe(403);
  });
});

describe('a catalog that is followed', () => {
  const consumer = { name: 'catalog.org.', kind: 'Consumer', masters: ['192.0.2.1'] };
  const transfers = {
    state: () => ({ lastCheck: 0, notifiedSerial: 0 }),
    notify: () => undefined,
    retrieve: () => true,
  };

  it('is not made by a token for its zone, since it makes zones of any name', async () => {
    const admin = await startAdmin({ transfers });
    const call = await withToken(admin, { zones: ['catalog.org.'] });
    const refused = await read(await call('POST', ZONES, consumer));
    expect(refused.status).toBe(403);
    expect(refused.body).toEqual({ error: expect.stringContaining("not zone '.'") });
    expect((await call('POST', ZONES, { ...consumer, kind: 'Slave' })).status).toBe(201);
    expect((await call('PUT', `${ZONES}/catalog.org.`, { kind: 'Consumer' })).status).toBe(403);
    const kind = { kind: 'Consumer' };
    expect((await admin.call('PUT', `${ZONES}/catalog.org.`, kind)).status).toBe(204);
    const masters = { masters: ['192.0.2.66'] };
    expect((await call('PUT', `${ZONES}/catalog.org.`, masters)).status).toBe(403);
  });

  it('is made by a token for every zone', async () => {
    const admin = await startAdmin({ transfers });
    const call = await withToken(admin, {});
    expect((await call('POST', ZONES, consumer)).status).toBe(201);
  });
});

describe('a token that reads', () => {
  it('changes nothing', async () => {
    const admin = await startWithZones();
    const call = await withToken(admin, { write: false, zones: ['example.org.'] });
    expect((await call('GET', ZONE)).status).toBe(200);
    const refused = await read(await call('PATCH', ZONE, edit('a.example.org.', 'A', '192.0.2.9')));
    const error = 'The token does not allow this: it may read and not write';
    expect(refused).toEqual({ status: 403, body: { error } });
  });
});

describe('a token of a time and a network', () => {
  it('that has expired is 401, and says when', async () => {
    const admin = await startWithZones();
    const call = await withToken(admin, { expiresAtMs: Date.parse(NOW) });
    const { status, body } = await read(await call('GET', `${OWN}/receipts/r-1`));
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'API_TOKEN_EXPIRED', detail: expect.stringContaining(NOW) });
  });

  it('from elsewhere is 403, on both APIs and in the words of each', async () => {
    const admin = await startWithZones();
    const call = await withToken(admin, { networks: ['192.0.2.0/24'] });
    const detail = 'The token does not allow this: not from 127.0.0.1, only from 192.0.2.0/24';
    const own = await call('GET', `${OWN}/receipts/r-1`);
    expect(own.headers.get('content-type')).toContain('application/problem+json');
    expect(await read(own)).toMatchObject({
      status: 403,
      body: { code: 'API_NOT_ALLOWED', detail },
    });
    expect(await read(await call('GET', ZONES))).toEqual({ status: 403, body: { error: detail } });
  });
});

describe('tokens as resources', () => {
  it('show their secret once, and open nothing when they are revoked', async () => {
    const admin = await startWithZones();
    const made = await read(
      await admin.call('POST', `${OWN}/tokens`, { name: 'a', scope: {} }, JSON_TYPE),
    );
    const { id, secret, ...rest } = made.body as { id: string; secret: string };
    expect(rest).toEqual({ name: 'a', createdAt: NOW, scope: { write: false } });
    const one = await read(await admin.call('GET', `${OWN}/tokens/${id}`));
    expect(one).toEqual({ status: 200, body: { id, ...rest } });
    const listed = await read(await admin.call('GET', `${OWN}/tokens`));
    expect(listed.body).toEqual({ tokens: [one.body] });
    const headers = { 'x-api-key': secret };
    expect((await admin.call('GET', ZONES, undefined, headers)).status).toBe(200);
    expect((await admin.call('DELETE', `${OWN}/tokens/${id}`)).status).toBe(204);
    expect((await admin.call('GET', ZONES, undefined, headers)).status).toBe(401);
    expect((await admin.call('DELETE', `${OWN}/tokens/${id}`)).status).toBe(404);
  });
});

describe('the audit log', () => {
  it('tells what was done and what was refused, page by page, and not what was asked in vain', async () => {
    const admin = await startWithZones();
    const call = await withToken(admin, { suffixes: [CHALLENGE] });
    await call('PATCH', ZONE, edit(CHALLENGE, 'TXT', '"x"'));
    await call('PATCH', ZONE, edit(CHALLENGE, 'A', 'no address'));
    await call('GET', `${ZONES}/example.net.`);
    await call('GET', ZONES);
    await admin.call('GET', ZONES, undefined, { 'x-api-key': 'wrong' });
    const path = `${OWN}/audit`;
    const { entries } = (await (await admin.call('GET', path)).json()) as {
      entries: Record<string, unknown>[];
    };
    const seen = entries.map(({ actor, action, zone, outcome, status }) => [
      actor,
      action,
      zone,
      outcome,
      status,
    ]);
    const PATCH = 'PATCH /api/v1/servers/localhost/zones/:id';
    expect(seen).toEqual([
      ['admin-key', `POST ${ZONES}`, 'example.org.', 'done', '201'],
      ['admin-key', `POST ${ZONES}`, 'example.net.', 'done', '201'],
      ['admin-key', `POST ${OWN}/tokens`, null, 'done', '201'],
      ['token:test', PATCH, 'example.org.', 'done', '204'],
      ['token:test', 'GET /api/v1/servers/localhost/zones/:id', 'example.net.', 'refused', '403'],
    ]);
    expect(entries[3]).toMatchObject({ door: 'api', address: '127.0.0.1', at: NOW });
    expect(entries[3]?.['receipt']).toMatch(/^r-?/);
    expect(entries[4]?.['detail']).toContain("not zone 'example.net.'");
    const page = await read(await admin.call('GET', `${path}?limit=2`));
    const { next } = page.body as { next: string };
    const rest = await read(await admin.call('GET', `${path}?after=${next}`));
    expect(rest.body).toMatchObject({ entries: entries.slice(2), next: '5' });
    expect((await admin.call('GET', `${path}?after=99`)).status).toBe(410);
  });
});

describe('rate limits', () => {
  it('tell each principal when to come again, and leave the others alone', async () => {
    const admin = await startAdmin({ rateLimit: { perSecond: 0.5, burst: 3 } });
    const call = await withToken(admin, {});
    for (let round = 0; round < 3; round++) expect((await call('GET', ZONES)).status).toBe(200);
    const refused = await call('GET', ZONES);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('2');
    expect((await admin.call('GET', ZONES)).status).toBe(200);
  });

  it('stop wrong keys of one address, and never a good one', async () => {
    const admin = await startAdmin();
    const wrong = { 'x-api-key': 'wrong' };
    const counts = new Map<number, number>();
    for (let round = 0; round < 305; round++) {
      const { status } = await admin.call('GET', '/api/v1', undefined, wrong);
      counts.set(status, (counts.get(status) ?? 0) + 1);
    }
    expect([...counts]).toEqual([
      [401, 300],
      [429, 5],
    ]);
    expect((await admin.call('GET', ZONES)).status).toBe(200);
  });
});
