/** The examples of RFC 5731 section 3: domains. */
import type { Transfer } from '#registry/model/transfer.ts';
import {
  type CommandExample,
  clientSays,
  DOMAIN,
  type ResponseExample,
  serverSays,
} from './example.ts';

const NAME = '<domain:name>example.com</domain:name>';
const AUTH = '<domain:authInfo><domain:pw>2fooBAR</domain:pw></domain:authInfo>';
const AUTH_OF_CONTACT = `<domain:authInfo>
    <domain:pw roid="JD1234-REP">2fooBAR</domain:pw>
  </domain:authInfo>`;

/** The whole command with its object. */
function says(verb: string, body: string, attributes = ''): string {
  const object = `<domain:${verb} ${DOMAIN}>${body}</domain:${verb}>`;
  return clientSays(`<${verb}${attributes}>${object}</${verb}>`);
}

export const COMMANDS: readonly CommandExample[] = [
  {
    where: 'RFC 5731 3.1.1 check',
    xml: says(
      'check',
      `${NAME}
      <domain:name>example.net</domain:name>
      <domain:name>example.org</domain:name>`,
    ),
    becomes: { kind: 'domain:check', names: ['example.com', 'example.net', 'example.org'] },
  },
  {
    where: 'RFC 5731 3.1.2 info',
    xml: says('info', '<domain:name hosts="all">example.com</domain:name>'),
    becomes: { kind: 'domain:info', name: 'example.com', hosts: 'all' },
  },
  {
    where: 'RFC 5731 3.1.2 info with authorisation information',
    xml: says('info', `<domain:name hosts="all">example.com</domain:name>${AUTH}`),
    becomes: { kind: 'domain:info', name: 'example.com', hosts: 'all', authInfo: '2fooBAR' },
  },
  {
    where: 'RFC 5731 3.1.3 transfer query',
    xml: says('transfer', NAME + AUTH_OF_CONTACT, ' op="query"'),
    becomes: {
      kind: 'domain:transfer',
      operation: 'query',
      name: 'example.com',
      authInfo: '2fooBAR',
      authRoid: 'JD1234-REP',
    },
  },
  {
    where: 'RFC 5731 3.2.1 create',
    xml: says(
      'create',
      `${NAME}
      <domain:period unit="y">2</domain:period>
      <domain:ns>
        <domain:hostObj>ns1.example.net</domain:hostObj>
        <domain:hostObj>ns2.example.net</domain:hostObj>
      </domain:ns>
      <domain:registrant>jd1234</domain:registrant>
      <domain:contact type="admin">sh8013</domain:contact>
      <domain:contact type="tech">sh8013</domain:contact>
      ${AUTH}`,
    ),
    becomes: {
      kind: 'domain:create',
      name: 'example.com',
      years: 2,
      nameservers: ['ns1.example.net', 'ns2.example.net'],
      registrant: 'jd1234',
      contacts: [
        { role: 'admin', id: 'sh8013' },
        { role: 'tech', id: 'sh8013' },
      ],
      authInfo: '2fooBAR',
      ds: [],
    },
  },
  {
    where: 'RFC 5731 3.2.2 delete',
    xml: says('delete', NAME),
    becomes: { kind: 'domain:delete', name: 'example.com' },
  },
  {
    where: 'RFC 5731 3.2.3 renew',
    xml: says(
      'renew',
      `${NAME}
      <domain:curExpDate>2000-04-03</domain:curExpDate>
      <domain:period unit="y">5</domain:period>`,
    ),
    becomes: {
      kind: 'domain:renew',
      name: 'example.com',
      currentExpiryDate: '2000-04-03',
      years: 5,
    },
  },
  {
    where: 'RFC 5731 3.2.4 transfer request',
    xml: says(
      'transfer',
      `${NAME}<domain:period unit="y">1</domain:period>${AUTH_OF_CONTACT}`,
      ' op="request"',
    ),
    becomes: {
      kind: 'domain:transfer',
      operation: 'request',
      name: 'example.com',
      years: 1,
      authInfo: '2fooBAR',
      authRoid: 'JD1234-REP',
    },
  },
  {
    where: 'RFC 5731 3.2.5 update',
    xml: says(
      'update',
      `${NAME}
      <domain:add>
        <domain:ns><domain:hostObj>ns2.example.com</domain:hostObj></domain:ns>
        <domain:contact type="tech">mak21</domain:contact>
        <domain:status s="clientHold" lang="en">Payment overdue.</domain:status>
      </domain:add>
      <domain:rem>
        <domain:ns><domain:hostObj>ns1.example.com</domain:hostObj></domain:ns>
        <domain:contact type="tech">sh8013</domain:contact>
        <domain:status s="clientUpdateProhibited"/>
      </domain:rem>
      <domain:chg>
        <domain:registrant>sh8013</domain:registrant>
        <domain:authInfo><domain:pw>2BARfoo</domain:pw></domain:authInfo>
      </domain:chg>`,
    ),
    becomes: {
      kind: 'domain:update',
      name: 'example.com',
      add: {
        nameservers: ['ns2.example.com'],
        contacts: [{ role: 'tech', id: 'mak21' }],
        statuses: [{ status: 'clientHold', remark: 'Payment overdue.', language: 'en' }],
      },
      remove: {
        nameservers: ['ns1.example.com'],
        contacts: [{ role: 'tech', id: 'sh8013' }],
        statuses: ['clientUpdateProhibited'],
      },
      change: { registrant: 'sh8013', authInfo: '2BARfoo' },
    },
  },
];

