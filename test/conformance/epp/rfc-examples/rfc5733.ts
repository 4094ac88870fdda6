/** The examples of RFC 5733 section 3: contacts. */
import type { Contact } from '#registry/model/contact.ts';
import {
  CONTACT,
  type CommandExample,
  clientSays,
  type ResponseExample,
  serverSays,
} from './example.ts';

const ID = '<contact:id>sh8013</contact:id>';
const AUTH = '<contact:authInfo><contact:pw>2fooBAR</contact:pw></contact:authInfo>';
const POSTAL = `<contact:postalInfo type="int">
    <contact:name>John Doe</contact:name>
    <contact:org>Example Inc.</contact:org>
    <contact:addr>
      <contact:street>123 Example Dr.</contact:street>
      <contact:street>Suite 100</contact:street>
      <contact:city>Dulles</contact:city>
      <contact:sp>VA</contact:sp>
      <contact:pc>20166-6503</contact:pc>
      <contact:cc>US</contact:cc>
    </contact:addr>
  </contact:postalInfo>
  <contact:voice x="1234">+1.7035555555</contact:voice>
  <contact:fax>+1.7035555556</contact:fax>
  <contact:email>jdoe@example.com</contact:email>`;
const DISCLOSE = `<contact:disclose flag="0"><contact:voice/><contact:email/></contact:disclose>`;

const PERSON = {
  id: 'sh8013',
  postal: [
    {
      type: 'int',
      name: 'John Doe',
      organisation: 'Example Inc.',
      street: ['123 Example Dr.', 'Suite 100'],
      city: 'Dulles',
      province: 'VA',
      postalCode: '20166-6503',
      country: 'US',
    },
  ],
  voice: { number: '+1.7035555555', extension: '1234' },
  fax: { number: '+1.7035555556' },
  email: 'jdoe@example.com',
  disclosure: { show: false, fields: ['voice', 'email'] },
} satisfies Partial<Contact>;

function says(verb: string, body: string, attributes = ''): string {
  const object = `<contact:${verb} ${CONTACT}>${body}</contact:${verb}>`;
  return clientSays(`<${verb}${attributes}>${object}</${verb}>`);
}

export const COMMANDS: readonly CommandExample[] = [
  {
    where: 'RFC 5733 3.1.1 check',
    xml: says('check', `${ID}<contact:id>sah8013</contact:id><contact:id>8013sah</contact:id>`),
    becomes: { kind: 'contact:check', ids: ['sh8013', 'sah8013', '8013sah'] },
  },
  {
    where: 'RFC 5733 3.1.2 info',
    xml: says('info', ID + AUTH),
    becomes: { kind: 'contact:info', id: 'sh8013', authInfo: '2fooBAR' },
  },
  {
    where: 'RFC 5733 3.1.3 transfer query',
    xml: says('transfer', ID + AUTH, ' op="query"'),
    becomes: { kind: 'contact:transfer', operation: 'query', id: 'sh8013', authInfo: '2fooBAR' },
  },
  {
    where: 'RFC 5733 3.2.1 create',
    xml: says('create', ID + POSTAL + AUTH + DISCLOSE),
    becomes: { kind: 'contact:create', ...PERSON, authInfo: '2fooBAR' },
  },
  {
    where: 'RFC 5733 3.2.2 delete',
    xml: says('delete', ID),
    becomes: { kind: 'contact:delete', id: 'sh8013' },
  },
  {
    where: 'RFC 5733 3.2.4 transfer request',
    xml: says('transfer', ID + AUTH, ' op="request"'),
    becomes: { kind: 'contact:transfer', operation: 'request', id: 'sh8013', authInfo: '2fooBAR' },
  },
  {
    where: 'RFC 5733 3.2.5 update',
    xml: says(
      'update',
      `${ID}
      <contact:add><contact:status s="clientDeleteProhibited"/></contact:add>
      <contact:chg>
        <contact:postalInfo type="int">
          <contact:org/>
          <contact:addr>
            <contact:street>124 Example Dr.</contact:street>
            <contact:street>Suite 200</contact:street>
            <contact:city>Dulles</contact:city>
            <contact:sp>VA</contact:sp>
            <contact:pc>20166-6503</contact:pc>
            <contact:cc>US</contact:cc>
          </contact:addr>
        </contact:postalInfo>
        <contact:voice>+1.7034444444</contact:voice>
        <contact:fax/>
        ${AUTH}
        <contact:disclose flag="1"><contact:voice/><contact:email/></contact:disclose>
      </contact:chg>`,
    ),
    becomes: {
      kind: 'contact:update',
      id: 'sh8013',
      add: { statuses: [{ status: 'clientDeleteProhibited', remark: '', language: 'en' }] },
      remove: { statuses: [] },
      change: {
        postal: [
          {
            type: 'int',
            organisation: '',
            street: ['124 Example Dr.', 'Suite 200'],
            city: 'Dulles',
            province: 'VA',
            postalCode: '20166-6503',
            country: 'US',
          },
        ],
        voice: { number: '+1.7034444444' },
        fax: null,
        authInfo: '2fooBAR',
        disclosure: { show: true, fields: ['voice', 'email'] },
      },
    },
  },
];

