import { describe, expect, it } from 'vitest';
import { createExampleZone, read, startAdmin } from '../../../../kit/admin/admin-fixture.ts';
import { FIRST_SERIAL, NOW, WATCHED } from '../../../../kit/admin/admin-parts.ts';

const OWN = '/api/holdfast/v1';
const DNS = { 'content-type': 'text/dns' };
const FILE = 'example.org.\t60\tIN\tSOA\tns1. h. 1 2 3 4 5\nexample.org.\t60\tIN\tNS\tns1.\n';

/** A second after everything else. */
const SERVED_AT_MS = Date.parse(NOW) + 1000;

describe('importing a master file', () => {
  it('replaces the zone and tells what it did', async () => {
    const admin = await startAdmin();
    const response = await admin.call('POST', `${OWN}/zones/Example.org/import`, FILE, DNS);
    expect(response.headers.get('holdfast-receipt')).toBe('r-1');
    expect(await read(response)).toEqual({
      status: 200,
      body: {
        zone: 'example.org.',
        receipt: 'r-1',
        oldSerial: null,
        newSerial: 1,
        changed: true,
        records: 2,
        warnings: [],
      },
    });
    const again = await read(
      await admin.call('PUT', `${OWN}/zones/example.org./import`, FILE, DNS),
    );
    expect(again.body).toMatchObject({ changed: false, oldSerial: 1, newSerial: 1 });
  });

  it('with errors changes nothing and lists every one with its place', async () => {
    const admin = await startAdmin();
    const broken = `${FILE}broken\n${FILE}worse\n`;
    const response = await admin.call('POST', `${OWN}/zones/example.org./import`, broken, DNS);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const { status, body } = await read(response);
    expect(status).toBe(422);
    expect(body).toMatchObject({
      code: 'API_MASTER_FILE_REFUSED',
      errors: [
        { line: 3, column: 7, code: 'ZONEFILE_TYPE' },
        { line: 6, column: 6, code: 'ZONEFILE_TYPE' },
      ],
    });
    expect(await admin.zones.find('example.org.')).toBeUndefined();
  });

  it('does not overwrite what was changed through the API, unless forced', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const rrsets = [{ name: 'www.example.org.', type: 'A', changetype: 'DELETE' }];
    await admin.call('PATCH', '/api/v1/servers/localhost/zones/example.org.', { rrsets });
    const path = `${OWN}/zones/example.org./import`;
    const refused = await read(await admin.call('POST', path, FILE, DNS));
    expect(refused).toMatchObject({ status: 409, body: { code: 'API_ZONE_CHANGED' } });
    expect((await admin.call('POST', `${path}?force=true`, FILE, DNS)).status).toBe(200);
  });

  it('wants text/dns, and force as true or false', async () => {
    const admin = await startAdmin();
    const path = `${OWN}/zones/example.org./import`;
    const typeless = await admin.call('POST', path, FILE, { 'content-type': 'application/pdf' });
    expect(typeless.status).toBe(415);
    expect(await typeless.json()).toMatchObject({ code: 'HTTP_MEDIA_TYPE' });
    const unsure = await read(await admin.call('POST', `${path}?force=maybe`, FILE, DNS));
    expect(unsure).toMatchObject({
      status: 400,
      body: { code: 'HTTP_REQUEST_SCHEMA', errors: [{ pointer: '/querystring/force' }] },
    });
  });
});