const TRANSFER: Transfer = {
  status: 'pending',
  gaining: 'ClientX',
  requestedAtMs: Date.UTC(2000, 5, 8, 22),
  losing: 'ClientY',
  actsAtMs: Date.UTC(2000, 5, 13, 22),
  expiresAtMs: Date.UTC(2002, 8, 8, 22),
};

export const RESPONSES: readonly ResponseExample[] = [
  {
    where: 'RFC 5731 3.1.1 check',
    xml: serverSays({
      data: `<domain:chkData ${DOMAIN}>
        <domain:cd><domain:name avail="1">example.com</domain:name></domain:cd>
        <domain:cd>
          <domain:name avail="0">example.net</domain:name>
          <domain:reason>In use</domain:reason>
        </domain:cd>
        <domain:cd><domain:name avail="1">example.org</domain:name></domain:cd>
      </domain:chkData>`,
    }),
    tells: {
      result: 1000,
      data: {
        kind: 'domain:check',
        domains: [
          { name: 'example.com', available: true },
          { name: 'example.net', available: false, reason: 'In use' },
          { name: 'example.org', available: true },
        ],
      },
    },
  },
  {
    where: 'RFC 5731 3.1.2 info',
    xml: serverSays({
      data: `<domain:infData ${DOMAIN}>
        ${NAME}
        <domain:roid>EXAMPLE1-REP</domain:roid>
        <domain:status s="ok"/>
        <domain:registrant>jd1234</domain:registrant>
        <domain:contact type="admin">sh8013</domain:contact>
        <domain:contact type="tech">sh8013</domain:contact>
        <domain:ns>
          <domain:hostObj>ns1.example.com</domain:hostObj>
          <domain:hostObj>ns1.example.net</domain:hostObj>
        </domain:ns>
        <domain:host>ns1.example.com</domain:host>
        <domain:host>ns2.example.com</domain:host>
        <domain:clID>ClientX</domain:clID>
        <domain:crID>ClientY</domain:crID>
        <domain:crDate>1999-04-03T22:00:00.0Z</domain:crDate>
        <domain:upID>ClientX</domain:upID>
        <domain:upDate>1999-12-03T09:00:00.0Z</domain:upDate>
        <domain:exDate>2005-04-03T22:00:00.0Z</domain:exDate>
        <domain:trDate>2000-04-08T09:00:00.0Z</domain:trDate>
        ${AUTH}
      </domain:infData>`,
    }),
    tells: {
      result: 1000,
      data: {
        kind: 'domain:info',
        name: 'example.com',
        roid: 'EXAMPLE1-REP',
        statuses: [{ status: 'ok', remark: '', language: 'en' }],
        registrant: 'jd1234',
        contacts: [
          { role: 'admin', id: 'sh8013' },
          { role: 'tech', id: 'sh8013' },
        ],
        nameservers: ['ns1.example.com', 'ns1.example.net'],
        subordinates: ['ns1.example.com', 'ns2.example.com'],
        sponsor: 'ClientX',
        createdBy: 'ClientY',
        createdAtMs: Date.UTC(1999, 3, 3, 22),
        updatedBy: 'ClientX',
        updatedAtMs: Date.UTC(1999, 11, 3, 9),
        expiresAtMs: Date.UTC(2005, 3, 3, 22),
        transferredAtMs: Date.UTC(2000, 3, 8, 9),
        ds: [],
        rgp: [],
      },
    },
  },
  {
    where: 'RFC 5731 3.1.2 info for another registrar',
    xml: serverSays({
      data: `<domain:infData ${DOMAIN}>
        ${NAME}
        <domain:roid>EXAMPLE1-REP</domain:roid>
        <domain:clID>ClientX</domain:clID>
      </domain:infData>`,
    }),
    tells: {
      result: 1000,
      data: {
        kind: 'domain:info',
        name: 'example.com',
        roid: 'EXAMPLE1-REP',
        statuses: [],
        contacts: [],
        nameservers: [],
        subordinates: [],
        sponsor: 'ClientX',
        ds: [],
        rgp: [],
      },
    },
  },
  {
    where: 'RFC 5731 3.2.1 create',
    xml: serverSays({
      data: `<domain:creData ${DOMAIN}>
        ${NAME}
        <domain:crDate>1999-04-03T22:00:00.0Z</domain:crDate>
        <domain:exDate>2001-04-03T22:00:00.0Z</domain:exDate>
      </domain:creData>`,
    }),
    tells: {
      result: 1000,
      data: {
        kind: 'domain:create',
        name: 'example.com',
        createdAtMs: Date.UTC(1999, 3, 3, 22),
        expiresAtMs: Date.UTC(2001, 3, 3, 22),
        fee: { currency: 'USD', amount: 0 },
      },
    },
  },
  {
    where: 'RFC 5731 3.2.2 delete',
    xml: serverSays({}),
    tells: { result: 1000, data: { kind: 'domain:delete', name: 'example.com', purged: true } },
  },
  {
    where: 'RFC 5731 3.2.3 renew',
    xml: serverSays({
      data: `<domain:renData ${DOMAIN}>
        ${NAME}
        <domain:exDate>2005-04-03T22:00:00.0Z</domain:exDate>
      </domain:renData>`,
    }),
    tells: {
      result: 1000,
      data: {
        kind: 'domain:renew',
        name: 'example.com',
        expiresAtMs: Date.UTC(2005, 3, 3, 22),
        fee: { currency: 'USD', amount: 0 },
      },
    },
  },
  {
    where: 'RFC 5731 3.2.4 transfer request',
    xml: serverSays({
      code: 1001,
      data: `<domain:trnData ${DOMAIN}>
        ${NAME}
        <domain:trStatus>pending</domain:trStatus>
        <domain:reID>ClientX</domain:reID>
        <domain:reDate>2000-06-08T22:00:00.0Z</domain:reDate>
        <domain:acID>ClientY</domain:acID>
        <domain:acDate>2000-06-13T22:00:00.0Z</domain:acDate>
        <domain:exDate>2002-09-08T22:00:00.0Z</domain:exDate>
      </domain:trnData>`,
    }),
    tells: {
      result: 1001,
      data: { kind: 'domain:transfer', name: 'example.com', transfer: TRANSFER },
    },
  },
  {
    where: 'RFC 5731 3.3 outcome of a pending command',
    xml: serverSays({
      code: 1301,
      queue: `<msgQ count="5" id="12345">
        <qDate>1999-04-04T22:01:00.0Z</qDate>
        <msg>Pending action completed successfully.</msg>
      </msgQ>`,
      data: `<domain:panData ${DOMAIN}>
        <domain:name paResult="1">example.com</domain:name>
        <domain:paTRID><clTRID>ABC-12345</clTRID><svTRID>54321-XYZ</svTRID></domain:paTRID>
        <domain:paDate>1999-04-04T22:00:00.0Z</domain:paDate>
      </domain:panData>`,
    }),
    tells: {
      result: 1301,
      data: {
        kind: 'poll',
        count: 5,
        message: {
          id: 12_345,
          registrar: 'ClientX',
          queuedAtMs: Date.UTC(1999, 3, 4, 22, 1),
          text: 'Pending action completed successfully.',
          data: {
            kind: 'domain:pending-action',
            name: 'example.com',
            succeeded: true,
            clTrid: 'ABC-12345',
            svTrid: '54321-XYZ',
            atMs: Date.UTC(1999, 3, 4, 22),
          },
        },
      },
    },
  },
];
