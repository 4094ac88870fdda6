// What zones were, and the way back, over HTTP.
import { describe, expect, it } from 'vitest';
import {
  type AdminFixture,
  createExampleZone,
  read,
  startAdmin,
  ZONES,
} from '../../../../kit/admin/admin-fixture.ts';
import { FIRST_SERIAL, NOW } from '../../../../kit/admin/admin-parts.ts';

const ZONE = '/api/holdfast/v1/zones/example.org.';
const JSON_TYPE = { 'content-type': 'application/json' };

/** Versions: 1 made, 2 and 3 set the address, 4 settings, 5 takes it away. */
async function startHistory(): Promise<AdminFixture> {
  const admin = await startAdmin();
  await createExampleZone(admin);
  await setAddress(admin, '192.0.2.2');
  await setAddress(admin, '192.0.2.3');
  await admin.call('PUT', `${ZONES}/example.org.`, { account: 'me' });
  await setAddress(admin);
  return admin;
}

async function setAddress(admin: AdminFixture, ...contents: string[]): Promise<void> {
  const records = contents.map((content) => ({ content }));
  const rrset = { name: 'www.example.org.', type: 'A', ttl: 300, changetype: 'REPLACE', records };
  const { status } = await admin.call('PATCH', `${ZONES}/example.org.`, { rrsets: [rrset] });
  expect(status).toBe(204);
}

async function get(admin: AdminFixture, path: string): Promise<{ status: number; body: unknown }> {
  return read(await admin.call('GET', `${ZONE}${path}`));
}

function restore(admin: AdminFixture, body: unknown, headers: Record<string, string> = {}) {
  return admin.call('POST', `${ZONE}/restore`, body, { ...JSON_TYPE, ...headers });
}

function isNoSoa(line: string): boolean {
  return !line.includes('\tSOA\t');
}

/** Without the SOA, whose serial moves. */
function lines(diff: unknown): { removed: string[]; added: string[] } {
  const { removed, added } = diff as { removed: string[]; added: string[] };
  return { removed: removed.filter(isNoSoa), added: added.filter(isNoSoa) };
}

function www(address: string): string {
  return `www.example.org.\t300\tIN\tA\t${address}`;
}

describe('the history of a zone', () => {
  it('tells each version, who made it, from where and when, newest first', async () => {
    const admin = await startHistory();
    const { body } = await get(admin, '/history?limit=2');
    expect(body).toEqual({
      versions: [
        {
          version: 5,
          kind: 'change',
          oldSerial: FIRST_SERIAL + 2,
          newSerial: FIRST_SERIAL + 3,
          at: NOW,
          actor: 'admin-key',
          source: 'api',
          address: '127.0.0.1',
          requestId: expect.any(String) as string,
          receipt: 'r-5',
          edits: 2,
        },
        expect.objectContaining({ version: 4, kind: 'settings', edits: 0 }),
      ],
      next: 4,
    });
    const older = (await get(admin, '/history?before=4')).body as { versions: unknown[] };
    expect(older).toMatchObject({
      versions: [{ version: 3 }, { version: 2 }, { version: 1, kind: 'create', oldSerial: null }],
      next: null,
    });
    expect((await get(admin, '/history?limit=0')).status).toBe(400);
  });

  it('tells what one version changed, records and settings', async () => {
    const admin = await startHistory();
    const { body } = await get(admin, '/history/3');
    const { diff } = body as { diff: unknown };
    expect(lines(diff)).toEqual({ removed: [www('192.0.2.2')], added: [www('192.0.2.3')] });
    expect((await get(admin, '/history/4')).body).toMatchObject({
      diff: { removed: [], added: [] },
      settings: { before: { account: '' }, after: { account: 'me' } },
    });
    expect((await get(admin, '/history/1')).body).toMatchObject({ diff: null, settings: null });
    expect(await get(admin, '/history/6')).toMatchObject({
      status: 404,
      body: { code: 'API_VERSION_MISSING' },
    });
  });

  it('outlives the zone', async () => {
    const admin = await startHistory();
    await admin.call('DELETE', `${ZONES}/example.org.`);
    const { body } = await get(admin, '/history?limit=1');
    expect(body).toMatchObject({ versions: [{ version: 6, kind: 'delete', newSerial: null }] });
    expect((await get(admin, '/diff')).status).toBe(404);
    const none = await admin.call('GET', '/api/holdfast/v1/zones/none.org./history');
    expect(none.status).toBe(404);
  });

  it('is for who may read the whole zone', async () => {
    const admin = await startHistory();
    const { secret } = await admin.parts.access.tokens.create(
      't',
      { write: true, types: ['A'] },
      0,
    );
    for (const path of ['/history', '/history/3', '/diff']) {
      const refused = await admin.call('GET', `${ZONE}${path}`, undefined, { 'x-api-key': secret });
      expect(refused.status).toBe(403);
    }
    expect((await restore(admin, { version: 2 }, { 'x-api-key': secret })).status).toBe(403);
  });
});

