/** TSIG keys, autoprimaries, and zones that are fetched from primaries. */
import { describe, expect, it } from 'vitest';
import { formatName } from '#dns/wire/name.ts';
import { createExampleZone, read, startAdmin, ZONES } from '../../../../kit/admin/admin-fixture.ts';

const KEYS = '/api/v1/servers/localhost/tsigkeys';
const AUTOPRIMARIES = '/api/v1/servers/localhost/autoprimaries';
const SECRET = 'c2VjcmV0LW9mLW9uZQ==';

describe('TSIG keys', () => {
  it('are made with a secret of their own, listed without, read with it', async () => {
    const admin = await startAdmin();
    const made = await read(
      await admin.call('POST', KEYS, { name: 'One', algorithm: 'HMAC-SHA256' }),
    );
    expect(made.status).toBe(201);
    const { key, ...shown } = made.body as { key: string };
    expect(shown).toEqual({ type: 'TSIGKey', id: 'one.', name: 'one', algorithm: 'hmac-sha256' });
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect((await read(await admin.call('GET', KEYS))).body).toEqual([{ ...shown, key: '' }]);
    for (const id of ['one', 'one.', 'ONE']) {
      expect((await read(await admin.call('GET', `${KEYS}/${id}`))).body).toEqual(made.body);
    }
  });

  it('are renamed and changed in part, and deleted once', async () => {
    const admin = await startAdmin();
    await admin.call('POST', KEYS, { name: 'one', algorithm: 'hmac-sha256', key: SECRET });
    const put = async (id: string, body: object) =>
      read(await admin.call('PUT', `${KEYS}/${id}`, body));
    const kept = { type: 'TSIGKey', key: SECRET };
    expect(await put('one', { name: 'two' })).toEqual({
      status: 200,
      body: { ...kept, id: 'two.', name: 'two', algorithm: 'hmac-sha256' },
    });
    expect((await put('two', { algorithm: 'hmac-sha1' })).body).toMatchObject({
      algorithm: 'hmac-sha1',
      key: SECRET,
    });
    expect((await put('two', { key: 'AAAA' })).body).toMatchObject({ key: 'AAAA' });
    expect((await put('one', {})).status).toBe(404);
    expect((await admin.call('DELETE', `${KEYS}/two.`)).status).toBe(204);
    expect(await read(await admin.call('DELETE', `${KEYS}/two.`))).toEqual({
      status: 404,
      body: { error: "TSIG key with name 'two' not found" },
    });
  });

  it('that exist are a conflict, by making one and by renaming to one', async () => {
    const admin = await startAdmin();
    for (const name of ['one', 'two']) {
      await admin.call('POST', KEYS, { name, algorithm: 'hmac-sha256' });
    }
    const error = { error: "A TSIG key with the name 'one' already exists" };
    for (const conflict of [
      await admin.call('POST', KEYS, { name: 'ONE.', algorithm: 'hmac-sha256' }),
      await admin.call('PUT', `${KEYS}/two`, { name: 'one' }),
    ]) {
      expect(conflict.status).toBe(409);
      expect(await conflict.json()).toEqual({
        error: expect.stringMatching(new RegExp(error.error, 'i')),
      });
    }
  });

  it.each([
    [{ algorithm: 'hmac-sha256' }, 422, "Key 'name' not present"],
    [{ name: 'one' }, 422, "Key 'algorithm' not present"],
    [{ name: 'one', algorithm: 'hmac-none' }, 422, 'TSIG algorithm: hmac-none'],
    [{ name: 'one', algorithm: 'gss-tsig' }, 422, 'TSIG algorithm: gss-tsig'],
    [{ name: 'one', algorithm: 'hmac-sha256', key: '!!!' }, 422, 'base64'],
    [{ name: 'a..b', algorithm: 'hmac-sha256' }, 422, 'not a domain name'],
    ['', 400, 'Bad Request'],
  ])('are refused: %j', async (body, status, phrase) => {
    const admin = await startAdmin();
    const refused = await read(await admin.call('POST', KEYS, body));
    expect(refused.status).toBe(status);
    expect((refused.body as { error: string }).error).toContain(phrase);
    expect((await read(await admin.call('GET', KEYS))).body).toEqual([]);
  });

  it('are nobody’s but the admin key’s', async () => {
    const admin = await startAdmin();
    const { secret } = await admin.parts.access.tokens.create('all', { write: true }, 0);
    const headers = { 'x-api-key': secret };
    expect((await admin.call('GET', KEYS, undefined, headers)).status).toBe(403);
    expect((await admin.call('GET', AUTOPRIMARIES, undefined, headers)).status).toBe(403);
  });
});

