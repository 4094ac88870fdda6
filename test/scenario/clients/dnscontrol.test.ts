/**
 * dnscontrol (library mittwald/go-powerdns): creates domains, then one PATCH for what goes and a
 * second for what changes. Its library adds empty fields, and shows an error's text only where the
 * content type is exactly `application/json`.
 */
import { it } from 'vitest';
import { startAdmin } from '../../kit/admin/admin-fixture.ts';
import { expectReplay, SERVER } from '../../kit/admin/replay.ts';

const HEADERS = { 'content-type': 'application/json', accept: 'application/json' };
const ZONE = `${SERVER}/zones/example.org.`;
const EMPTY = { name: '', type: '', url: '', kind: '', nameservers: [], comments: null };

it('creates, deletes, changes, and reads why not', async () => {
  const admin = await startAdmin();
  const base = { name: 'a.example.org.', type: 'TXT', ttl: 300, comments: null };
  const long = `"${'x'.repeat(255)}" "${'y'.repeat(40)}"`;
  await expectReplay(admin, HEADERS, [
    { send: `GET ${ZONE}`, status: 404, answers: { 'content-type': 'application/json' } },
    {
      send: `POST ${SERVER}/zones`,
      body: {
        name: 'example.org.',
        type: 'Zone',
        kind: 'Native',
        soa_edit_api: 'DEFAULT',
        dnssec: false,
        nameservers: ['ns1.example.net.', 'ns2.example.net.'],
      },
      status: 201,
    },
    { send: `GET ${ZONE}/cryptokeys`, status: 200, json: [] },
    {
      send: `PATCH ${ZONE}`,
      body: { ...EMPTY, rrsets: [{ ...base, changetype: 'DELETE', records: null }] },
      status: 204,
    },
    {
      send: `PATCH ${ZONE}`,
      body: {
        ...EMPTY,
        rrsets: [{ ...base, changetype: 'REPLACE', records: [{ content: long, disabled: false }] }],
      },
      status: 204,
    },
    {
      // The strings of a TXT come back cut as they were sent.
      send: `GET ${ZONE}`,
      status: 200,
      text: /x{255}\\" \\"y{40}\\"/,
    },
    {
      send: `PATCH ${ZONE}`,
      body: {
        ...EMPTY,
        rrsets: [{ ...base, type: 'BOGUS', changetype: 'REPLACE', records: [{ content: 'x' }] }],
      },
      status: 422,
      answers: { 'content-type': 'application/json' },
      json: { error: 'RRset a.example.org. IN BOGUS: unknown type given' },
    },
    { send: `GET ${SERVER}/zones`, status: 200, json: [{ name: 'example.org.', dnssec: false }] },
  ]);
});
