import { describe, expect, it } from 'vitest';
import { formatName, parseName } from '#dns/wire/name.ts';
import { createExampleZone, read, startAdmin, ZONES } from '../../../../kit/admin/admin-fixture.ts';
import { FIRST_SERIAL } from '../../../../kit/admin/admin-parts.ts';

const ZONE = `${ZONES}/example.org.`;

function rrset(name: string, type: string, content: string) {
  return { name, type, ttl: 60, records: [{ content }] };
}

describe('creating a zone', () => {
  it('answers 201 with the whole zone, and a receipt', async () => {
    const admin = await startAdmin();
    const response = await admin.call('POST', ZONES, {
      name: 'Example.ORG.',
      kind: 'master',
      nameservers: ['ns1.example.org.'],
      rrsets: [
        { name: 'www.example.org.', type: 'a', ttl: '300', records: [{ content: '192.0.2.1' }] },
      ],
    });
    expect(response.headers.get('holdfast-receipt')).toBe('r-1');
    const { status, body } = await read(response);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      id: 'example.org.',
      name: 'example.org.',
      kind: 'Master',
      serial: FIRST_SERIAL,
      edited_serial: FIRST_SERIAL,
      dnssec: false,
      soa_edit_api: 'DEFAULT',
      masters: [],
      account: '',
      api_rectify: false,
    });
    expect(body).not.toHaveProperty('nameservers');
    const { rrsets } = body as { rrsets: { name: string; type: string; ttl: number }[] };
    expect(rrsets.map(({ type }) => type).sort()).toEqual(['A', 'NS', 'SOA']);
    expect(rrsets.find(({ type }) => type === 'A')).toEqual({
      comments: [],
      name: 'www.example.org.',
      records: [{ content: '192.0.2.1', disabled: false }],
      ttl: 300,
      type: 'A',
    });
    expect(await admin.parts.zones.receipts.get('r-1')).toMatchObject({
      actor: 'admin-key',
      transactionId: response.headers.get('x-request-id'),
    });
  });

  it('leaves the RRsets out of the answer when asked to', async () => {
    const admin = await startAdmin();
    const document = { name: 'example.org.', kind: 'Native' };
    const { status, body } = await read(
      await admin.call('POST', `${ZONES}?rrsets=false`, document),
    );
    expect(status).toBe(201);
    expect(body).not.toHaveProperty('rrsets');
    expect(admin.zones.openViewCount).toBe(0);
  });

  it('takes a master file', async () => {
    const admin = await startAdmin();
    const zone = 'example.org.\t60\tIN\tNS\tns1.example.net.\n';
    await admin.call('POST', ZONES, { name: 'example.org.', kind: 'Native', zone });
    const { body } = await read(
      await admin.call('GET', `${ZONE}?rrset_name=example.org.&rrset_type=NS`),
    );
    expect(body).toMatchObject({ rrsets: [{ ttl: 60 }] });
  });

  it('takes a master file with its SOA as it is, and with errors not at all', async () => {
    const admin = await startAdmin();
    const soa = '@ 60 SOA ns1 host 77 2 3 4 5\n';
    const document = { name: 'example.org.', kind: 'Native', nameservers: ['ns1.example.net.'] };
    const bad = await read(await admin.call('POST', ZONES, { ...document, zone: `${soa}@ A x\n` }));
    expect(bad.status).toBe(422);
    expect((bad.body as { error: string }).error).toContain('line 2');
    expect((await admin.call('GET', ZONE)).status).toBe(404);
    const { body } = await read(await admin.call('POST', ZONES, { ...document, zone: soa }));
    expect(body).toMatchObject({ serial: 77, rrsets: [{ type: 'NS' }, { type: 'SOA', ttl: 60 }] });
  });

  it('that exists is a conflict, whatever else is wrong', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const { status, body } = await read(await admin.call('POST', ZONES, { name: 'EXAMPLE.org.' }));
    expect(status).toBe(409);
    expect(body).toEqual({ error: 'Conflict' });
  });

  it.each([
    [{ kind: 'Native' }, "Key 'name' not present or not a String"],
    [{ name: 'example.org', kind: 'Native' }, "DNS Name 'example.org' is not canonical"],
    [{ name: 'ex:ample.org.', kind: 'Native' }, 'contains unsupported characters'],
    [{ name: 'example.org.' }, "Key 'kind' not present or not a String"],
    [{ name: 'example.org.', kind: null }, "Key 'kind' not present or not a String"],
    [{ name: 'example.org.', kind: 'Native', dnssec: true }, 'cannot be signed'],
    [{ name: 'example.org.', kind: 'Native', nsec3param: '1 0 0 -' }, 'not DNSSEC secured'],
    [
      { name: 'example.org.', kind: 'Slave', masters: ['ns1'] },
      "Master 'ns1' is not an IP address",
    ],
    [{ name: 'example.org.', kind: 'Native', zone: 'x', rrsets: [] }, 'rrsets AND zone data'],
    [{ name: 'example.org.', kind: 'Native', nameservers: ['ns1'] }, 'Nameserver is not canonical'],
    [{ name: 'example.org.', kind: 'Native', nameservers: [''] }, 'non-empty strings'],
    [{ name: 'example.org.', kind: 'Native', nameservers: 'ns1.' }, 'Nameservers is not a list'],
    [
      {
        name: 'example.org.',
        kind: 'Native',
        nameservers: ['ns1.'],
        rrsets: [{ name: 'example.org.', type: 'NS', ttl: 1, records: [{ content: 'ns2.' }] }],
      },
      'MUST NOT be mixed',
    ],
    [{ name: 'example.org.', kind: 'Native', api_rectify: 'yes' }, "Key 'api_rectify'"],
    [
      {
        name: 'example.org.',
        kind: 'Native',
        rrsets: ['192.0.2.1', '192.0.2.2'].map((content) => ({
          name: 'example.org.',
          type: 'A',
          ttl: 1,
          records: [{ content }],
        })),
      },
      'Duplicate RRset example.org. IN A',
    ],
  ])('is refused: %j', async (document, phrase) => {
    const admin = await startAdmin();
    const { status, body } = await read(await admin.call('POST', ZONES, document));
    expect(status).toBe(422);
    expect((body as { error: string }).error).toContain(phrase);
    expect((await read(await admin.call('GET', ZONES))).body).toEqual([]);
  });

  it.each([
    ['Bogus', 'Native'],
    ['Primary', 'Master'],
    ['producer', 'Producer'],
  ])('of kind %s makes one of kind %s', async (given, kind) => {
    const admin = await startAdmin();
    const document = {
      name: 'example.org.',
      kind: given,
      masters: ['192.0.2.1:53', '[2001:db8::1]:54'],
    };
    const { status, body } = await read(await admin.call('POST', ZONES, document));
    expect(status).toBe(201);
    expect(body).toMatchObject({ kind, masters: ['192.0.2.1', '[2001:db8::1]:54'] });
  });

  it('reads null as absent and ignores keys that it does not know', async () => {
    const admin = await startAdmin();
    const { status } = await read(
      await admin.call('POST', ZONES, {
        name: 'example.org.',
        kind: 'Native',
        type: 'Zone',
        nameservers: null,
        masters: null,
        rrsets: null,
        account: null,
        dnsssec: true,
      }),
    );
    expect(status).toBe(201);
  });
});

