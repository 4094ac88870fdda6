import { describe, expect, it } from 'vitest';
import { readCondition, zoneEtag } from '#http/api/zone-etag.ts';
import {
  type AdminFixture,
  createExampleZone,
  read,
  startAdmin,
  ZONES,
} from '../../../kit/admin/admin-fixture.ts';

const ZONE = `${ZONES}/example.org.`;

function setAddress(admin: AdminFixture, content: string, headers: Record<string, string>) {
  const rrset = { name: 'www.example.org.', type: 'A', ttl: 60, records: [{ content }] };
  return admin.call('PATCH', ZONE, { rrsets: [{ ...rrset, changetype: 'REPLACE' }] }, headers);
}

async function etagOf(admin: AdminFixture, query = ''): Promise<string> {
  const response = await admin.call('GET', `${ZONE}${query}`);
  await response.text();
  return response.headers.get('etag') ?? '';
}

async function startExample(): Promise<AdminFixture> {
  const admin = await startAdmin();
  await createExampleZone(admin);
  return admin;
}

describe('the ETag of a zone', () => {
  it('is the same until the zone is another, and another for another part of it', async () => {
    const admin = await startExample();
    const whole = await etagOf(admin);
    expect(whole).toMatch(/^"1-[\w-]{11}"$/);
    expect(await etagOf(admin)).toBe(whole);
    const part = await etagOf(admin, '?rrset_name=www.example.org.');
    expect(new Set([whole, part, await etagOf(admin, '?rrsets=false')]).size).toBe(3);
    await setAddress(admin, '192.0.2.7', {});
    expect(await etagOf(admin)).toMatch(/^"2-/);
  });

  it('spares who has the answer already from getting it again', async () => {
    const admin = await startExample();
    const etag = await etagOf(admin);
    for (const tags of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const again = await admin.call('GET', ZONE, undefined, { 'if-none-match': tags });
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([
        304,
        '',
        etag,
      ]);
    }
    const part = await admin.call('GET', `${ZONE}?rrset_name=www.example.org.`, undefined, {
      'if-none-match': etag,
    });
    expect(part.status).toBe(200);
    await part.text();
    const gone = await admin.call('GET', ZONE, undefined, { 'if-match': '"7"' });
    expect([gone.status, gone.headers.get('etag')]).toEqual([412, '"1"']);
    await gone.text();
    await expect.poll(() => admin.zones.openViewCount).toBe(0);
  });

  it('differs for who sees less', async () => {
    const admin = await startExample();
    const scope = { write: false, types: ['A'] };
    const { secret } = await admin.parts.access.tokens.create('a', scope, 0);
    const seen = await admin.call('GET', ZONE, undefined, { 'x-api-key': secret });
    expect(seen.headers.get('etag')).not.toBe(await etagOf(admin, '?record_count=false'));
    await seen.text();
  });
});

describe('a write with If-Match', () => {
  it('of the version that was read is made, of another is refused with the current one', async () => {
    const admin = await startExample();
    const etag = await etagOf(admin, '?rrset_name=www.example.org.');
    expect((await setAddress(admin, '192.0.2.7', { 'if-match': etag })).status).toBe(204);
    const late = await setAddress(admin, '192.0.2.8', { 'if-match': etag });
    expect(late.headers.get('etag')).toBe('"2"');
    expect(await read(late)).toMatchObject({ status: 412, body: { error: /version 2/ } });
    const writes = [
      ['PUT', ZONE, { account: 'me' }],
      ['PUT', ZONE, { rrsets: [SOA_RRSET] }],
      ['PUT', ZONE, { account: 'me', rrsets: [SOA_RRSET] }],
      ['DELETE', ZONE, undefined],
      ['DELETE', `${ZONE}/metadata/ALSO-NOTIFY`, undefined],
    ] as const;
    for (const [method, path, body] of writes) {
      const refused = await admin.call(method, path, body, { 'if-match': etag });
      expect(refused.status, `${method} ${path}`).toBe(412);
    }
    const body = '@ 60 SOA ns1 host 1 2 3 4 5\n@ 60 NS ns1.example.net.\n';
    const own = '/api/holdfast/v1/zones/example.org./import?force=true';
    const dns = { 'content-type': 'text/dns' };
    expect((await admin.call('POST', own, body, { ...dns, 'if-match': etag })).status).toBe(412);
    expect(await etagOf(admin)).toMatch(/^"2-/);
    expect((await admin.call('DELETE', ZONE, undefined, { 'if-match': '"1", "2"' })).status).toBe(
      204,
    );
  });

  it('* wants any version, and If-None-Match * none', async () => {
    const admin = await startExample();
    expect((await setAddress(admin, '192.0.2.7', { 'if-match': '*' })).status).toBe(204);
    expect((await setAddress(admin, '192.0.2.8', { 'if-none-match': '*' })).status).toBe(412);
    expect((await setAddress(admin, '192.0.2.8', { 'if-none-match': '"1"' })).status).toBe(204);
    const file = '@ 60 SOA ns1 host 1 2 3 4 5\n@ 60 NS ns1.example.net.\n';
    const create = (): Promise<Response> =>
      admin.call('PUT', '/api/holdfast/v1/zones/new.org./import', file, {
        'content-type': 'text/dns',
        'if-none-match': '*',
      });
    expect([(await create()).status, (await create()).status]).toEqual([200, 412]);
  });

  it('is refused when the tags are none', async () => {
    const admin = await startExample();
    const fields = ['1', '"1', '"1" "2"', '"1"x'];
    const answers = fields.map((field) => setAddress(admin, '192.0.2.7', { 'if-match': field }));
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses).toEqual(fields.map(() => 400));
  });

  it('lets one of two writers through who read the same version', async () => {
    const admin = await startExample();
    for (let round = 1; round <= 10; round++) {
      const etag = await etagOf(admin);
      const both = await Promise.all(
        [1, 2, 3].map((writer) =>
          setAddress(admin, `192.0.${round}.${writer}`, { 'if-match': etag }),
        ),
      );
      expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 412, 412]);
    }
  });
});

function isMet(headers: Record<string, string>, version?: number): boolean | undefined {
  return readCondition(headers)?.(version);
}

describe('a condition', () => {
  it('takes the tag of any answer of the version, and no weak one for a write', () => {
    expect(readCondition({})).toBeUndefined();
    expect(isMet({ 'if-match': zoneEtag(3, 'x') }, 3)).toBe(true);
    expect(isMet({ 'if-match': '"30", "3"' }, 3)).toBe(true);
    expect(isMet({ 'if-match': '"30"' }, 3)).toBe(false);
    expect(isMet({ 'if-match': 'W/"3"' }, 3)).toBe(false);
    expect(isMet({ 'if-none-match': 'W/"3"' }, 3)).toBe(false);
    expect(isMet({ 'if-match': '*' }, undefined)).toBe(false);
    expect(isMet({ 'if-match': '"3"', 'if-none-match': '"3"' }, 3)).toBe(false);
  });
});

const SOA_RRSET = {
  name: 'example.org.',
  type: 'SOA',
  ttl: 60,
  records: [{ content: 'ns1.example.org. host.example.org. 9 2 3 4 5' }],
};
