/**
 * What the clients in the field send, request by request, and what each of them reads in the
 * answer. Written from the sources of the clients, with their odd headers and extra keys.
 */
import { describe, expect, it } from 'vitest';
import {
  type AdminFixture,
  API_KEY,
  createExampleZone,
  read,
  startAdmin,
  ZONES,
} from '../../../../kit/admin/admin-fixture.ts';

const ZONE = `${ZONES}/example.org.`;
const CHALLENGE = '_acme-challenge.example.org.';

async function contentsOf(admin: AdminFixture, name: string, type: string): Promise<string[]> {
  const path = `${ZONE}?rrset_name=${name}&rrset_type=${type}`;
  const { body } = await read(await admin.call('GET', path));
  const { rrsets } = body as { rrsets: { records: { content: string }[] }[] };
  return rrsets.flatMap(({ records }) => records.map(({ content }) => content));
}

describe('octoDNS', () => {
  it('patches, is told 404, and creates with RRsets that still carry changetype', async () => {
    const admin = await startAdmin();
    const rrsets = [
      {
        name: 'example.org.',
        type: 'TXT',
        ttl: 300,
        changetype: 'REPLACE',
        records: [{ content: '"v=spf1 -all"', disabled: false }],
      },
    ];
    expect((await admin.call('PATCH', ZONE, { rrsets })).status).toBe(404);
    const created = await admin.call('POST', ZONES, {
      name: 'example.org.',
      kind: 'master',
      masters: [],
      nameservers: [],
      serial: 0,
      rrsets,
      soa_edit_api: 'default',
    });
    expect(created.status).toBe(201);
    expect(((await created.json()) as { soa_edit_api: string }).soa_edit_api).toBe('default');
    expect(await contentsOf(admin, 'example.org.', 'TXT')).toEqual(['"v=spf1 -all"']);
  });

  it('deletes with the TTL and records of what it deletes', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const { status } = await admin.call('PATCH', ZONE, {
      rrsets: [
        {
          name: 'www.example.org.',
          type: 'A',
          ttl: 300,
          changetype: 'DELETE',
          records: [{ content: '192.0.2.1', disabled: false }],
        },
      ],
    });
    expect(status).toBe(204);
    expect(await contentsOf(admin, 'www.example.org.', 'A')).toEqual([]);
  });
});

describe('dnscontrol', () => {
  it('sends its library’s empty fields and reads the error text of a refusal', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const patched = await admin.call('PATCH', ZONE, {
      type: '',
      nameservers: [],
      comments: null,
      rrsets: [
        {
          name: 'a.example.org.',
          type: 'A',
          ttl: 300,
          changetype: 'REPLACE',
          records: [{ content: '192.0.2.5' }],
          comments: null,
        },
      ],
    });
    expect(patched.status).toBe(204);
    const bad = {
      name: 'a.example.org.',
      type: 'BOGUS',
      ttl: 1,
      changetype: 'REPLACE',
      records: [],
    };
    const refused = await admin.call('PATCH', ZONE, { rrsets: [bad] });
    expect(refused.headers.get('content-type')).toBe('application/json');
    expect(await refused.json()).toHaveProperty('error');
  });
});

describe('external-dns', () => {
  it('lists the zones, reads each in full, and replaces without an Accept field', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const zones = (await (await admin.call('GET', ZONES)).json()) as { id: string }[];
    for (const { id } of zones) {
      const { status, body } = await read(await admin.call('GET', `${ZONES}/${id}`));
      expect(status).toBe(200);
      expect((body as { rrsets: unknown[] }).rrsets.length).toBeGreaterThan(0);
    }
    const alias = { name: 'example.org.', type: 'ALIAS', ttl: 300, changetype: 'REPLACE' };
    const records = [{ content: 'lb.example.net.', disabled: false, 'set-ptr': false }];
    const { status } = await admin.call('PATCH', ZONE, { rrsets: [{ ...alias, records }] });
    expect(status).toBe(422);
  });
});

describe('lego', () => {
  it('goes from discovery to notify and back', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const versions = (await (await admin.call('GET', '/api')).json()) as { version: number }[];
    expect(Math.max(...versions.map(({ version }) => version))).toBe(1);
    const zone = (await (await admin.call('GET', ZONE)).json()) as { url: string };
    const record = { content: '"token"', disabled: false, name: CHALLENGE, type: 'TXT', ttl: 120 };
    const rrset = { name: CHALLENGE, type: 'TXT', kind: 'Master', ttl: 120, records: [record] };
    const body = { rrsets: [{ ...rrset, changetype: 'REPLACE' }] };
    const headers = { 'content-type': 'application/json' };
    expect((await admin.call('PATCH', zone.url, body, headers)).status).toBe(204);
    expect(await contentsOf(admin, CHALLENGE, 'TXT')).toEqual(['"token"']);
    // Its PUT declares JSON and sends none.
    const notified = await fetch(`${admin.url}${zone.url}/notify`, {
      method: 'PUT',
      headers: { 'x-api-key': API_KEY, 'content-type': 'application/json' },
    });
    expect(notified.status).toBe(200);
    expect(await notified.json()).not.toHaveProperty('error');
    const clean = { rrsets: [{ name: CHALLENGE, type: 'TXT', changetype: 'DELETE' }] };
    expect((await admin.call('PATCH', zone.url, clean, headers)).status).toBe(204);
    expect(await contentsOf(admin, CHALLENGE, 'TXT')).toEqual([]);
  });
});

