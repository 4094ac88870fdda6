/** Examples of what extends domains: grace periods (RFC 3915), DNSSEC (5910), fees (8748). */
import type { DomainUpdate } from '#registry/model/domain-commands.ts';
import {
  type CommandExample,
  clientSays,
  DOMAIN,
  type ResponseExample,
  serverSays,
} from './example.ts';

const NAME = '<domain:name>example.com</domain:name>';
const RGP = 'xmlns:rgp="urn:ietf:params:xml:ns:rgp-1.0"';
const SEC_DNS = 'xmlns:secDNS="urn:ietf:params:xml:ns:secDNS-1.1"';
const FEE = 'xmlns:fee="urn:ietf:params:xml:ns:epp:fee-1.0"';

function onDomain(verb: string, body: string, extension: string): string {
  const object = `<domain:${verb} ${DOMAIN}>${body}</domain:${verb}>`;
  return clientSays(`<${verb}>${object}</${verb}>`, extension);
}

const UPDATE: DomainUpdate = {
  kind: 'domain:update',
  name: 'example.com',
  add: { nameservers: [], contacts: [], statuses: [] },
  remove: { nameservers: [], contacts: [], statuses: [] },
  change: {},
};

const DS = `<secDNS:dsData>
    <secDNS:keyTag>12345</secDNS:keyTag><secDNS:alg>3</secDNS:alg>
    <secDNS:digestType>1</secDNS:digestType><secDNS:digest>38EC35D5B3A34B33C99B</secDNS:digest>
  </secDNS:dsData>`;
const OTHER_DS = DS.replace('12345', '12346').replace('33C99B', '44C39B');
const KEY = `<secDNS:keyData>
    <secDNS:flags>257</secDNS:flags><secDNS:protocol>3</secDNS:protocol>
    <secDNS:alg>1</secDNS:alg><secDNS:pubKey>AQPJ////4Q==</secDNS:pubKey>
  </secDNS:keyData>`;
const LIFE = '<secDNS:maxSigLife>604800</secDNS:maxSigLife>';
const DS_DATA = { keyTag: 12_345, algorithm: 3, digestType: 1, digest: '38EC35D5B3A34B33C99B' };
const OTHER_DS_DATA = { ...DS_DATA, keyTag: 12_346, digest: '38EC35D5B3A34B44C39B' };

function secDnsUpdate(body: string, attributes = ''): string {
  const extension = `<secDNS:update ${SEC_DNS}${attributes}>${body}</secDNS:update>`;
  return onDomain('update', NAME, extension);
}

const CREATE_PARTS = `${NAME}<domain:period unit="y">2</domain:period>
  <domain:registrant>jd1234</domain:registrant>
  <domain:authInfo><domain:pw>2fooBAR</domain:pw></domain:authInfo>`;
const CREATE = {
  kind: 'domain:create',
  name: 'example.com',
  years: 2,
  nameservers: [],
  registrant: 'jd1234',
  contacts: [],
  authInfo: '2fooBAR',
  ds: [],
} as const;

const SEC_DNS_COMMANDS: readonly CommandExample[] = [
  {
    where: 'RFC 5910 5.2.1 create with DS data',
    xml: onDomain('create', CREATE_PARTS, `<secDNS:create ${SEC_DNS}>${DS}</secDNS:create>`),
    becomes: { ...CREATE, nameservers: [], contacts: [], ds: [DS_DATA] },
  },
  {
    where: 'RFC 5910 5.2.1 create with a lifetime of signatures',
    xml: onDomain('create', CREATE_PARTS, `<secDNS:create ${SEC_DNS}>${LIFE}${DS}</secDNS:create>`),
    becomes: 2102,
  },
  {
    where: 'RFC 5910 5.2.1 create with DS data and its key',
    xml: onDomain(
      'create',
      CREATE_PARTS,
      `<secDNS:create ${SEC_DNS}>
        ${DS.replace('</secDNS:dsData>', `${KEY}</secDNS:dsData>`)}
      </secDNS:create>`,
    ),
    becomes: 2306,
  },
  {
    where: 'RFC 5910 5.2.1 create with key data',
    xml: onDomain('create', CREATE_PARTS, `<secDNS:create ${SEC_DNS}>${KEY}</secDNS:create>`),
    becomes: 2306,
  },
  {
    where: 'RFC 5910 5.2.5 one DS for another',
    xml: secDnsUpdate(`<secDNS:rem>${DS}</secDNS:rem><secDNS:add>${OTHER_DS}</secDNS:add>`),
    becomes: { ...UPDATE, ds: { remove: [DS_DATA], add: [OTHER_DS_DATA] } },
  },
  {
    where: 'RFC 5910 5.2.5 all DS data for another',
    xml: secDnsUpdate(
      `<secDNS:rem><secDNS:all>true</secDNS:all></secDNS:rem><secDNS:add>${OTHER_DS}</secDNS:add>`,
    ),
    becomes: { ...UPDATE, ds: { remove: 'all', add: [OTHER_DS_DATA] } },
  },
  {
    where: 'RFC 5910 5.2.5 an urgent removal of all',
    xml: secDnsUpdate('<secDNS:rem><secDNS:all>true</secDNS:all></secDNS:rem>', ' urgent="true"'),
    becomes: 2102,
  },
  {
    where: 'RFC 5910 5.2.5 another lifetime of signatures',
    xml: secDnsUpdate('<secDNS:chg><secDNS:maxSigLife>605900</secDNS:maxSigLife></secDNS:chg>'),
    becomes: 2102,
  },
];

