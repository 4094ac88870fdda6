/** One outcome of every command, with all that its data can hold, and every kind of poll message. */
import type { CommandOutcome, RegistryData } from '#registry/model/command.ts';
import type { Contact } from '#registry/model/contact.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { Host } from '#registry/model/host.ts';
import type { PollData } from '#registry/model/poll.ts';
import type { Transfer } from '#registry/model/transfer.ts';

const AT_MS = Date.UTC(2026, 3, 3, 22, 0, 0);
const LATER_MS = Date.UTC(2028, 3, 3, 22, 0, 0);
const FEE = { currency: 'USD', amount: 2000, balance: -500, credit: 100_000 };
const DS = { keyTag: 12345, algorithm: 13, digestType: 2, digest: '49FD46E6C4B45C55D4AC' };

const TRANSFER: Transfer = {
  status: 'pending',
  gaining: 'ClientX',
  requestedAtMs: AT_MS,
  losing: 'ClientY',
  actsAtMs: LATER_MS,
  expiresAtMs: LATER_MS,
};

const HISTORY = {
  sponsor: 'ClientX',
  createdBy: 'ClientY',
  createdAtMs: AT_MS,
  updatedBy: 'ClientX',
  updatedAtMs: AT_MS,
  transferredAtMs: AT_MS,
};

export const DOMAIN: Domain = {
  ...HISTORY,
  roid: 'D1-TLD',
  name: 'example.tld',
  tld: 'tld',
  registrant: 'jd1234',
  contacts: [{ role: 'admin', id: 'sh8013' }],
  nameservers: ['ns1.example.net'],
  ds: [DS],
  statuses: [{ status: 'clientHold', remark: 'Impayé & <fermé>', language: 'fr' }],
  periods: [],
  expiresAtMs: LATER_MS,
  authInfo: { sha256: 'secret digest' },
  transfer: TRANSFER,
};

export const HOST: Host = {
  ...HISTORY,
  roid: 'H1-TLD',
  name: 'ns1.example.tld',
  superordinate: 'example.tld',
  addresses: ['192.0.2.2', '2001:db8::1'],
  statuses: [{ status: 'clientUpdateProhibited', remark: '', language: 'en' }],
};

export const CONTACT: Contact = {
  ...HISTORY,
  id: 'sh8013',
  roid: 'C1-TLD',
  postal: [
    {
      type: 'int',
      name: 'Jane Doe',
      organisation: 'Example Ltd',
      street: ['1 Main St', 'Suite 2'],
      city: 'Dulles',
      province: 'VA',
      postalCode: '20166',
      country: 'US',
    },
    { type: 'loc', name: 'Jané Döe', street: [], city: 'Zürich', country: 'CH' },
  ],
  voice: { number: '+1.7035555555', extension: '12' },
  fax: { number: '+1.7035555556' },
  email: 'jdoe@example.com',
  disclosure: { show: false, fields: ['email', 'name:loc', 'voice', 'name:int', 'addr:int'] },
  statuses: [],
  authInfo: { sha256: 'secret digest' },
};

export const POLL_DATA: Readonly<Record<string, PollData>> = {
  'a transfer of a domain': { kind: 'domain:transfer', name: 'example.tld', transfer: TRANSFER },
  'a transfer of a contact': { kind: 'contact:transfer', id: 'sh8013', transfer: TRANSFER },
  'the outcome of a pending command': {
    kind: 'domain:pending-action',
    name: 'example.tld',
    succeeded: false,
    clTrid: 'ABC-1',
    svTrid: 'HF-1',
    atMs: AT_MS,
  },
  'a domain that changed': {
    kind: 'changed',
    operation: 'update',
    state: 'after',
    atMs: AT_MS,
    svTrid: 'HF-1',
    who: 'OPERATOR',
    reason: 'an order of the court of a place with a long name',
    object: { type: 'domain', value: DOMAIN },
  },
  'a host that changed': {
    kind: 'changed',
    operation: 'delete',
    state: 'before',
    atMs: AT_MS,
    svTrid: 'HF-1',
    who: 'OPERATOR',
    object: { type: 'host', value: HOST },
  },
  'a contact that changed': {
    kind: 'changed',
    operation: 'autoPurge',
    state: 'before',
    atMs: AT_MS,
    svTrid: 'HF-1',
    who: 'REGISTER',
    object: { type: 'contact', value: CONTACT },
  },
  'planned work': {
    kind: 'maintenance',
    id: '2e6df9b0-4092-4491-bcc8-9fb2166dcee6',
    operation: 'create',
    systems: [
      { name: 'EPP', impact: 'full', host: 'epp.example.net' },
      { name: 'WHOIS', impact: 'partial' },
    ],
    environment: 'production',
    fromMs: AT_MS,
    toMs: LATER_MS,
    reason: 'planned',
    description: 'A new <disk>',
    tlds: ['tld', 'co.tld'],
    createdAtMs: AT_MS,
    updatedAtMs: AT_MS,
  },
};