describe('autoprimaries', () => {
  it('are added once, listed and removed', async () => {
    const admin = await startAdmin();
    const one = { ip: '192.0.2.9', nameserver: 'ns1.example.org', account: 'acme' };
    const added = await admin.call('POST', AUTOPRIMARIES, one);
    expect([added.status, await added.text()]).toEqual([201, '']);
    expect((await admin.call('POST', AUTOPRIMARIES, one)).status).toBe(409);
    expect((await read(await admin.call('GET', AUTOPRIMARIES))).body).toEqual([one]);
    for (let time = 0; time < 2; time++) {
      const removed = await admin.call('DELETE', `${AUTOPRIMARIES}/192.0.2.9/ns1.example.org`);
      expect(removed.status).toBe(204);
    }
    expect((await read(await admin.call('GET', AUTOPRIMARIES))).body).toEqual([]);
    expect((await admin.call('GET', `${AUTOPRIMARIES}/192.0.2.9/ns1.example.org`)).status).toBe(
      405,
    );
  });

  it('need an address and a name server', async () => {
    const admin = await startAdmin();
    for (const body of [
      { nameserver: 'ns1.example.org' },
      { ip: '192.0.2.9' },
      { ip: '192.0.2.9', nameserver: '' },
      { ip: 'none', nameserver: 'ns1.example.org' },
    ]) {
      expect((await admin.call('POST', AUTOPRIMARIES, body)).status).toBe(422);
    }
  });
});

describe('zones that are fetched from primaries', () => {
  it('are made without content, whatever the case of their kind', async () => {
    const retrieved: string[] = [];
    const admin = await startAdmin({
      transfers: {
        state: () => ({ lastCheck: 7, notifiedSerial: 0 }),
        notify: () => {},
        retrieve: (apex) => retrieved.push(formatName(apex)) > 0,
      },
    });
    const made = await read(
      await admin.call('POST', ZONES, {
        name: 'example.org.',
        kind: 'SLAVE',
        masters: ['192.0.2.1:53', '[2001:db8::1]:5300'],
        nameservers: [],
      }),
    );
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      kind: 'Slave',
      masters: ['192.0.2.1', '[2001:db8::1]:5300'],
      last_check: 7,
      serial: 0,
      rrsets: [],
    });
    const path = `${ZONES}/example.org./axfr-retrieve`;
    expect((await read(await admin.call('PUT', path))).body).toEqual({
      result: "Added retrieval request for 'example.org.' from primary 192.0.2.1",
    });
    const other = { primary: '[2001:db8::1]:5300' };
    expect((await admin.call('PUT', path, other)).status).toBe(200);
    expect((await admin.call('PUT', path, { primary: '192.0.2.7' })).status).toBe(422);
    expect(retrieved).toEqual(['example.org.', 'example.org.']);
  });

  it('have content only from there when they are consumers', async () => {
    const admin = await startAdmin({
      transfers: {
        state: () => ({ lastCheck: 0, notifiedSerial: 0 }),
        notify: () => {},
        retrieve: () => false,
      },
    });
    const consumer = { name: 'catalog.example.', kind: 'Consumer', masters: ['192.0.2.1'] };
    expect((await admin.call('POST', ZONES, { ...consumer, nameservers: ['ns.'] })).status).toBe(
      422,
    );
    expect((await admin.call('POST', ZONES, consumer)).status).toBe(201);
    const path = `${ZONES}/catalog.example.`;
    expect((await admin.call('PUT', path, { rrsets: [] })).status).toBe(204);
    const rrset = { name: 'a.catalog.example.', type: 'A', ttl: 1, records: [] };
    expect((await admin.call('PUT', path, { rrsets: [rrset] })).status).toBe(422);
  });

  it('are none where there are no transfers, and nothing else is fetched', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const refused = await admin.call('PUT', `${ZONES}/example.org./axfr-retrieve`);
    expect(refused.status).toBe(422);
    for (const kind of ['slave', 'SLAVE', 'Secondary', 'Consumer']) {
      const zone = { name: 'a.org.', kind, masters: ['192.0.2.1:5354'] };
      const made = await read(await admin.call('POST', ZONES, zone));
      expect(made.status).toBe(501);
      expect((made.body as { error: string }).error).toContain('transferred from its primary');
      expect((await admin.call('PUT', `${ZONES}/example.org.`, zone)).status).toBe(501);
    }
  });
});
