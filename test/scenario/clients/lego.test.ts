/**
 * lego 4.9.1: reads the API's version first, then the zone and the zone's own `url`, joins the TXT
 * values that are there with its own, and always notifies with a JSON type and no body. A body with
 * `error` in it is a failure, whatever the status.
 */
import { it } from 'vitest';
import { createExampleZone, startAdmin } from '../../kit/admin/admin-fixture.ts';
import { expectReplay, SERVER } from '../../kit/admin/replay.ts';

const HEADERS = { 'content-type': 'application/json', 'accept-encoding': 'gzip' };
const ZONE = `${SERVER}/zones/example.org.`;
const NAME = '_acme-challenge.example.org.';

function replace(...contents: string[]) {
  const records = contents.map((content) => ({
    content,
    disabled: false,
    name: NAME,
    type: 'TXT',
    ttl: 120,
  }));
  return {
    rrsets: [{ name: NAME, changetype: 'REPLACE', type: 'TXT', kind: 'Master', ttl: 120, records }],
  };
}

it('gets a wildcard certificate: two values at one name, then none', async () => {
  const admin = await startAdmin();
  await createExampleZone(admin);
  const clean = { rrsets: [{ name: NAME, type: 'TXT', changetype: 'DELETE' }] };
  const notify = {
    send: `PUT ${ZONE}/notify`,
    status: 200,
    json: { result: 'Notification queued' },
  };
  await expectReplay(admin, HEADERS, [
    { send: 'GET /api', status: 200, json: [{ url: '/api/v1', version: 1 }] },
    { send: `GET ${ZONE}`, status: 200, json: { url: ZONE } },
    { send: `GET ${ZONE}`, status: 200, json: { name: 'example.org.' } },
    { send: `PATCH ${ZONE}`, body: replace('"one"'), status: 204, text: /^$/ },
    notify,
    { send: `GET ${ZONE}`, status: 200, text: /"content":"\\"one\\""/ },
    { send: `PATCH ${ZONE}`, body: replace('"one"', '"two"'), status: 204, text: /^$/ },
    notify,
    {
      send: `GET ${ZONE}?rrset_name=${NAME}`,
      status: 200,
      json: { rrsets: [{ ttl: 120, records: [{ content: '"one"' }, { content: '"two"' }] }] },
    },
    { send: `PATCH ${ZONE}`, body: clean, status: 204, text: /^$/ },
    notify,
    { send: `PATCH ${ZONE}`, body: clean, status: 204 },
  ]);
});