describe('reading zones', () => {
  it('lists them without records, one by name, and none for an unknown name', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    await createExampleZone(admin, 'example.net.');
    const names = async (query: string) => {
      const { body } = await read(await admin.call('GET', `${ZONES}${query}`));
      return (body as { name: string }[]).map(({ name }) => name);
    };
    expect(await names('')).toEqual(['example.net.', 'example.org.']);
    expect(await names('?zone=EXAMPLE.net.')).toEqual(['example.net.']);
    expect(await names('?zone=none.&_=1234')).toEqual([]);
    expect((await admin.call('GET', `${ZONES}?zone=example.org`)).status).toBe(422);
  });

  it('leaves the two dear fields out of the list when asked to', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const [full] = (await read(await admin.call('GET', ZONES))).body as [object];
    const [lean] = (await read(await admin.call('GET', `${ZONES}?dnssec=false`))).body as [object];
    const missing = Object.keys(full).filter((key) => !Object.hasOwn(lean, key));
    expect(missing).toEqual(['dnssec', 'edited_serial']);
    expect(full).not.toHaveProperty('rrsets');
  });

  it('gives keys in alphabetical order, as acme.sh needs them', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const text = await (await admin.call('GET', ZONE)).text();
    const document = JSON.parse(text) as { rrsets: object[] };
    for (const value of [document, ...document.rrsets]) {
      expect(Object.keys(value)).toEqual(Object.keys(value).sort());
    }
  });

  it('filters RRsets by name and type, and can leave them out', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const rrsets = async (query: string) => {
      const { body } = await read(await admin.call('GET', `${ZONE}${query}`));
      return (body as { rrsets?: { name: string; type: string }[] }).rrsets;
    };
    expect(await rrsets('?rrset_name=WWW.example.org.')).toMatchObject([{ type: 'A' }]);
    expect(await rrsets('?rrset_name=example.org.&rrset_type=ns')).toMatchObject([{ type: 'NS' }]);
    expect(await rrsets('?rrset_name=none.example.org.')).toEqual([]);
    expect(await rrsets('?rrsets=false')).toBeUndefined();
    expect(await rrsets('?rrset_name=example.org&rrset_type=ns')).toMatchObject([{ type: 'NS' }]);
    expect(await rrsets('?rrset_type=NS')).toMatchObject([{ name: 'example.org.', type: 'NS' }]);
    expect(admin.zones.openViewCount).toBe(0);
  });

  it('takes booleans as true and false only', async () => {
    const admin = await startAdmin();
    const { status, body } = await read(await admin.call('GET', `${ZONES}/x.?rrsets=1`));
    expect(status).toBe(422);
    expect(body).toEqual({ error: "'rrsets' request parameter value '1' is not supported" });
  });
});