describe('receipts and events', () => {
  it('find what a request changed by the id that it had', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const made = await read(await admin.call('GET', `${OWN}/receipts/r-1`));
    const { requestId } = made.body as { requestId: string };
    const find = async (id: string): Promise<unknown> =>
      read(await admin.call('GET', `${OWN}/receipts?transaction=${id}`));
    expect(await find(requestId)).toEqual({ status: 200, body: { receipts: [made.body] } });
    expect(await find('none')).toEqual({ status: 200, body: { receipts: [] } });
    expect(await find('')).toMatchObject({ status: 400 });
  });

  it('tell the life of a change, and wait for its end when asked to', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const path = `${OWN}/receipts/r-1`;
    const before = (await read(await admin.call('GET', path))).body;
    expect(before).toMatchObject({
      zone: 'example.org.',
      actor: 'admin-key',
      oldSerial: null,
      newSerial: FIRST_SERIAL,
      receivedAt: NOW,
      durableAt: NOW,
      publishedAt: NOW,
      served: [{ ...WATCHED, servedAt: null }],
    });
    setTimeout(() => admin.parts.setServed('example.org.', SERVED_AT_MS), 100);
    const after = await admin.call('GET', path, undefined, { prefer: 'wait=20' });
    expect(await after.json()).toMatchObject({
      served: [{ servedAt: new Date(SERVED_AT_MS).toISOString() }],
    });
  });

  it('are 404 for an id that nobody gave out', async () => {
    const admin = await startAdmin();
    const { status, body } = await read(await admin.call('GET', `${OWN}/receipts/none`));
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: 'API_RECEIPT_MISSING', title: 'Not Found' });
  });

  it('are paged by a cursor that never skips and never repeats', async () => {
    const admin = await startAdmin();
    for (const name of ['a.org.', 'b.org.', 'c.org.']) await createExampleZone(admin, name);
    const seen: unknown[] = [];
    let after = '';
    for (let page = 0; page < 4; page++) {
      const { body } = await read(await admin.call('GET', `${OWN}/events?limit=2${after}`));
      const { events, next } = body as { events: unknown[]; next: string };
      seen.push(...events);
      after = `&after=${next}`;
    }
    expect(seen).toEqual(
      ['r-1', 'r-2', 'r-3'].map((change) => ({
        kind: 'update-begun',
        change,
        confirmedAt: NOW,
        begunAt: NOW,
      })),
    );
    expect((await admin.call('GET', `${OWN}/events?after=99`)).status).toBe(410);
    expect((await admin.call('GET', `${OWN}/events?limit=100000`)).status).toBe(400);
  });
});

describe('backups', () => {
  it('are made now, listed, and read back', async () => {
    const admin = await startAdmin();
    const made = await read(await admin.call('POST', `${OWN}/backups`));
    expect(made).toMatchObject({
      status: 201,
      body: {
        at: NOW,
        locations: ['disk-1', 'disk-2'].map((location) => ({
          location,
          stored: true,
          verified: true,
        })),
      },
    });
    const { id } = made.body as { id: string };
    const { body } = await read(await admin.call('GET', `${OWN}/backups`));
    expect(body).toMatchObject({
      backups: [
        { id, at: NOW, location: 'disk-1' },
        { id, at: NOW, location: 'disk-2' },
      ],
      unreadable: [],
    });
    const all = await read(await admin.call('POST', `${OWN}/backups/verify`));
    expect(all).toMatchObject({ status: 200, body: { good: true } });
    const one = await admin.call(
      'POST',
      `${OWN}/backups/verify`,
      { id, location: 'disk-2' },
      { 'content-type': 'application/json' },
    );
    expect(((await one.json()) as { backups: unknown[] }).backups).toHaveLength(1);
  });

  it('say which location failed, and fail when all do', async () => {
    const admin = await startAdmin();
    await admin.call('POST', `${OWN}/backups`);
    await admin.parts.breakLocation('disk-1');
    const verified = await read(await admin.call('POST', `${OWN}/backups/verify`));
    expect(verified.body).toMatchObject({
      good: false,
      backups: [
        { location: 'disk-1', good: false },
        { location: 'disk-2', good: true },
      ],
    });
    expect((await read(await admin.call('GET', `${OWN}/backups`))).body).toMatchObject({
      backups: [{ location: 'disk-2' }],
      unreadable: [{ location: 'disk-1' }],
    });
    const half = await read(await admin.call('POST', `${OWN}/backups`));
    expect(half.body).toMatchObject({
      locations: [
        {
          location: 'disk-1',
          stored: false,
          message: expect.stringContaining('disk-1') as string,
        },
        { stored: true },
      ],
    });
    await admin.parts.breakLocation('disk-2');
    const none = await read(await admin.call('POST', `${OWN}/backups`));
    expect(none).toMatchObject({ status: 500, body: { code: 'API_BACKUP_FAILED' } });
  });
});

describe('verifying backups', () => {
  it('that nobody made is 404', async () => {
    const admin = await startAdmin();
    const none = await read(await admin.call('POST', `${OWN}/backups/verify`));
    expect(none).toMatchObject({ status: 404, body: { code: 'API_BACKUP_MISSING' } });
    const json = { 'content-type': 'application/json' };
    const verify = `${OWN}/backups/verify`;
    const nowhere = await read(await admin.call('POST', verify, { location: 'nowhere' }, json));
    expect(nowhere).toMatchObject({
      status: 404,
      body: { detail: "There is no location 'nowhere'; see backup.locations" },
    });
  });
});

describe('the own API', () => {
  it('asks for the key with problem+json', async () => {
    const admin = await startAdmin();
    for (const path of ['/backups', '/none', '/receipts/r-1']) {
      const response = await fetch(`${admin.url}${OWN}${path}`);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('X-API-Key realm="Holdfast"');
      expect(await response.json()).toMatchObject({ code: 'API_KEY_WRONG' });
    }
  });
});
