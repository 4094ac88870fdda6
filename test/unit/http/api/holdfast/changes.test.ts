// Changes of several zones as one, over HTTP.
import { describe, expect, it } from 'vitest';
import {
  type AdminFixture,
  createExampleZone,
  read,
  startAdmin,
} from '../../../../kit/admin/admin-fixture.ts';
import { FIRST_SERIAL } from '../../../../kit/admin/admin-parts.ts';

const CHANGES = '/api/holdfast/v1/changes';
const JSON_TYPE = { 'content-type': 'application/json' };

interface Answer {
  code?: string;
  errors?: { pointer: string; code: string; detail: string }[];
  zones?: { zone: string; newSerial: number; receipt: string | null; changed: boolean }[];
}

async function change(
  admin: AdminFixture,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Answer; receipts: string | null }> {
  const response = await admin.call('POST', CHANGES, body, { ...JSON_TYPE, ...headers });
  const receipts = response.headers.get('holdfast-receipt');
  return { ...((await read(response)) as { status: number; body: Answer }), receipts };
}

function address(name: string, content: string) {
  return { change: 'REPLACE', name, type: 'A', ttl: 60, records: [{ content }] };
}

async function startZones(): Promise<AdminFixture> {
  const admin = await startAdmin();
  await createExampleZone(admin, 'a.org.');
  await createExampleZone(admin, 'b.org.');
  return admin;
}

async function recordsOf(admin: AdminFixture, zone: string): Promise<string[]> {
  const view = await admin.zones.open(zone);
  const lines: string[] = [];
  for await (const text of view?.masterFile() ?? []) lines.push(...text.trimEnd().split('\n'));
  await view?.close();
  return lines;
}

/** The SOA that a zone gets which is made without one. */
function soa(zone: string, serial: number): string {
  const rdata = `a.misconfigured.dns.server.invalid. hostmaster.${zone} ${serial}`;
  return `${zone}\t3600\tIN\tSOA\t${rdata} 10800 3600 604800 3600`;
}

const SERVED_AT = '2026-11-22T01:00:01.000Z';