describe('Terraform', () => {
  it('probes the version, creates with 201, updates with 204, deletes with 204', async () => {
    const admin = await startAdmin();
    expect((await admin.call('GET', '/api/v1/servers')).status).toBe(200);
    const zone = { name: 'example.org.', kind: 'Native', nameservers: ['ns1.example.org.'] };
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const extra = { id: '', url: '', dnsssec: false, serial: 0, rrsets: null, masters: null };
    expect((await admin.call('POST', ZONES, { ...extra, ...zone }, headers)).status).toBe(201);
    const put = { ...extra, name: 'example.org.', kind: 'Master', account: 'admin' };
    expect((await admin.call('PUT', ZONE, { ...put, soa_edit_api: 'EPOCH' })).status).toBe(204);
    expect(await contentsOf(admin, 'example.org.', 'NS')).toEqual(['ns1.example.org.']);
    const gone = { name: 'a.example.org.', type: 'A', ttl: 0, changetype: 'DELETE', records: null };
    expect((await admin.call('PATCH', ZONE, { rrsets: [gone] })).status).toBe(204);
    const json = { 'content-type': 'application/json' };
    expect((await admin.call('DELETE', ZONE, undefined, json)).status).toBe(204);
  });
});

describe('PowerDNS-Admin', () => {
  it('finds in the list what its table shows, and writes comments', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const headers = { accept: 'application/json; q=1' };
    const [zone] = (await (await admin.call('GET', ZONES, undefined, headers)).json()) as [object];
    for (const key of 'serial notified_serial last_check dnssec kind masters account'.split(' ')) {
      expect(zone).toHaveProperty(key);
    }
    const comments = [{ content: 'front page', account: '' }];
    const rrset = {
      name: 'www.example.org.',
      type: 'A',
      ttl: 300,
      changetype: 'REPLACE',
      comments,
    };
    const records = [{ content: '192.0.2.1', disabled: false }];
    expect((await admin.call('PATCH', ZONE, { rrsets: [{ ...rrset, records }] })).status).toBe(204);
    const { body } = await read(await admin.call('GET', `${ZONE}?rrset_name=www.example.org.`));
    expect(body).toMatchObject({ rrsets: [{ comments: [{ content: 'front page' }] }] });
  });
});

describe('the cert-manager webhook', () => {
  it('cleans up by an empty list', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const rrset = { name: CHALLENGE, type: 'TXT', ttl: 120, changetype: 'REPLACE' };
    for (const records of [[{ content: '"key"' }], []]) {
      const { status } = await admin.call('PATCH', ZONE, { rrsets: [{ ...rrset, records }] });
      expect(status).toBe(204);
    }
    expect(await contentsOf(admin, CHALLENGE, 'TXT')).toEqual([]);
  });
});

describe('acme.sh', () => {
  it('finds its zone and its old values with its regular expressions', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const list = (await (await admin.call('GET', ZONES, undefined, form)).text()).replaceAll(
      /\s/g,
      '',
    );
    expect(list).toContain('"name":"example.org."');
    const records = [
      { content: '"first"', disabled: false },
      { content: '"second"', disabled: false },
    ];
    const rrset = { changetype: 'REPLACE', name: CHALLENGE, type: 'TXT', ttl: 60, records };
    await admin.call('PATCH', ZONE, { rrsets: [rrset] }, form);
    const zone = (await (await admin.call('GET', ZONE)).text()).replaceAll(/[\s]/g, '');
    // _record_string="$(… | _egrep_o "\"name\":\"$fulldomain[^]]*")", then the contents in it
    const found = /"name":"_acme-challenge\.example\.org\.[^\]]*/.exec(zone)?.[0] ?? '';
    const values = [...found.matchAll(/"content":"\\"([^"]*)\\""/g)].map(([, value]) => value);
    expect(values).toEqual(['first', 'second']);
    const notified = await admin.call('PUT', `${ZONE}/notify`, '', form);
    expect(notified.status).toBe(200);
  });
});

describe('lexicon', () => {
  it('asks without a final dot and notifies with a {} body', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const json = { 'content-type': 'application/json' };
    expect((await admin.call('PUT', `${ZONES}/example.org/notify`, '{}', json)).status).toBe(200);
    expect((await admin.call('GET', `${ZONES}/example.org`, undefined, json)).status).toBe(200);
  });
});

describe('Designate and deSEC', () => {
  it('are told that nothing would fill the secondaries that they ask for', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    for (const kind of ['slave', 'SLAVE', 'Secondary', 'Consumer']) {
      const zone = { name: 'a.org.', kind, masters: ['192.0.2.1:5354'] };
      for (const [method, path] of [
        ['POST', ZONES],
        ['PUT', ZONE],
      ] as const) {
        const refused = await read(await admin.call(method, path, zone));
        expect(refused.status).toBe(501);
        expect((refused.body as { error: string }).error).toContain('transferred from its primary');
      }
    }
    const zones = (await read(await admin.call('GET', ZONES))).body;
    expect(zones).toMatchObject([{ name: 'example.org.', kind: 'Native', masters: [] }]);
  });

  it('export a zone as text/dns', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const accept = { accept: 'text/dns' };
    const file = await admin.call('GET', `${ZONE}/export`, undefined, accept);
    expect(file.headers.get('content-type')).toContain('text/plain');
  });
});