const SHOWN: Contact = {
  ...PERSON,
  roid: 'SH8013-REP',
  statuses: [],
  sponsor: 'ClientY',
  createdBy: 'ClientX',
  createdAtMs: Date.UTC(1999, 3, 3, 22),
  updatedBy: 'ClientX',
  updatedAtMs: Date.UTC(1999, 11, 3, 9),
  transferredAtMs: Date.UTC(2000, 3, 8, 9),
};

export const RESPONSES: readonly ResponseExample[] = [
  {
    where: 'RFC 5733 3.1.1 check',
    xml: serverSays({
      data: `<contact:chkData ${CONTACT}>
        <contact:cd><contact:id avail="1">sh8013</contact:id></contact:cd>
        <contact:cd>
          <contact:id avail="0">sah8013</contact:id>
          <contact:reason>In use</contact:reason>
        </contact:cd>
        <contact:cd><contact:id avail="1">8013sah</contact:id></contact:cd>
      </contact:chkData>`,
    }),
    tells: {
      result: 1000,
      data: {
        kind: 'contact:check',
        contacts: [
          { id: 'sh8013', available: true },
          { id: 'sah8013', available: false, reason: 'In use' },
          { id: '8013sah', available: true },
        ],
      },
    },
  },
  {
    where: 'RFC 5733 3.1.2 info',
    xml: serverSays({
      data: `<contact:infData ${CONTACT}>
        ${ID}
        <contact:roid>SH8013-REP</contact:roid>
        <contact:status s="linked"/>
        <contact:status s="clientDeleteProhibited"/>
        ${POSTAL}
        <contact:clID>ClientY</contact:clID>
        <contact:crID>ClientX</contact:crID>
        <contact:crDate>1999-04-03T22:00:00.0Z</contact:crDate>
        <contact:upID>ClientX</contact:upID>
        <contact:upDate>1999-12-03T09:00:00.0Z</contact:upDate>
        <contact:trDate>2000-04-08T09:00:00.0Z</contact:trDate>
        ${AUTH}${DISCLOSE}
      </contact:infData>`,
    }),
    tells: {
      result: 1000,
      data: {
        kind: 'contact:info',
        contact: SHOWN,
        statuses: [
          { status: 'linked', remark: '', language: 'en' },
          { status: 'clientDeleteProhibited', remark: '', language: 'en' },
        ],
        isWhole: true,
      },
    },
  },
  {
    where: 'RFC 5733 3.2.4 transfer request',
    xml: serverSays({
      code: 1001,
      data: `<contact:trnData ${CONTACT}>
        ${ID}
        <contact:trStatus>pending</contact:trStatus>
        <contact:reID>ClientX</contact:reID>
        <contact:reDate>2000-06-08T22:00:00.0Z</contact:reDate>
        <contact:acID>ClientY</contact:acID>
        <contact:acDate>2000-06-13T22:00:00.0Z</contact:acDate>
      </contact:trnData>`,
    }),
    tells: {
      result: 1001,
      data: {
        kind: 'contact:transfer',
        id: 'sh8013',
        transfer: {
          status: 'pending',
          gaining: 'ClientX',
          requestedAtMs: Date.UTC(2000, 5, 8, 22),
          losing: 'ClientY',
          actsAtMs: Date.UTC(2000, 5, 13, 22),
        },
      },
    },
  },
  {
    where: 'RFC 5733 3.2.1 create',
    xml: serverSays({
      data: `<contact:creData ${CONTACT}>
        ${ID}<contact:crDate>1999-04-03T22:00:00.0Z</contact:crDate>
      </contact:creData>`,
    }),
    tells: {
      result: 1000,
      data: { kind: 'contact:create', id: 'sh8013', createdAtMs: Date.UTC(1999, 3, 3, 22) },
    },
  },
  {
    // Commands on contacts are never left pending here.
    where: 'RFC 5733 3.3 outcome of a pending command',
    xml: serverSays({
      code: 1301,
      queue: `<msgQ count="5" id="12345">
        <qDate>1999-04-04T22:01:00.0Z</qDate>
        <msg>Pending action completed successfully.</msg>
      </msgQ>`,
      data: `<contact:panData ${CONTACT}>
        <contact:id paResult="1">sh8013</contact:id>
        <contact:paTRID><clTRID>ABC-12345</clTRID><svTRID>54321-XYZ</svTRID></contact:paTRID>
        <contact:paDate>1999-04-04T22:00:00.0Z</contact:paDate>
      </contact:panData>`,
    }),
  },
];
