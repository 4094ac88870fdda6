/** The examples of RFC 5732 section 3: hosts. */
import type { Host } from '#registry/model/host.ts';
import {
  type CommandExample,
  clientSays,
  HOST,
  type ResponseExample,
  serverSays,
} from './example.ts';

const NAME = '<host:name>ns1.example.com</host:name>';
const IPV6 = '1080:0:0:0:8:800:200C:417A';

function says(verb: string, body: string): string {
  return clientSays(`<${verb}><host:${verb} ${HOST}>${body}</host:${verb}></${verb}>`);
}

export const COMMANDS: readonly CommandExample[] = [
  {
    where: 'RFC 5732 3.1.1 check',
    xml: says(
      'check',
      `${NAME}<host:name>ns2.example.com</host:name><host:name>ns3.example.com</host:name>`,
    ),
    becomes: {
      kind: 'host:check',
      names: ['ns1.example.com', 'ns2.example.com', 'ns3.example.com'],
    },
  },
  {
    where: 'RFC 5732 3.1.2 info',
    xml: says('info', NAME),
    becomes: { kind: 'host:info', name: 'ns1.example.com' },
  },
  {
    where: 'RFC 5732 3.2.1 create',
    xml: says(
      'create',
      `${NAME}
      <host:addr ip="v4">192.0.2.2</host:addr>
      <host:addr ip="v4">192.0.2.29</host:addr>
      <host:addr ip="v6">${IPV6}</host:addr>`,
    ),
    becomes: {
      kind: 'host:create',
      name: 'ns1.example.com',
      addresses: [
        { family: 'v4', text: '192.0.2.2' },
        { family: 'v4', text: '192.0.2.29' },
        { family: 'v6', text: IPV6 },
      ],
    },
  },
  {
    where: 'RFC 5732 3.2.2 delete',
    xml: says('delete', NAME),
    becomes: { kind: 'host:delete', name: 'ns1.example.com' },
  },
  {
    where: 'RFC 5732 3.2.5 update',
    xml: says(
      'update',
      `${NAME}
      <host:add>
        <host:addr ip="v4">192.0.2.22</host:addr>
        <host:status s="clientUpdateProhibited"/>
      </host:add>
      <host:rem><host:addr ip="v6">${IPV6}</host:addr></host:rem>
      <host:chg><host:name>ns2.example.com</host:name></host:chg>`,
    ),
    becomes: {
      kind: 'host:update',
      name: 'ns1.example.com',
      add: {
        addresses: [{ family: 'v4', text: '192.0.2.22' }],
        statuses: [{ status: 'clientUpdateProhibited', remark: '', language: 'en' }],
      },
      remove: { addresses: [{ family: 'v6', text: IPV6 }], statuses: [] },
      rename: 'ns2.example.com',
    },
  },
];

const SHOWN: Host = {
  name: 'ns1.example.com',
  roid: 'NS1_EXAMPLE1-REP',
  addresses: ['192.0.2.2', '192.0.2.29', IPV6],
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
    where: 'RFC 5732 3.1.1 check',
    xml: serverSays({
      data: `<host:chkData ${HOST}>
        <host:cd><host:name avail="1">ns1.example.com</host:name></host:cd>
        <host:cd>
          <host:name avail="0">ns2.example2.com</host:name>
          <host:reason>In use</host:reason>
        </host:cd>
        <host:cd><host:name avail="1">ns3.example3.com</host:name></host:cd>
      </host:chkData>`,
    }),
    tells: {
      result: 1000,
      data: {
        kind: 'host:check',
        hosts: [
          { name: 'ns1.example.com', available: true },
          { name: 'ns2.example2.com', available: false, reason: 'In use' },
          { name: 'ns3.example3.com', available: true },
        ],
      },
    },
  },
  {
    where: 'RFC 5732 3.1.2 info',
    xml: serverSays({
      data: `<host:infData ${HOST}>
        ${NAME}
        <host:roid>NS1_EXAMPLE1-REP</host:roid>
        <host:status s="linked"/>
        <host:status s="clientUpdateProhibited"/>
        <host:addr ip="v4">192.0.2.2</host:addr>
        <host:addr ip="v4">192.0.2.29</host:addr>
        <host:addr ip="v6">${IPV6}</host:addr>
        <host:clID>ClientY</host:clID>
        <host:crID>ClientX</host:crID>
        <host:crDate>1999-04-03T22:00:00.0Z</host:crDate>
        <host:upID>ClientX</host:upID>
        <host:upDate>1999-12-03T09:00:00.0Z</host:upDate>
        <host:trDate>2000-04-08T09:00:00.0Z</host:trDate>
      </host:infData>`,
    }),
    tells: {
      result: 1000,
      data: {
        kind: 'host:info',
        host: SHOWN,
        statuses: [
          { status: 'linked', remark: '', language: 'en' },
          { status: 'clientUpdateProhibited', remark: '', language: 'en' },
        ],
      },
    },
  },
  {
    where: 'RFC 5732 3.2.1 create',
    xml: serverSays({
      data: `<host:creData ${HOST}>
        ${NAME}<host:crDate>1999-04-03T22:00:00.0Z</host:crDate>
      </host:creData>`,
    }),
    tells: {
      result: 1000,
      data: {
        kind: 'host:create',
        name: 'ns1.example.com',
        createdAtMs: Date.UTC(1999, 3, 3, 22),
      },
    },
  },
  {
    // Commands on hosts are never left pending here.
    where: 'RFC 5732 3.3 outcome of a pending command',
    xml: serverSays({
      code: 1301,
      queue: `<msgQ count="5" id="12345">
        <qDate>1999-04-04T22:01:00.0Z</qDate>
        <msg>Pending action completed successfully.</msg>
      </msgQ>`,
      data: `<host:panData ${HOST}>
        <host:name paResult="1">ns1.example.com</host:name>
        <host:paTRID><clTRID>ABC-12345</clTRID><svTRID>54321-XYZ</svTRID></host:paTRID>
        <host:paDate>1999-04-04T22:00:00.0Z</host:paDate>
      </host:panData>`,
    }),
  },
];