const REPORT = `<rgp:restore op="report">
    <rgp:report>
      <rgp:preData>Pre-delete registration data goes here.</rgp:preData>
      <rgp:postData>Post-restore registration data goes here.</rgp:postData>
      <rgp:delTime>2003-07-10T22:00:00.0Z</rgp:delTime>
      <rgp:resTime>2003-07-20T22:00:00.0Z</rgp:resTime>
      <rgp:resReason>Registrant error.</rgp:resReason>
      <rgp:statement>This registrar has not restored the name for itself.</rgp:statement>
      <rgp:statement>The information in this report is true.</rgp:statement>
      <rgp:other>Supporting information goes here.</rgp:other>
    </rgp:report>
  </rgp:restore>`;

const RGP_COMMANDS: readonly CommandExample[] = [
  {
    where: 'RFC 3915 4.2.5 restore request',
    xml: onDomain(
      'update',
      `${NAME}<domain:chg/>`,
      `<rgp:update ${RGP}><rgp:restore op="request"/></rgp:update>`,
    ),
    becomes: { ...UPDATE, restore: { operation: 'request' } },
  },
  {
    where: 'RFC 3915 4.2.5 restore report',
    xml: onDomain('update', `${NAME}<domain:chg/>`, `<rgp:update ${RGP}>${REPORT}</rgp:update>`),
    becomes: {
      ...UPDATE,
      restore: {
        operation: 'report',
        report: {
          preData: 'Pre-delete registration data goes here.',
          postData: 'Post-restore registration data goes here.',
          deletedAt: '2003-07-10T22:00:00.0Z',
          restoredAt: '2003-07-20T22:00:00.0Z',
          reason: 'Registrant error.',
          statements: [
            'This registrar has not restored the name for itself.',
            'The information in this report is true.',
          ],
          other: 'Supporting information goes here.',
        },
      },
    },
  },
];

const FEE_COMMANDS: readonly CommandExample[] = [
  {
    where: 'RFC 8748 5.1.1 check',
    xml: onDomain(
      'check',
      `${NAME}<domain:name>example.net</domain:name><domain:name>example.xyz</domain:name>`,
      `<fee:check ${FEE}>
        <fee:currency>USD</fee:currency>
        <fee:command name="create"><fee:period unit="y">2</fee:period></fee:command>
        <fee:command name="renew"/>
        <fee:command name="transfer"/>
        <fee:command name="restore"/>
      </fee:check>`,
    ),
    becomes: {
      kind: 'domain:check',
      names: ['example.com', 'example.net', 'example.xyz'],
      fee: {
        currency: 'USD',
        commands: [
          { name: 'create', years: 2 },
          { name: 'renew' },
          { name: 'transfer' },
          { name: 'restore' },
        ],
      },
    },
  },
  {
    where: 'RFC 8748 5.2.1 create',
    xml: onDomain(
      'create',
      CREATE_PARTS,
      `<fee:create ${FEE}>
        <fee:currency>USD</fee:currency><fee:fee>5.00</fee:fee>
      </fee:create>`,
    ),
    becomes: {
      ...CREATE,
      nameservers: [],
      contacts: [],
      ds: [],
      fee: { currency: 'USD', amount: 500 },
    },
  },
];

export const COMMANDS: readonly CommandExample[] = [
  ...RGP_COMMANDS,
  ...SEC_DNS_COMMANDS,
  ...FEE_COMMANDS,
];