const { statuses: _statuses, ...DOMAIN_REST } = DOMAIN;

const DATA: Readonly<Record<string, RegistryData>> = {
  'domain:check': {
    kind: 'domain:check',
    domains: [
      { name: 'a.tld', available: true },
      { name: 'b.tld', available: false, reason: 'In use' },
      {
        name: 'c.tld',
        available: false,
        reason: 'it is reserved for the operator of the registry',
      },
    ],
  },
  'domain:check with fees': {
    kind: 'domain:check',
    domains: [
      {
        name: 'a.tld',
        available: true,
        fees: [
          { command: 'create', years: 2, fee: FEE, class: 'premium' },
          { command: 'restore', years: 1, fee: { currency: 'USD', amount: 0 } },
          { command: 'update', years: 1, reason: 'an update costs nothing' },
        ],
      },
    ],
  },
  'domain:check without any price': {
    kind: 'domain:check',
    domains: [
      {
        name: 'a',
        available: false,
        fees: [{ command: 'create', years: 1, reason: 'no such TLD' }],
      },
    ],
  },
  'domain:info': {
    ...DOMAIN_REST,
    kind: 'domain:info',
    statuses: DOMAIN.statuses,
    subordinates: ['ns1.example.tld'],
    rgp: ['addPeriod', 'transferPeriod'],
  },
  'domain:info for others': {
    kind: 'domain:info',
    name: 'example.tld',
    roid: 'D1-TLD',
    statuses: [{ status: 'ok', remark: '', language: 'en' }],
    contacts: [],
    nameservers: [],
    subordinates: [],
    sponsor: 'ClientX',
    ds: [],
    rgp: [],
  },
  'domain:create': {
    kind: 'domain:create',
    name: 'a.tld',
    createdAtMs: AT_MS,
    expiresAtMs: LATER_MS,
    fee: FEE,
  },
  'domain:renew': { kind: 'domain:renew', name: 'a.tld', expiresAtMs: LATER_MS, fee: FEE },
  'domain:transfer': {
    kind: 'domain:transfer',
    name: 'a.tld',
    transfer: TRANSFER,
    fee: { ...FEE, graceDays: 5 },
  },
  'domain:update': { kind: 'domain:update', name: 'a.tld', rgp: ['pendingRestore'], fee: FEE },
  'domain:delete': { kind: 'domain:delete', name: 'a.tld', purged: true, refund: FEE },
  'host:check': {
    kind: 'host:check',
    hosts: [{ name: 'ns1.a.tld', available: false, reason: 'In use' }],
  },
  'host:info': { kind: 'host:info', host: HOST, statuses: HOST.statuses },
  'host:create': { kind: 'host:create', name: 'ns1.a.tld', createdAtMs: AT_MS },
  'host:update': { kind: 'host:update', name: 'ns1.a.tld' },
  'host:delete': { kind: 'host:delete', name: 'ns1.a.tld' },
  'contact:check': {
    kind: 'contact:check',
    contacts: [{ id: 'sh8013', available: true }],
  },
  'contact:info': {
    kind: 'contact:info',
    contact: CONTACT,
    statuses: [{ status: 'linked', remark: '', language: 'en' }],
    isWhole: true,
  },
  'contact:info for others': {
    kind: 'contact:info',
    contact: CONTACT,
    statuses: [{ status: 'ok', remark: '', language: 'en' }],
    isWhole: false,
  },
  'contact:create': { kind: 'contact:create', id: 'sh8013', createdAtMs: AT_MS },
  'contact:update': { kind: 'contact:update', id: 'sh8013' },
  'contact:delete': { kind: 'contact:delete', id: 'sh8013' },
  'contact:transfer': { kind: 'contact:transfer', id: 'sh8013', transfer: TRANSFER },
};

/** By what they are. */
export const OUTCOMES: Readonly<Record<string, CommandOutcome>> = {
  ...Object.fromEntries(
    Object.entries(DATA).map(([name, data]) => [name, { result: 1000, data } as const]),
  ),
  'poll:req of an empty queue': { result: 1300, data: { kind: 'poll', count: 0 } },
  'poll:ack': { result: 1000, data: { kind: 'poll', count: 4, nextId: 17 } },
  'poll:ack of the last': { result: 1000, data: { kind: 'poll', count: 0, nextId: 0 } },
  ...Object.fromEntries(
    Object.entries(POLL_DATA).map(([name, data]) => [
      `poll:req with ${name}`,
      {
        result: 1301,
        data: {
          kind: 'poll',
          count: 5,
          message: { id: 12, registrar: 'ClientX', queuedAtMs: AT_MS, text: 'It is so.', data },
        },
      } as const,
    ]),
  ),
};