describe('a batch of changes', () => {
  it('is made over all its zones, and says of each what it did', async () => {
    const admin = await startZones();
    const { status, body, receipts } = await change(admin, {
      zones: [
        { zone: 'b.org.', edits: [address('WWW.b.org.', '192.0.2.2')] },
        {
          zone: 'A.org.',
          ifSerial: FIRST_SERIAL,
          edits: [
            { change: 'DELETE', name: 'www.a.org.', type: 'a' },
            {
              change: 'EXTEND',
              name: 't.a.org.',
              type: 'TXT',
              ttl: 9,
              records: texts('"x"', '"y"'),
            },
            { change: 'PRUNE', name: 'a.org.', type: 'NS', records: texts('ns2.a.org.') },
          ],
        },
      ],
    });
    expect(status).toBe(200);
    expect(receipts).toBe('r-3, r-4');
    const serials = { oldSerial: FIRST_SERIAL, newSerial: FIRST_SERIAL + 1, changed: true };
    expect(body).toEqual({
      dryRun: false,
      zones: [
        {
          zone: 'b.org.',
          ...serials,
          receipt: 'r-3',
          diff: {
            removed: [soa('b.org.', FIRST_SERIAL), 'www.b.org.\t300\tIN\tA\t192.0.2.1'],
            added: [soa('b.org.', FIRST_SERIAL + 1), 'www.b.org.\t60\tIN\tA\t192.0.2.2'],
            omitted: 0,
          },
          warnings: [],
        },
        {
          zone: 'a.org.',
          ...serials,
          receipt: 'r-4',
          diff: {
            removed: [
              'a.org.\t3600\tIN\tNS\tns2.a.org.',
              soa('a.org.', FIRST_SERIAL),
              'www.a.org.\t300\tIN\tA\t192.0.2.1',
            ],
            added: [
              soa('a.org.', FIRST_SERIAL + 1),
              't.a.org.\t9\tIN\tTXT\t"x"',
              't.a.org.\t9\tIN\tTXT\t"y"',
            ],
            omitted: 0,
          },
          warnings: [],
        },
      ],
    });
  });

  it('that is only tried says the same and does nothing', async () => {
    const admin = await startZones();
    const zones = [
      { zone: 'a.org.', edits: [address('www.a.org.', '192.0.2.2')] },
      { zone: 'b.org.', edits: [{ change: 'DELETE', name: 'no.b.org.', type: 'A' }] },
    ];
    const before = [await recordsOf(admin, 'a.org.'), await recordsOf(admin, 'b.org.')];
    const tried = await change(admin, { zones, dryRun: true });
    expect(tried).toMatchObject({ status: 200, receipts: null, body: { dryRun: true } });
    expect(tried.body.zones?.map(({ receipt }) => receipt)).toEqual([null, null]);
    expect([await recordsOf(admin, 'a.org.'), await recordsOf(admin, 'b.org.')]).toEqual(before);
    const made = await change(admin, { zones });
    const withoutReceipt = made.body.zones?.map((zone) => ({ ...zone, receipt: null }));
    expect(withoutReceipt).toEqual(tried.body.zones);
    expect(made).toMatchObject({ receipts: 'r-3', body: { zones: [{}, { changed: false }] } });
  });

  it('with mistakes changes nothing, and every mistake has its place', async () => {
    const admin = await startZones();
    const { status, body } = await change(admin, {
      zones: [
        { zone: 'a.org.', edits: [address('www.a.org.', '192.0.2.2')] },
        { zone: 'none.org.', edits: [address('www.none.org.', '192.0.2.2')] },
        {
          zone: 'b.org.',
          ifSerial: 7,
          edits: [
            { ...address('www.b.org.', '192.0.2.2'), records: texts('192.0.2.2', 'x', 'y') },
            address('www.a.org.', '192.0.2.2'),
            { ...address('www.b.org.', '192.0.2.2'), type: 'NONE' },
            { change: 'EXTEND', name: 'b.org.', type: 'TXT', records: texts('"x"', '"x"') },
          ],
        },
        { zone: 'a.org.', edits: [{ change: 'DELETE', name: 'www.a.org.', type: 'A' }] },
        { zone: 'no dot', edits: [{ change: 'DELETE', name: 'no dot', type: 'A' }] },
      ],
    });
    expect([status, body.code]).toEqual([422, 'API_CHANGES_REFUSED']);
    expect(body.errors?.map(({ pointer, code }) => `${pointer} ${code}`).toSorted()).toEqual([
      '/zones/1/zone API_ZONE_MISSING',
      '/zones/2/edits/0/records/1/content API_CONTENT_INVALID',
      '/zones/2/edits/0/records/2/content API_CONTENT_INVALID',
      '/zones/2/edits/1/name API_NAME_OUT_OF_ZONE',
      '/zones/2/edits/2/type API_TYPE_UNKNOWN',
      '/zones/2/edits/3/records/1/content API_RECORD_DUPLICATE',
      '/zones/2/ifSerial PRECONDITION_FAILED',
      '/zones/3/zone API_REQUEST_INVALID',
      '/zones/4/zone API_ZONE_MISSING',
    ]);
    expect((await recordsOf(admin, 'a.org.')).join()).toContain('192.0.2.1');
  });

  it('that conflicts with what is there names each edit', async () => {
    const admin = await startZones();
    const cname = { change: 'REPLACE', type: 'CNAME', ttl: 60, records: texts('x.org.') };
    for (const dryRun of [true, false]) {
      const { status, body } = await change(admin, {
        dryRun,
        zones: [
          { zone: 'a.org.', edits: [{ ...cname, name: 'www.a.org.' }] },
          {
            zone: 'b.org.',
            edits: [
              { ...cname, name: 'ok.b.org.' },
              { ...cname, name: 'b.org.' },
              { change: 'EXTEND', name: 'new.b.org.', type: 'A', records: texts('192.0.2.1') },
            ],
          },
        ],
      });
      expect(status).toBe(422);
      expect(body.errors?.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
        '/zones/0/edits/0 CHANGE_CONFLICT',
        '/zones/1/edits/2 CHANGE_TTL',
        '/zones/1/edits/1 CHANGE_CONFLICT',
      ]);
    }
  });

  it('for another serial or version than there is is a conflict', async () => {
    const admin = await startZones();
    const edits = [address('www.a.org.', '192.0.2.2')];
    const zones = [{ zone: 'a.org.', ifSerial: FIRST_SERIAL, ifVersion: 1, edits }];
    expect((await change(admin, { zones })).status).toBe(200);
    const late = await change(admin, { zones });
    expect(late).toMatchObject({
      status: 409,
      body: { errors: [{ pointer: '/zones/0/ifSerial' }] },
    });
    const other = [{ zone: 'a.org.', ifVersion: 1, edits }];
    const refused = await change(admin, { zones: other });
    expect(refused.body.errors).toMatchObject([{ pointer: '/zones/0/ifVersion' }]);
    const conditional = await change(admin, { zones: other }, { 'if-match': '"2"' });
    expect(conditional).toMatchObject({ status: 422, body: { code: 'API_REQUEST_INVALID' } });
  });

  it('of the wrong shape is refused with every place', async () => {
    const admin = await startZones();
    const { status, body } = await change(admin, {
      zones: [{ zone: 7, edits: [{ change: 'REPLACE', name: 'a.', type: 'A', records: [{}] }] }],
      dry: true,
    });
    expect(status).toBe(400);
    const pointers = body.errors?.map(({ pointer }) => pointer);
    expect(pointers).toEqual(
      expect.arrayContaining(['/zones/0/zone', '/zones/0/edits/0/ttl']) as string[],
    );
    const large = JSON.stringify({ zones: [], pad: 'x'.repeat(5 << 20) });
    expect((await change(admin, large)).status).toBe(413);
    const edits = Array.from({ length: 6_000 }, (_, at) => ({
      change: 'DELETE',
      name: `n${at}.a.org.`,
      type: 'A',
    }));
    const many = [
      { zone: 'a.org.', edits },
      { zone: 'b.org.', edits },
    ];
    expect((await change(admin, { zones: many })).status).toBe(422);
  });

  it('needs a token for every name of it', async () => {
    const admin = await startZones();
    const scope = { write: true, suffixes: ['www.a.org.'], types: ['A'] };
    const { secret } = await admin.parts.access.tokens.create('t', scope, 0);
    const key = { 'x-api-key': secret };
    const good = { zone: 'a.org.', edits: [address('www.a.org.', '192.0.2.2')] };
    expect((await change(admin, { zones: [good] }, key)).status).toBe(200);
    const more = { zone: 'b.org.', edits: [address('www.b.org.', '192.0.2.2')] };
    for (const dryRun of [true, false]) {
      const refused = await change(admin, { zones: [good, more], dryRun }, key);
      expect(refused).toMatchObject({ status: 403, body: { code: 'API_NOT_ALLOWED' } });
    }
  });

  it('is answered when all of it is served, for who prefers to wait', async () => {
    const admin = await startZones();
    const zones = ['a.org.', 'b.org.'].map((zone) => ({
      zone,
      edits: [address(`www.${zone}`, '192.0.2.2')],
    }));
    setTimeout(() => {
      for (const zone of ['a.org.', 'b.org.']) admin.parts.setServed(zone, Date.parse(SERVED_AT));
    }, 100);
    const response = await admin.call(
      'POST',
      CHANGES,
      { zones },
      { ...JSON_TYPE, prefer: 'wait=20' },
    );
    expect(response.headers.get('preference-applied')).toBe('wait=20');
    const served = await read(await admin.call('GET', '/api/holdfast/v1/receipts/r-4'));
    expect(served.body).toMatchObject({ served: [{ servedAt: SERVED_AT }] });
  });

  it('with an Idempotency-Key is made once, and its answer told again', async () => {
    const admin = await startZones();
    const zones = [{ zone: 'a.org.', edits: [address('www.a.org.', '192.0.2.2')] }];
    const headers = { 'idempotency-key': 'k' };
    const first = await change(admin, { zones }, headers);
    expect(await change(admin, { zones }, headers)).toEqual(first);
    expect((await admin.zones.find('a.org.'))?.version).toBe(2);
  });
});

function texts(...contents: string[]): { content: string }[] {
  return contents.map((content) => ({ content }));
}
