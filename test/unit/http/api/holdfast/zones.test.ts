// Pages of zones and of RRsets, over HTTP.
import { describe, expect, it } from 'vitest';
import {
  type AdminFixture,
  createExampleZone,
  read,
  startAdmin,
} from '../../../../kit/admin/admin-fixture.ts';

const OWN = '/api/holdfast/v1';

interface Page {
  zones?: { name: string }[];
  rrsets?: { name: string; type: string }[];
  next: string | null;
}

async function getPage(admin: AdminFixture, path: string, secret?: string): Promise<Page> {
  const headers: Record<string, string> = secret === undefined ? {} : { 'x-api-key': secret };
  const { status, body } = await read(await admin.call('GET', `${OWN}${path}`, undefined, headers));
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body as Page;
}

/** All pages, as the names of what they hold. */
async function listAll(admin: AdminFixture, path: string, secret?: string): Promise<string[]> {
  const all: string[] = [];
  for (let after = ''; ; ) {
    const page = await getPage(admin, `${path}${after}`, secret);
    all.push(...(page.zones ?? []).map(({ name }) => name));
    all.push(...(page.rrsets ?? []).map(({ name, type }) => `${name} ${type}`));
    if (page.next === null) return all;
    after = `&after=${encodeURIComponent(page.next)}`;
  }
}

async function startZones(): Promise<AdminFixture> {
  const admin = await startAdmin();
  for (const name of ['b.org.', 'z.a.org.', 'a.org.', 'com.', 'c.org.', 'B.a.org.']) {
    await createExampleZone(admin, name.toLowerCase());
  }
  return admin;
}

describe('pages of zones', () => {
  it('hold every zone once, in canonical order, whatever their size', async () => {
    const admin = await startZones();
    const names = ['com.', 'a.org.', 'b.a.org.', 'z.a.org.', 'b.org.', 'c.org.'];
    for (const limit of [1, 2, 5, 6, 100]) {
      expect(await listAll(admin, `/zones?limit=${limit}`)).toEqual(names);
    }
    const below = await listAll(admin, '/zones?limit=2&suffix=a.org.');
    expect(below).toEqual(['a.org.', 'b.a.org.', 'z.a.org.']);
    expect(await listAll(admin, '/zones?limit=2&suffix=x.org.')).toEqual([]);
    expect(await getPage(admin, '/zones?after=b.aa.org.&limit=1')).toMatchObject({
      zones: [{ name: 'b.org.' }],
      next: 'b.org.',
    });
  });

  it('tell what each zone is, and one zone the same with its ETag', async () => {
    const admin = await startZones();
    const { zones } = await getPage(admin, '/zones?limit=1');
    const zone = {
      name: 'com.',
      kind: 'Native',
      serial: 2_026_112_201,
      version: 1,
      records: 4,
      fault: null,
    };
    expect(zones).toEqual([zone]);
    const response = await admin.call('GET', `${OWN}/zones/COM`);
    const etag = response.headers.get('etag') ?? '';
    expect(await response.json()).toEqual(zone);
    const again = await admin.call('GET', `${OWN}/zones/com.`, undefined, {
      'if-none-match': etag,
    });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await admin.call('GET', `${OWN}/zones/none.`)).status).toBe(404);
  });

  it('hold for a token what it may see', async () => {
    const admin = await startZones();
    const { tokens } = admin.parts.access;
    const scope = { write: false, zones: ['b.a.org.', 'c.org.'] };
    const { secret } = await tokens.create('t', scope, 0);
    expect(await listAll(admin, '/zones?limit=1', secret)).toEqual(['b.a.org.', 'c.org.']);
    const part = await tokens.create('part', { write: false, types: ['A'] }, 0);
    const rrsets = await listAll(admin, '/zones/com./rrsets?limit=1', part.secret);
    expect(rrsets).toEqual(['www.com. A']);
    const { zones } = await getPage(admin, '/zones?limit=1', part.secret);
    expect(zones).toMatchObject([{ name: 'com.', records: null }]);
  });

  it('want names and limits that are some', async () => {
    const admin = await startZones();
    for (const [query, status] of [
      ['limit=0', 400],
      ['limit=1001', 400],
      ['after=no%20dot', 422],
      ['suffix=no', 422],
    ] as const) {
      const refused = await admin.call('GET', `${OWN}/zones?${query}`);
      expect([query, refused.status]).toEqual([query, status]);
    }
  });
});

describe('pages of RRsets', () => {
  it('hold every RRset once, whatever their size', async () => {
    const admin = await startZones();
    const rrsets = Array.from({ length: 700 }, (_, at) => ({
      name: `n${at}.com.`,
      type: at % 2 === 0 ? 'A' : 'TXT',
      ttl: 60,
      changetype: 'REPLACE',
      records: [{ content: at % 2 === 0 ? '192.0.2.1' : '"t"' }],
    }));
    const path = '/api/v1/servers/localhost/zones/com.';
    expect((await admin.call('PATCH', path, { rrsets })).status).toBe(204);
    const whole = await listAll(admin, '/zones/com./rrsets?limit=1000');
    expect(whole).toHaveLength(703);
    expect(whole.slice(0, 3)).toEqual(['com. NS', 'com. SOA', 'n0.com. A']);
    for (const limit of [1, 7, 256, 700, 703]) {
      expect(await listAll(admin, `/zones/com./rrsets?limit=${limit}`)).toEqual(whole);
    }
    const texts = await listAll(admin, '/zones/com./rrsets?limit=100&type=txt');
    expect(texts).toEqual(whole.filter((rrset) => rrset.endsWith(' TXT')));
    expect(await listAll(admin, '/zones/com./rrsets?limit=1&name=com.')).toEqual([
      'com. NS',
      'com. SOA',
    ]);
    expect(await listAll(admin, '/zones/com./rrsets?limit=1&type=nonsense')).toEqual([]);
    expect(await listAll(admin, '/zones/com./rrsets?limit=1&name=a.org.')).toEqual([]);
  });

  it('can be held to the version of the first one', async () => {
    const admin = await startZones();
    const first = await admin.call('GET', `${OWN}/zones/com./rrsets?limit=1`);
    const match = { 'if-match': first.headers.get('etag') ?? '' };
    const { next } = (await first.json()) as Page;
    const path = `${OWN}/zones/com./rrsets?limit=1&after=${encodeURIComponent(next ?? '')}`;
    expect((await admin.call('GET', path, undefined, match)).status).toBe(200);
    await admin.call('PUT', '/api/v1/servers/localhost/zones/com.', { account: 'me' });
    const late = await read(await admin.call('GET', path, undefined, match));
    expect(late).toMatchObject({ status: 412, body: { code: 'API_PRECONDITION_FAILED' } });
  });

  it('want a cursor of the zone', async () => {
    const admin = await startZones();
    for (const after of ['x', 'a.org./A', 'www.com./', 'www.com./NONE']) {
      const path = `${OWN}/zones/com./rrsets?after=${encodeURIComponent(after)}`;
      const { status } = await admin.call('GET', path);
      expect([after, status]).toEqual([after, 422]);
    }
    expect((await admin.call('GET', `${OWN}/zones/none./rrsets`)).status).toBe(404);
  });
});
