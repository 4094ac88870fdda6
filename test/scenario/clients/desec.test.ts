/**
 * deSEC: kinds in upper case, PATCHes without a content type, exports as `text/dns`, catalog records
 * written by itself. It signs every zone, which is refused until there is signing; all else works.
 */
import { it } from 'vitest';
import { startAdmin } from '../../kit/admin/admin-fixture.ts';
import { expectReplay, NO_PRIMARY_ANSWERS, SERVER } from '../../kit/admin/replay.ts';

const HEADERS = { accept: 'application/json', 'user-agent': 'desecapi' };
const ZONE = `${SERVER}/zones/example.org.`;
const CATALOG = `${SERVER}/zones/catalog.internal.`;

function records(content: string) {
  return [{ content, disabled: false }];
}

it('makes, fills, exports and lists zones', async () => {
  const admin = await startAdmin({ transfers: NO_PRIMARY_ANSWERS });
  const soa = 'get.desec.io. get.desec.io. 1 86400 3600 2419200 3600';
  const zone = {
    name: 'example.org.',
    kind: 'MASTER',
    dnssec: false,
    nsec3param: '',
    nameservers: ['ns1.example.net.'],
    rrsets: [{ name: 'example.org.', type: 'SOA', ttl: 300, records: records(soa) }],
  };
  const member = 'abcdef.zones.catalog.internal.';
  const change = {
    rrsets: [
      {
        name: member,
        type: 'PTR',
        ttl: 0,
        changetype: 'REPLACE',
        records: records('example.org.'),
      },
    ],
  };
  await expectReplay(admin, HEADERS, [
    {
      send: `POST ${SERVER}/zones?rrsets=false`,
      body: { ...zone, dnssec: true, nsec3param: '1 0 0 -' },
      status: 422,
      text: /cannot be signed: DNSSEC signing is not available/,
    },
    {
      send: `POST ${SERVER}/zones?rrsets=false`,
      body: zone,
      status: 201,
      json: { kind: 'Master', dnssec: false },
      text: /^(?!.*"rrsets")/,
    },
    {
      send: `PATCH ${ZONE}`,
      body: {
        rrsets: [
          {
            name: 'www.example.org.',
            type: 'A',
            ttl: 3600,
            changetype: 'REPLACE',
            records: records('192.0.2.1'),
          },
        ],
      },
      status: 204,
    },
    { send: `GET ${ZONE}/cryptokeys`, status: 200, json: [] },
    {
      send: `GET ${ZONE}/export`,
      headers: { accept: 'text/dns' },
      status: 200,
      answers: { 'content-type': 'text/plain; charset=us-ascii' },
      text: /^www\.example\.org\.\t3600\tIN\tA\t192\.0\.2\.1$/m,
    },
    {
      send: `POST ${SERVER}/zones`,
      body: { name: 'catalog.internal.', kind: 'MASTER', dnssec: false, nameservers: ['invalid.'] },
      status: 201,
    },
    { send: `PATCH ${CATALOG}`, body: change, status: 204 },
    { send: `GET ${CATALOG}?rrset_name=${member}`, status: 200, json: { rrsets: [{ ttl: 0 }] } },
    {
      send: `POST ${SERVER}/zones?rrsets=false`,
      body: { name: 'second.org.', kind: 'SLAVE', masters: ['192.0.2.8'] },
      status: 201,
      json: { kind: 'Slave' },
    },
    { send: `PUT ${SERVER}/zones/second.org./axfr-retrieve`, status: 200 },
    { send: `DELETE ${ZONE}`, status: 204 },
  ]);
});
