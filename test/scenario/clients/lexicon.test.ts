/**
 * lexicon 3.11: a `{}` body on every request, GET included, and the zone's id without its dot; it
 * reads the whole zone, changes the set in memory and replaces it.
 */
import { it } from 'vitest';
import { createExampleZone, startAdmin } from '../../kit/admin/admin-fixture.ts';
import { expectReplay, SERVER } from '../../kit/admin/replay.ts';

const HEADERS = { 'content-type': 'application/json', accept: '*/*' };
const ZONE = `${SERVER}/zones/example.org`;

it('creates, lists, updates and deletes records', async () => {
  const admin = await startAdmin();
  await createExampleZone(admin);
  const rrset = { name: 'delete.example.org.', type: 'TXT', ttl: 600 };
  const replace = (...contents: string[]) => ({
    send: `PATCH ${ZONE}`,
    body: {
      rrsets: [
        {
          ...rrset,
          changetype: 'REPLACE',
          records: contents.map((content) => ({ content, disabled: false })),
          comments: [],
        },
      ],
    },
    status: 204,
  });
  const remove = { rrsets: [{ ...rrset, changetype: 'DELETE', records: [], comments: [] }] };
  await expectReplay(admin, HEADERS, [
    { send: `GET ${ZONE}`, body: '{}', status: 200, json: { id: 'example.org.', kind: 'Native' } },
    replace('"challenge token"'),
    { send: `PUT ${ZONE}/notify`, body: '{}', status: 200 },
    { send: `GET ${ZONE}`, body: '{}', status: 200, text: /challenge token/ },
    replace('"challenge token"', '"other"'),
    { send: `PATCH ${ZONE}`, body: remove, status: 204 },
    { send: `GET ${ZONE}`, body: '{}', status: 200, json: { name: 'example.org.' } },
  ]);
});
