/**
 * octoDNS (octodns-powerdns): asks the version, patches, and creates the zone when it is told 404.
 * Deletions come first, with the TTL and records of what goes; contents are compared as text.
 */
import { it } from 'vitest';
import { startAdmin } from '../../kit/admin/admin-fixture.ts';
import { expectReplay, SERVER } from '../../kit/admin/replay.ts';

const HEADERS = { 'content-type': 'application/json', accept: '*/*' };
const ZONE = `${SERVER}/zones/example.org.`;

function rrset(name: string, type: string, changetype: string, ...contents: string[]) {
  const records = contents.map((content) => ({ content, disabled: false }));
  return { name, type, ttl: 300, changetype, records };
}

it('makes a zone by a PATCH that finds none, and finds its contents as it wrote them', async () => {
  const admin = await startAdmin();
  const made = [
    rrset('example.org.', 'NS', 'REPLACE', 'ns1.example.net.'),
    rrset('example.org.', 'TXT', 'REPLACE', '"v=spf1 -all"', '"semi;colon"'),
    rrset(
      'loc.example.org.',
      'LOC',
      'REPLACE',
      '31 58 52.100 S 115 49 11.700 E 20.00m 10.00m 10.00m 2.00m',
    ),
    rrset('svc.example.org.', 'HTTPS', 'REPLACE', '1 . alpn=h2,h3'),
    rrset('tlsa.example.org.', 'SSHFP', 'REPLACE', '1 1 123456789abcdef67890123456789abcdef67890'),
    rrset('www.example.org.', 'A', 'REPLACE', '192.0.2.1', '192.0.2.2'),
  ];
  await expectReplay(admin, HEADERS, [
    {
      send: `GET ${SERVER}`,
      status: 200,
      // int(part.split('-')[0]) of the first three parts
      text: /"version":"\d+\.\d+\.\d+-[^+"]*"/,
    },
    { send: `GET ${ZONE}`, status: 404, json: { error: 'Not Found' } },
    { send: `PATCH ${ZONE}`, body: { rrsets: made }, status: 404, json: { error: 'Not Found' } },
    {
      send: `POST ${SERVER}/zones`,
      body: {
        name: 'example.org.',
        kind: 'master',
        masters: [],
        nameservers: [],
        serial: 0,
        soa_edit_api: 'default',
        rrsets: made,
      },
      status: 201,
      json: { kind: 'Master', soa_edit_api: 'default' },
    },
    ...made.map(({ name, type, records }) => ({
      send: `GET ${ZONE}?rrset_name=${name}&rrset_type=${type}`,
      status: 200,
      json: { rrsets: [{ name, type, ttl: 300, records: [...records].sort(byContent) }] },
    })),
    {
      send: `PATCH ${ZONE}`,
      body: {
        rrsets: [
          rrset('www.example.org.', 'A', 'DELETE', '192.0.2.1', '192.0.2.2'),
          rrset('www.example.org.', 'CNAME', 'REPLACE', 'other.example.net.'),
        ],
      },
      status: 204,
      answers: { 'content-type': undefined },
    },
    { send: `PUT ${ZONE}/notify`, status: 200 },
    {
      send: `PATCH ${ZONE}`,
      body: { rrsets: [rrset('www.example.org.', 'A', 'REPLACE', '192.0.2.1')] },
      status: 422,
      text: /^\{"error":".*Conflicts with pre-existing RRset/,
    },
    { send: `GET ${SERVER}/zones`, status: 200, json: [{ name: 'example.org.' }] },
  ]);
});

function byContent(a: { content: string }, b: { content: string }): number {
  return a.content < b.content ? -1 : 1;
}