describe('a zone that is missing', () => {
  it.each([
    ['GET', '', undefined],
    ['PATCH', '', { rrsets: [{ broken: true }] }],
    ['PUT', '', { kind: 'Native' }],
    ['DELETE', '', undefined],
    ['GET', '/export', undefined],
    ['PUT', '/notify', undefined],
    ['PUT', '/rectify', undefined],
    ['GET', '/cryptokeys', undefined],
    ['GET', '/metadata', undefined],
  ])('is 404 for %s %s', async (method, path, body) => {
    const admin = await startAdmin();
    expect(await read(await admin.call(method, `${ZONES}/none.org.${path}`, body))).toEqual({
      status: 404,
      body: { error: 'Not Found' },
    });
  });
});

describe('changing and deleting a zone', () => {
  it('keeps the settings that a PUT does not mention', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const put = await admin.call('PUT', ZONE, { soa_edit_api: 'increase', account: 'acme' });
    expect(put.status).toBe(204);
    expect(put.headers.get('holdfast-receipt')).toBe('r-2');
    await admin.call('PUT', ZONE, { kind: 'Master', api_rectify: true });
    const { body } = await read(await admin.call('GET', ZONE));
    expect(body).toMatchObject({
      soa_edit_api: 'increase',
      account: 'acme',
      kind: 'Master',
      api_rectify: true,
    });
    const metadata = await read(await admin.call('GET', `${ZONE}/metadata`));
    expect(metadata.body).toContainEqual({
      type: 'Metadata',
      kind: 'SOA-EDIT-API',
      metadata: ['increase'],
    });
  });

  it('counts its records, whole and without them', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const count = async (query: string) => {
      const { body } = await read(await admin.call('GET', `${ZONE}${query}`));
      return (body as { record_count?: number }).record_count;
    };
    expect(await count('')).toBe(4);
    expect(await count('?rrsets=false')).toBeUndefined();
    expect(await count('?rrsets=false&record_count=true')).toBe(4);
    expect(await count('?rrset_name=www.example.org.')).toBeUndefined();
  });

  it('set up with a TSIG key that there is not is refused', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const refused = await read(await admin.call('PUT', ZONE, { master_tsig_key_ids: ['none.'] }));
    expect(refused).toEqual({
      status: 422,
      body: { error: "A TSIG key with the name 'none' does not exist" },
    });
    const key = { name: 'one', algorithm: 'hmac-sha256' };
    await admin.call('POST', '/api/v1/servers/localhost/tsigkeys', key);
    expect((await admin.call('PUT', ZONE, { master_tsig_key_ids: ['one'] })).status).toBe(204);
    const { body } = await read(await admin.call('GET', ZONE));
    expect(body).toMatchObject({ master_tsig_key_ids: ['one.'] });
    const two = { slave_tsig_key_ids: ['one.', 'one.'] };
    expect((await admin.call('PUT', ZONE, two)).status).toBe(422);
  });

  it('given back as it was read makes no version, changed in one RRset makes one edit', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const { body } = await read(await admin.call('GET', ZONE));
    const { rrsets } = body as { rrsets: { name: string; records: { content: string }[] }[] };
    expect((await admin.call('PUT', ZONE, { rrsets })).status).toBe(204);
    expect((await read(await admin.call('GET', ZONE))).body).toEqual(body);
    const www = rrsets.find(({ name }) => name === 'www.example.org.');
    www?.records.push({ content: '192.0.2.2' });
    expect((await admin.call('PUT', ZONE, { rrsets })).status).toBe(204);
    const after = await read(await admin.call('GET', ZONE));
    expect(after.body).toMatchObject({ serial: FIRST_SERIAL + 1, record_count: 5 });
    // The SOA that is sent is of an older serial by now, and the content is the same all the same.
    expect((await admin.call('PUT', ZONE, { rrsets })).status).toBe(204);
    expect((await read(await admin.call('GET', ZONE))).body).toEqual(after.body);
    const history = await admin.parts.zones.history(parseName('example.org.'), { limit: 1 });
    const edited = history[0]?.edits.map(({ owner, type }) => `${formatName(owner)} ${type}`);
    expect(edited?.sort()).toEqual(['example.org. 6', 'www.example.org. 1']);
  });

  it('replaces the whole content by a PUT with RRsets, settings with it', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const soa = rrset('example.org.', 'SOA', 'ns1.example.org. host.example.org. 5 6 7 8 9');
    const mx = rrset('mail.example.org.', 'MX', '10 mx.example.net.');
    const put = await admin.call('PUT', ZONE, { account: 'acme', rrsets: [soa, mx] });
    expect(put.status).toBe(204);
    expect(put.headers.get('holdfast-receipt')).toBe('r-2');
    const { body } = await read(await admin.call('GET', ZONE));
    expect(body).toMatchObject({
      account: 'acme',
      soa_edit_api: 'DEFAULT',
      serial: FIRST_SERIAL + 1,
      rrsets: [
        {
          type: 'SOA',
          records: [{ content: `ns1.example.org. host.example.org. ${FIRST_SERIAL + 1} 6 7 8 9` }],
        },
        { type: 'MX', records: [{ content: '10 mx.example.net.' }] },
      ],
    });
    for (const [rrsets, phrase] of [
      [[], 'Must give SOA record'],
      [[soa, mx, mx], 'Duplicate RRset mail.example.org. IN MX'],
      [[soa, { ...mx, name: 'www.example.net.' }], 'Name is out of zone'],
      [[soa, mx, { ...mx, type: 'CNAME', records: [{ content: 'a.' }] }], 'Conflicts with'],
    ] as const) {
      const refused = await read(await admin.call('PUT', ZONE, { account: 'x', rrsets }));
      expect(refused.status).toBe(422);
      expect((refused.body as { error: string }).error).toContain(phrase);
    }
    expect((await read(await admin.call('GET', ZONE))).body).toEqual(body);
  });

  it('removes it, once', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const response = await admin.call('DELETE', ZONE, undefined, {
      'content-type': 'application/json',
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('holdfast-receipt')).toBe('r-2');
    expect((await admin.call('DELETE', ZONE)).status).toBe(404);
  });
});

