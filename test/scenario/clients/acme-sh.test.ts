/**
 * acme.sh (dnsapi/dns_pdns.sh): curl with a form's content type, and answers taken apart by regular
 * expressions once their blanks are gone. `"name":"…"` up to the first `]` must hold the contents, so
 * no key may come between `name` and `records`.
 */
import { expect, it } from 'vitest';
import { createExampleZone, startAdmin } from '../../kit/admin/admin-fixture.ts';
import { expectReplay, SERVER } from '../../kit/admin/replay.ts';

const HEADERS = { 'content-type': 'application/x-www-form-urlencoded', accept: '*/*' };
const ZONE = `${SERVER}/zones/example.org.`;
const NAME = '_acme-challenge.example.org.';

function replace(...contents: string[]) {
  const records = contents.map((content) => ({
    name: NAME,
    type: 'TXT',
    content,
    disabled: false,
    ttl: 60,
  }));
  return { rrsets: [{ changetype: 'REPLACE', name: NAME, type: 'TXT', ttl: 60, records }] };
}

it('adds a value to those it reads, notifies without a body, and takes one away', async () => {
  const admin = await startAdmin();
  await createExampleZone(admin);
  const notify = { send: `PUT ${ZONE}/notify`, body: '', status: 200 };
  await expectReplay(admin, HEADERS, [
    { send: `GET ${SERVER}/zones`, status: 200, text: /"name":"example\.org\."/ },
    { send: `GET ${ZONE}`, status: 200 },
    { send: `PATCH ${ZONE}`, body: replace('"first"'), status: 204 },
    notify,
    { send: `PATCH ${ZONE}`, body: replace('"first"', '"second"'), status: 204 },
    notify,
  ]);
  const zone = (await (await admin.call('GET', ZONE)).text()).replaceAll(/\s/g, '');
  // _record_string="$(… | _egrep_o "\"name\":\"$fulldomain[^]]*")", then the contents in it
  const found = /"name":"_acme-challenge\.example\.org\.[^\]]*/.exec(zone)?.[0] ?? '';
  const values = [...found.matchAll(/"content":"\\"([^"]*)\\""/g)].map(([, value]) => value);
  expect(values).toEqual(['first', 'second']);
  await expectReplay(admin, HEADERS, [
    {
      send: `PATCH ${ZONE}`,
      body: { rrsets: [{ changetype: 'DELETE', name: NAME, type: 'TXT' }] },
      status: 204,
    },
    { send: `PATCH ${ZONE}`, body: replace('"second"'), status: 204 },
    notify,
    {
      send: `GET ${ZONE}?rrset_name=${NAME}`,
      status: 200,
      json: { rrsets: [{ records: [{ content: '"second"' }] }] },
    },
  ]);
});
