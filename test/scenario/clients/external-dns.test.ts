/**
 * external-dns (library joeig/go-powerdns): every loop lists all zones and reads each in full, no
 * Accept on GET; REPLACE with a TTL, then DELETE. A CNAME at the apex becomes ALIAS, which a server
 * without it refuses.
 */
import { it } from 'vitest';
import { createExampleZone, startAdmin } from '../../kit/admin/admin-fixture.ts';
import { expectReplay, SERVER } from '../../kit/admin/replay.ts';

const ZONE = `${SERVER}/zones/example.org.`;
const JSON_TYPE = { 'content-type': 'application/json' };

function change(name: string, type: string, changetype: string, ...contents: string[]) {
  const records = contents.map((content) => ({ content, disabled: false, 'set-ptr': false }));
  return { name, type, ttl: 300, changetype, records, comments: [] };
}

it('keeps an address and its ownership record', async () => {
  const admin = await startAdmin();
  await createExampleZone(admin);
  await createExampleZone(admin, 'other.net.');
  const owner = '"heritage=external-dns,external-dns/owner=default"';
  const app = change('app.example.org.', 'A', 'REPLACE', '192.0.2.7');
  const mark = change('a-app.example.org.', 'TXT', 'REPLACE', owner);
  await expectReplay(admin, {}, [
    {
      send: `GET ${SERVER}/zones`,
      status: 200,
      json: [
        { id: 'other.net.', name: 'other.net.' },
        { id: 'example.org.', name: 'example.org.' },
      ],
    },
    { send: `GET ${ZONE}`, status: 200, text: /"rrsets":\[\{/ },
    { send: `PATCH ${ZONE}`, headers: JSON_TYPE, body: { rrsets: [app, mark] }, status: 204 },
    {
      send: `GET ${ZONE}?rrset_name=a-app.example.org.`,
      status: 200,
      json: { rrsets: [{ type: 'TXT', ttl: 300, records: [{ content: owner }] }] },
    },
    {
      send: `PATCH ${ZONE}`,
      headers: JSON_TYPE,
      body: { rrsets: [change('example.org.', 'ALIAS', 'REPLACE', 'lb.example.net.')] },
      status: 422,
      json: { error: 'RRset example.org. IN ALIAS: unknown type given' },
    },
    {
      send: `PATCH ${ZONE}`,
      headers: JSON_TYPE,
      body: {
        rrsets: [
          { ...app, changetype: 'DELETE' },
          { ...mark, changetype: 'DELETE' },
        ],
      },
      status: 204,
    },
    { send: `GET ${ZONE}?rrset_name=app.example.org.`, status: 200, json: { rrsets: [] } },
  ]);
});