describe('what is done with a zone', () => {
  it('notifies zones of every kind, with any body', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    for (const body of [undefined, '{}']) {
      expect(await read(await admin.call('PUT', `${ZONE}/notify`, body))).toEqual({
        status: 200,
        body: { result: 'Notification queued' },
      });
    }
    expect(admin.zones.notified).toEqual(['example.org.', 'example.org.']);
  });

  it('rectifies what needs no rectifying, has no keys, and has no primary to ask', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const rectified = await read(await admin.call('PUT', `${ZONE}/rectify`));
    expect(rectified).toEqual({ status: 200, body: { result: 'Rectified' } });
    expect((await read(await admin.call('GET', `${ZONE}/cryptokeys`))).body).toEqual([]);
    expect((await admin.call('POST', `${ZONE}/cryptokeys`, { keytype: 'csk' })).status).toBe(422);
    expect((await admin.call('GET', `${ZONE}/cryptokeys/1`)).status).toBe(404);
    expect((await admin.call('PUT', `${ZONE}/axfr-retrieve`)).status).toBe(422);
  });

  it.each([
    [undefined, 'text'],
    ['*/*', 'text'],
    ['text/dns', 'text'],
    ['text/plain', 'text'],
    ['text/plain, application/json;q=0.5', 'text'],
    ['application/json', 'json'],
    ['application/json;q=0.9,*/*;q=0.8', 'json'],
  ])('exports it for Accept %s as %s', async (accept, form) => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const headers: Record<string, string> = accept === undefined ? {} : { accept };
    const response = await admin.call('GET', `${ZONE}/export`, undefined, headers);
    const text = await response.text();
    const file = form === 'json' ? (JSON.parse(text) as { zone: string }).zone : text;
    expect(file).toContain('www.example.org.\t300\tIN\tA\t192.0.2.1\n');
    expect(response.headers.get('content-type')).toBe(
      form === 'json' ? 'application/json' : 'text/plain; charset=us-ascii',
    );
    expect(admin.zones.openViewCount).toBe(0);
  });
});
