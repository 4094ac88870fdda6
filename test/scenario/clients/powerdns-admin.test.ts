/**
 * PowerDNS-Admin: its table lives on the list of zones, its record editor sends comments with the
 * records, its settings are PUTs of a key or two, and its proxy asks for `application/json; q=1`.
 */
import { it } from 'vitest';
import { startAdmin } from '../../kit/admin/admin-fixture.ts';
import { expectReplay, NO_PRIMARY_ANSWERS, SERVER } from '../../kit/admin/replay.ts';

const HEADERS = { 'content-type': 'application/json', accept: 'application/json; q=1' };
const ZONE = `${SERVER}/zones/example.org.`;

it('shows, edits, searches and sets up zones', async () => {
  const admin = await startAdmin({ transfers: NO_PRIMARY_ANSWERS });
  const records = [{ content: '192.0.2.1', disabled: false }];
  const comments = [{ content: 'front page', account: '' }];
  const www = { name: 'www.example.org.', type: 'A', ttl: 3600, records, comments };
  const fields = [
    'serial',
    'notified_serial',
    'last_check',
    'dnssec',
    'kind',
    'masters',
    'account',
  ];
  const listed = { serial: 2_026_112_201, notified_serial: 0, last_check: 0, dnssec: false };
  await expectReplay(admin, HEADERS, [
    {
      send: `POST ${SERVER}/zones`,
      body: {
        name: 'example.org.',
        kind: 'Native',
        masters: [],
        nameservers: [],
        soa_edit_api: 'DEFAULT',
        account: '',
      },
      status: 201,
    },
    {
      send: `POST ${SERVER}/zones`,
      body: { name: 'example.org.', kind: 'Native', masters: [], nameservers: [] },
      status: 409,
      json: { error: 'Conflict' },
    },
    {
      send: `GET ${SERVER}/zones`,
      status: 200,
      json: [{ ...listed, kind: 'Native', masters: [], account: '' }],
      text: new RegExp(fields.map((field) => `(?=.*"${field}":)`).join('')),
    },
    {
      send: `PATCH ${ZONE}`,
      body: { rrsets: [{ ...www, changetype: 'REPLACE' }] },
      status: 204,
    },
    {
      send: `GET ${ZONE}?rrset_name=www.example.org.`,
      status: 200,
      json: { rrsets: [{ records, comments: [{ content: 'front page', account: '' }] }] },
    },
    { send: `PUT ${ZONE}`, body: { soa_edit_api: '' }, status: 204 },
    { send: `PUT ${ZONE}`, body: { account: 'acme' }, status: 204 },
    { send: `PUT ${ZONE}`, body: { api_rectify: true }, status: 204 },
    { send: `PUT ${ZONE}`, body: { dnssec: true }, status: 422 },
    { send: `PUT ${ZONE}`, body: { kind: 'Slave', masters: ['192.0.2.9'] }, status: 204 },
    {
      send: `PUT ${ZONE}/axfr-retrieve`,
      status: 200,
      json: { result: "Added retrieval request for 'example.org.' from primary 192.0.2.9" },
    },
    { send: `PUT ${ZONE}`, body: { kind: 'Native', masters: [] }, status: 204 },
    {
      send: `GET ${ZONE}`,
      status: 200,
      json: { soa_edit_api: '', account: 'acme', api_rectify: true },
    },
    { send: `GET ${ZONE}/cryptokeys`, status: 200, json: [] },
    {
      send: `GET ${SERVER}/search-data?object_type=all&q=*www*&max=1000`,
      status: 200,
      json: [{ object_type: 'record' }, { object_type: 'comment' }],
    },
    { send: `GET ${SERVER}/statistics`, status: 200, json: [{ name: 'uptime', value: '12' }] },
    { send: `GET ${SERVER}/config`, status: 200, text: /"type":"ConfigSetting"/ },
    { send: `DELETE ${ZONE}`, status: 204 },
  ]);
});
