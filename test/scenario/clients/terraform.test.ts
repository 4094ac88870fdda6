/**
 * The Terraform provider (pan-net): probes `/servers` and the version, expects exactly 201 for a
 * creation, 204 for PUT and DELETE, sends null lists and keys that nobody knows, and a TTL of 0 with
 * a deletion.
 */
import { it } from 'vitest';
import { startAdmin } from '../../kit/admin/admin-fixture.ts';
import { expectReplay, NO_PRIMARY_ANSWERS, SERVER } from '../../kit/admin/replay.ts';

const HEADERS = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
const ZONE = `${SERVER}/zones/example.org.`;
const EXTRA = { id: '', url: '', dnsssec: false, serial: 0, rrsets: null, masters: null };

it('plans, applies twice and destroys', async () => {
  const admin = await startAdmin({ transfers: NO_PRIMARY_ANSWERS });
  const record = { name: 'a.example.org.', type: 'A', ttl: 60 };
  const records = [{ content: '192.0.2.1', disabled: false, ttl: 60, 'set-ptr': false }];
  await expectReplay(admin, HEADERS, [
    { send: 'GET /api/v1/servers', status: 200, json: [{ id: 'localhost', type: 'Server' }] },
    { send: `GET ${SERVER}`, status: 200, json: { daemon_type: 'authoritative' } },
    {
      send: `POST ${SERVER}/zones`,
      body: { ...EXTRA, name: 'example.org.', kind: 'Native', nameservers: ['ns1.example.org.'] },
      status: 201,
      json: { name: 'example.org.', kind: 'Native' },
    },
    { send: `GET ${ZONE}`, status: 200, text: /"type":"NS"/ },
    {
      send: `PUT ${ZONE}`,
      body: {
        ...EXTRA,
        name: 'example.org.',
        kind: 'Master',
        account: 'admin',
        soa_edit_api: 'EPOCH',
      },
      status: 204,
    },
    {
      send: `GET ${ZONE}`,
      status: 200,
      json: { kind: 'Master', account: 'admin', soa_edit_api: 'EPOCH' },
    },
    {
      send: `PATCH ${ZONE}`,
      body: { rrsets: [{ ...record, changetype: 'REPLACE', records }] },
      status: 204,
    },
    { send: `GET ${ZONE}`, status: 200, text: /"content":"192\.0\.2\.1"/ },
    {
      send: `PATCH ${ZONE}`,
      body: { rrsets: [{ ...record, ttl: 0, changetype: 'DELETE', records: null }] },
      status: 204,
    },
    { send: `DELETE ${ZONE}`, headers: { 'content-type': 'application/json' }, status: 204 },
    { send: `GET ${ZONE}`, status: 404 },
    {
      send: `POST ${SERVER}/zones`,
      body: {
        ...EXTRA,
        name: 'slave.org.',
        kind: 'Slave',
        nameservers: null,
        masters: ['192.0.2.5'],
      },
      status: 201,
      json: { kind: 'Slave', masters: ['192.0.2.5'] },
    },
  ]);
});