describe('the difference between two versions', () => {
  it('is each record that went or came, in either direction', async () => {
    const admin = await startHistory();
    const { body } = await get(admin, '/diff?from=1&to=3');
    expect(body).toMatchObject({ zone: 'example.org.', from: 1, to: 3, omitted: 0 });
    expect(lines(body)).toEqual({ removed: [www('192.0.2.1')], added: [www('192.0.2.3')] });
    const back = (await get(admin, '/diff?from=3&to=1')).body;
    expect(lines(back)).toEqual({ removed: [www('192.0.2.3')], added: [www('192.0.2.1')] });
    const last = (await get(admin, '/diff')).body;
    expect(last).toMatchObject({ from: 4, to: 5 });
    expect(lines(last)).toEqual({ removed: [www('192.0.2.3')], added: [] });
  });

  it('is refused where the journal does not lead', async () => {
    const admin = await startHistory();
    for (const query of ['?from=0&to=2', '?from=2&to=9']) {
      const gone = await get(admin, `/diff${query}`);
      expect({ query, ...gone }).toMatchObject({
        query,
        status: 410,
        body: { code: 'HISTORY_GONE' },
      });
    }
  });
});

describe('a restore', () => {
  it('can be tried, and then is done as it said', async () => {
    const admin = await startHistory();
    const tried = await read(await restore(admin, { version: 2, dryRun: true }));
    expect(tried).toMatchObject({ status: 200, body: { changed: true, receipt: null } });
    expect((await admin.zones.find('example.org.'))?.version).toBe(5);
    const response = await restore(admin, { version: 2 });
    expect(response.headers.get('holdfast-receipt')).toBe('r-6');
    const { body } = await read(response);
    expect(body).toEqual({ ...(tried.body as object), receipt: 'r-6' });
    expect(lines((body as { diff: unknown }).diff)).toEqual({
      removed: [],
      added: [www('192.0.2.2')],
    });
    const again = await read(await restore(admin, { version: 2 }));
    expect(again).toMatchObject({ status: 200, body: { changed: false } });
  });

  it('of the version that was looked at, with If-Match', async () => {
    const admin = await startHistory();
    for (const dryRun of [true, false]) {
      const refused = await restore(admin, { version: 2, dryRun }, { 'if-match': '"4"' });
      expect(refused.status).toBe(412);
    }
    expect((await restore(admin, { version: 2 }, { 'if-match': '"5"' })).status).toBe(200);
  });

  it('to what never was, or is no longer known, is refused', async () => {
    const admin = await startHistory();
    for (const version of [0, 9]) {
      const gone = await read(await restore(admin, { version }));
      expect(gone).toMatchObject({ status: 410, body: { code: 'HISTORY_GONE' } });
    }
    expect((await restore(admin, { version: 'x' })).status).toBe(400);
    const path = '/api/holdfast/v1/zones/none.org./restore';
    expect((await admin.call('POST', path, { version: 1 }, JSON_TYPE)).status).toBe(404);
  });
});
