/**
 * OpenStack Designate (impl_pdns4): makes secondaries that fetch from its own mini name server, with
 * a TSIG key where one is set up, and deletes them. It asks whether a zone is there by its status.
 */
import { it } from 'vitest';
import { startAdmin } from '../../kit/admin/admin-fixture.ts';
import { expectReplay, NO_PRIMARY_ANSWERS, SERVER } from '../../kit/admin/replay.ts';

const HEADERS = { 'content-type': 'application/json', accept: '*/*' };
const ZONE = `${SERVER}/zones/example.org.`;

it('makes and deletes secondaries', async () => {
  const admin = await startAdmin({ transfers: NO_PRIMARY_ANSWERS });
  const zone = { name: 'example.org.', kind: 'slave', masters: ['192.0.2.1:5354'] };
  const signed = { ...zone, slave_tsig_key_ids: ['designate'] };
  await expectReplay(admin, HEADERS, [
    { send: `GET ${ZONE}`, status: 404 },
    { send: `POST ${SERVER}/zones`, body: signed, status: 422, text: /does not exist/ },
    {
      send: `POST ${SERVER}/tsigkeys`,
      body: { name: 'designate', algorithm: 'hmac-sha256' },
      status: 201,
    },
    {
      send: `POST ${SERVER}/zones`,
      body: signed,
      status: 201,
      json: {
        kind: 'Slave',
        masters: ['192.0.2.1:5354'],
        slave_tsig_key_ids: ['designate.'],
        rrsets: [],
      },
    },
    { send: `GET ${ZONE}`, status: 200 },
    { send: `POST ${SERVER}/zones`, body: zone, status: 409 },
    { send: `DELETE ${ZONE}`, status: 204 },
    { send: `GET ${ZONE}`, status: 404 },
    { send: `DELETE ${ZONE}`, status: 404 },
  ]);
});
