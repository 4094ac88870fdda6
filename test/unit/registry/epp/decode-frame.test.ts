import { describe, expect, it } from 'vitest';
import type { RegistryCommand } from '#registry/model/command.ts';
import { RegistryError } from '#registry/model/result.ts';
import { commandOf, loginCommand, uriOf } from '../../../kit/epp/epp-client.ts';
import { COMMAND_FRAMES, objectCommand } from '../../../kit/epp/epp-frames.ts';
import { useSchemas } from '../../../kit/epp/own-schemas.ts';

const { decode } = useSchemas();

function commandIn(xml: string): RegistryCommand {
  const { request } = decode(xml);
  if (request instanceof RegistryError) throw new Error(`refused: ${request.reason}`);
  if (request.type !== 'command') throw new Error(`a ${request.type}`);
  return request.command;
}

const DS = { keyTag: 12345, algorithm: 13, digestType: 2, digest: '49FD46E6C4B45C55D4AC' };
const NO_CHANGE = { nameservers: [], contacts: [], statuses: [] };

const COMMANDS: Readonly<Record<keyof typeof COMMAND_FRAMES, RegistryCommand>> = {
  'domain:check': { kind: 'domain:check', names: ['example.tld', 'b.tld'] },
  'domain:check with fees': {
    kind: 'domain:check',
    names: ['example.tld'],
    fee: { currency: 'USD', commands: [{ name: 'create', years: 2 }, { name: 'restore' }] },
  },
  'domain:info': {
    kind: 'domain:info',
    name: 'example.tld',
    hosts: 'sub',
    authInfo: '2fooBAR!xyz',
  },
  'domain:create': {
    kind: 'domain:create',
    name: 'example.tld',
    years: 2,
    nameservers: ['ns1.example.net', 'ns2.example.net'],
    registrant: 'JD1234',
    contacts: [
      { role: 'admin', id: 'SH8013' },
      { role: 'tech', id: 'SH8013' },
    ],
    authInfo: '2fooBAR!xyz',
    ds: [DS],
    fee: { currency: 'USD', amount: 2000 },
  },
  'domain:update': {
    kind: 'domain:update',
    name: 'example.tld',
    add: {
      nameservers: ['ns3.example.net'],
      contacts: [{ role: 'tech', id: 'MAK21' }],
      statuses: [{ status: 'clientHold', remark: 'Impayé', language: 'fr' }],
    },
    remove: {
      nameservers: ['ns1.example.net'],
      contacts: [{ role: 'tech', id: 'SH8013' }],
      statuses: ['clientUpdateProhibited'],
    },
    change: { registrant: null, authInfo: null },
    ds: { remove: 'all', add: [DS] },
  },
  'domain:update of a restore': {
    kind: 'domain:update',
    name: 'example.tld',
    add: NO_CHANGE,
    remove: NO_CHANGE,
    change: {},
    restore: { operation: 'request' },
    fee: { amount: 5000 },
  },
  'domain:update of a report': {
    kind: 'domain:update',
    name: 'example.tld',
    add: NO_CHANGE,
    remove: NO_CHANGE,
    change: {},
    restore: {
      operation: 'report',
      report: {
        preData: 'before',
        postData: 'after',
        deletedAt: '2026-07-10T22:00:00.0Z',
        restoredAt: '2026-07-20T22:00:00.0Z',
        reason: 'by mistake',
        statements: ['one', 'two'],
      },
    },
  },
  'domain:delete': { kind: 'domain:delete', name: 'example.tld' },
  'domain:renew': {
    kind: 'domain:renew',
    name: 'example.tld',
    currentExpiryDate: '2027-04-03',
    years: 2,
    fee: { amount: 1000 },
  },
  'domain:transfer': {
    kind: 'domain:transfer',
    operation: 'request',
    name: 'example.tld',
    years: 1,
    authInfo: '2fooBAR',
    authRoid: 'JD1234-REP',
  },
  'host:check': { kind: 'host:check', names: ['ns1.example.tld'] },
  'host:info': { kind: 'host:info', name: 'ns1.example.tld' },
  'host:create': {
    kind: 'host:create',
    name: 'ns1.example.tld',
    addresses: [
      { family: 'v4', text: '192.0.2.2' },
      { family: 'v6', text: '1080:0:0:0:8:800:200C:417A' },
    ],
  },
  'host:update': {
    kind: 'host:update',
    name: 'ns1.example.tld',
    add: {
      addresses: [{ family: 'v4', text: '192.0.2.22' }],
      statuses: [{ status: 'clientUpdateProhibited', remark: '', language: 'en' }],
    },
    remove: { addresses: [{ family: 'v6', text: '2001:db8::1' }], statuses: [] },
    rename: 'ns2.example.tld',
  },
  'host:delete': { kind: 'host:delete', name: 'ns1.example.tld' },
  'contact:check': { kind: 'contact:check', ids: ['sh8013'] },
  'contact:info': { kind: 'contact:info', id: 'sh8013', authInfo: '2fooBAR!xyz' },
  'contact:create': {
    kind: 'contact:create',
    id: 'sh8013',
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
    ],
    voice: { number: '+1.7035555555', extension: '1234' },
    fax: { number: '+1.7035555556' },
    email: 'jdoe@example.com',
    authInfo: '2fooBAR!xyz',
    disclosure: { show: false, fields: ['name:int', 'voice', 'email'] },
  },
  'contact:update': {
    kind: 'contact:update',
    id: 'sh8013',
    add: { statuses: [{ status: 'clientDeleteProhibited', remark: '', language: 'en' }] },
    remove: { statuses: [] },
    change: {
      postal: [{ type: 'int', organisation: '', street: [], city: 'Dulles', country: 'US' }],
      voice: { number: '+1.7034444444' },
      fax: null,
      authInfo: null,
    },
  },
  'contact:delete': { kind: 'contact:delete', id: 'sh8013' },
  'contact:transfer': {
    kind: 'contact:transfer',
    operation: 'query',
    id: 'sh8013',
    authInfo: '2fooBAR!xyz',
  },
  'poll:req': { kind: 'poll:req' },
  'poll:ack': { kind: 'poll:ack', id: '12345' },
};