const CHECKED = `<domain:chkData ${DOMAIN}>
    <domain:cd><domain:name avail="1">example.com</domain:name></domain:cd>
  </domain:chkData>`;

const FEE_RESPONSES: readonly ResponseExample[] = [
  {
    where: 'RFC 8748 5.1.1 check of a name with the standard fees',
    xml: serverSays({
      data: CHECKED,
      extension: `<fee:chkData ${FEE}>
        <fee:currency>USD</fee:currency>
        <fee:cd avail="1">
          <fee:objID>example.com</fee:objID>
          <fee:command name="create" standard="1">
            <fee:period unit="y">2</fee:period>
            <fee:fee refundable="1" grace-period="P5D">5.00</fee:fee>
          </fee:command>
          <fee:command name="restore" standard="1"><fee:fee>5.00</fee:fee></fee:command>
        </fee:cd>
      </fee:chkData>`,
    }),
    tells: {
      result: 1000,
      data: {
        kind: 'domain:check',
        domains: [
          {
            name: 'example.com',
            available: true,
            fees: [
              { command: 'create', years: 2, fee: { currency: 'USD', amount: 500, graceDays: 5 } },
              { command: 'restore', years: 1, fee: { currency: 'USD', amount: 500 } },
            ],
          },
        ],
      },
    },
  },
  {
    where: 'RFC 8748 5.1.1 check of a name without fees, with descriptions and a class',
    xml: serverSays({
      data: CHECKED,
      extension: `<fee:chkData ${FEE}>
        <fee:currency>USD</fee:currency>
        <fee:cd avail="1">
          <fee:objID>example.com</fee:objID>
          <fee:class>Premium</fee:class>
          <fee:command name="create">
            <fee:period unit="y">2</fee:period>
            <fee:fee description="Registration Fee" refundable="1" grace-period="P5D">10.00</fee:fee>
          </fee:command>
        </fee:cd>
        <fee:cd avail="0">
          <fee:objID>example.xyz</fee:objID>
          <fee:command name="create">
            <fee:period unit="y">2</fee:period>
            <fee:reason>Only 1 year registration periods are valid.</fee:reason>
          </fee:command>
        </fee:cd>
      </fee:chkData>`,
    }),
  },
  {
    where: 'RFC 8748 5.2.2 delete with a credit',
    xml: serverSays({
      extension: `<fee:delData ${FEE}>
        <fee:currency>USD</fee:currency>
        <fee:credit>-5.00</fee:credit>
        <fee:balance>1005.00</fee:balance>
      </fee:delData>`,
    }),
    tells: {
      result: 1000,
      data: {
        kind: 'domain:delete',
        name: 'example.com',
        purged: true,
        refund: { currency: 'USD', amount: 500, balance: 100_500 },
      },
    },
  },
];

export const RESPONSES: readonly ResponseExample[] = [
  ...FEE_RESPONSES,
  {
    where: 'RFC 3915 4.2.5 restore request',
    xml: serverSays({
      extension: `<rgp:upData ${RGP}><rgp:rgpStatus s="pendingRestore"/></rgp:upData>`,
    }),
    tells: {
      result: 1000,
      data: { kind: 'domain:update', name: 'example.com', rgp: ['pendingRestore'] },
    },
  },
  {
    where: 'RFC 5910 5.1.2 info with DS data and a lifetime of signatures',
    xml: serverSays({
      data: `<domain:infData ${DOMAIN}>
        ${NAME}<domain:roid>EXAMPLE1-REP</domain:roid><domain:clID>ClientX</domain:clID>
      </domain:infData>`,
      extension: `<secDNS:infData ${SEC_DNS}>${LIFE}${DS}</secDNS:infData>`,
    }),
  },
  {
    where: 'RFC 5910 5.1.2 info with DS data, RFC 3915 4.1.2 with grace periods',
    xml: serverSays({
      data: `<domain:infData ${DOMAIN}>
        ${NAME}<domain:roid>EXAMPLE1-REP</domain:roid><domain:clID>ClientX</domain:clID>
      </domain:infData>`,
      extension: `<secDNS:infData ${SEC_DNS}>${DS}</secDNS:infData>
        <rgp:infData ${RGP}><rgp:rgpStatus s="addPeriod"/></rgp:infData>`,
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
        ds: [DS_DATA],
        rgp: ['addPeriod'],
      },
    },
  },
];