describe('a frame becomes a command', () => {
  it.each(Object.entries(COMMANDS))('%s', (name, command) => {
    const xml = COMMAND_FRAMES[name] ?? '';
    expect(commandIn(xml)).toEqual(command);
    expect(decode(xml)).toMatchObject({
      clTrid: 'TEST-1',
      name: name.split(' ')[0]?.replace(/^poll:.*/, 'poll'),
    });
  });

  it('whatever prefixes it has, and none', () => {
    const body = `<check><check xmlns="${uriOf('domain-1.0')}"><name>a.tld</name></check></check>`;
    expect(commandIn(commandOf(body))).toEqual({ kind: 'domain:check', names: ['a.tld'] });
  });

  it('with the white space of tokens taken off', () => {
    const body = '<domain:name>\n  a.tld\t</domain:name>';
    expect(commandIn(objectCommand('domain', 'check', body))).toMatchObject({ names: ['a.tld'] });
  });

  it('with comments and CDATA read as what they are', () => {
    const body = '<domain:name>a<!-- b -->.<![CDATA[tld]]></domain:name>';
    expect(commandIn(objectCommand('domain', 'check', body))).toMatchObject({ names: ['a.tld'] });
  });

  it('of a login, with the services that it chooses', () => {
    const xml = loginCommand({ id: 'ClientX', password: 'foo-BAR2', newPassword: 'bar-FOO2' });
    expect(decode(xml).request).toMatchObject({
      type: 'login',
      login: { id: 'ClientX', password: 'foo-BAR2', newPassword: 'bar-FOO2' },
    });
  });
});
