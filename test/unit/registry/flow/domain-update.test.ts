import { describe, expect, it } from 'vitest';
import type { Domain } from '#registry/model/domain.ts';
import {
  type DomainFixture,
  domainCreate,
  domainUpdate,
  type GivenUpdate,
  openDomains,
  status,
} from '../../../kit/domain-fixture.ts';

const ds = (keyTag: number) => ({ keyTag, algorithm: 8, digestType: 2, digest: 'CD'.repeat(32) });
const NOTHING = { remove: [], add: [] };

async function opened(): Promise<DomainFixture> {
  const test = await openDomains();
  const given = { nameservers: ['ns1.example', 'ns2.example'], ds: [ds(1)] };
  await test.send(domainCreate('foo.tld', given));
  return test;
}

async function domainOf({ register }: DomainFixture, name = 'foo.tld'): Promise<Domain> {
  const domain = await register.domain(name);
  if (domain === undefined) throw new Error(`no ${name}`);
  return domain;
}

describe('domain:update', () => {
  it('does everything that is asked at once', async () => {
    const test = await opened();
    const update = domainUpdate('foo.tld', {
      add: {
        nameservers: ['ns3.example'],
        contacts: [{ role: 'billing', id: 'admin-a' }],
        statuses: [{ status: 'clientHold', remark: 'unpaid', language: 'en' }],
      },
      remove: { nameservers: ['ns1.example'] },
      ds: { remove: [ds(1)], add: [ds(2), ds(3)] },
    });
    expect((await test.send(update)).result).toBe(1000);
    expect(await domainOf(test)).toMatchObject({
      nameservers: ['ns2.example', 'ns3.example'],
      contacts: [{}, {}, { role: 'billing', id: 'admin-a' }],
      statuses: [{ status: 'clientHold', remark: 'unpaid' }],
      ds: [ds(2), ds(3)],
      updatedBy: 'reg-a',
    });
  });

  it('removes DS records before it adds, so that the last ones can be replaced', async () => {
    const test = await opened();
    await test.send(domainUpdate('foo.tld', { ds: { remove: 'all', add: [ds(7), ds(8)] } }));
    expect((await domainOf(test)).ds).toEqual([ds(7), ds(8)]);
    await test.send(domainUpdate('foo.tld', { ds: { remove: 'all', add: [] } }));
    expect((await domainOf(test)).ds).toEqual([]);
  });

  it('sets, replaces and takes away the secret', async () => {
    const test = await opened();
    const info = (authInfo: string) =>
      test.resultOf({ kind: 'domain:info', name: 'foo.tld', hosts: 'all', authInfo }, 'reg-b');
    expect(await info('a-Secret-of-20-characters')).toBe(1000);
    await test.send(domainUpdate('foo.tld', { change: { authInfo: 'another' } }));
    expect(await info('a-Secret-of-20-characters')).toBe(2202);
    expect(await info('another')).toBe(1000);
    await test.advanceDays(14);
    expect(await info('another')).toBe(2202);
    await test.send(domainUpdate('foo.tld', { change: { authInfo: '' } }));
    expect((await domainOf(test)).authInfo).toBeUndefined();
    expect(await info('')).toBe(2202);
  });

  it('lets the sponsor lift a clientUpdateProhibited and nothing before it', async () => {
    const test = await opened();
    const prohibited = [status('clientUpdateProhibited' as const)];
    await test.send(domainUpdate('foo.tld', { add: { statuses: prohibited } }));
    const hold = domainUpdate('foo.tld', { add: { statuses: [status('clientHold' as const)] } });
    expect(await test.resultOf(hold)).toBe(2304);
    const lift = { remove: { statuses: ['clientUpdateProhibited' as const] } };
    expect(await test.resultOf(domainUpdate('foo.tld', lift))).toBe(1000);
    expect(await test.resultOf(hold)).toBe(1000);
  });

  it('lets the operator lock a name, tells its sponsor, and stops the sponsor', async () => {
    const test = await opened();
    await test.drain('reg-a');
    const lock = { add: { statuses: [status('serverUpdateProhibited' as const)] } };
    expect(await test.resultOf(domainUpdate('foo.tld', lock), 'OPERATOR')).toBe(1000);
    const [message] = await test.drain('reg-a');
    expect(message).toMatchObject({
      data: { kind: 'changed', operation: 'update', state: 'after', who: 'OPERATOR' },
    });
    expect(message.text).toContain('foo.tld');
    expect(JSON.stringify(message)).not.toMatch(/"authInfo"|refund/);
    const change = domainUpdate('foo.tld', { change: { authInfo: 'x' } });
    expect(await test.resultOf(change)).toBe(2304);
    const lift = { remove: { statuses: ['serverUpdateProhibited' as const] } };
    expect(await test.resultOf(domainUpdate('foo.tld', lift))).toBe(2304);
    expect(await test.resultOf(domainUpdate('foo.tld', lift), 'OPERATOR')).toBe(1000);
    expect(await test.resultOf(change)).toBe(1000);
  });
});

const contact = (role: 'admin' | 'tech' | 'billing', id = 'admin-a') => ({ role, id });
const refused: [string, number, GivenUpdate, string?][] = [
  ['nothing to change', 2003, {}],
  ["another registrar's name", 2201, { change: { authInfo: 'x' } }, 'reg-b'],
  ['a host that is there already', 2306, { add: { nameservers: ['ns1.example'] } }],
  ['a host that is not there to remove', 2306, { remove: { nameservers: ['ns3.example'] } }],
  ['a host that nobody registered', 2303, { add: { nameservers: ['nsx.example'] } }],
  [
    'a host added and removed',
    2306,
    { add: { nameservers: ['ns1.example'] }, remove: { nameservers: ['ns1.example'] } },
  ],
  ['too many hosts', 2306, { add: { nameservers: ['ns3.example', 'ns4.example', 'ns5.example'] } }],
  ['a host added twice', 2306, { add: { nameservers: ['ns3.example', 'ns3.example'] } }],
  ['a host that is no name', 2005, { remove: { nameservers: ['-'] } }],
  ['a contact that is there already', 2306, { add: { contacts: [contact('tech')] } }],
  ['a contact that is not there', 2306, { remove: { contacts: [contact('billing')] } }],
  ['a contact that nobody made', 2303, { add: { contacts: [contact('billing', 'nobody')] } }],
  ["another's contact", 2201, { add: { contacts: [contact('billing', 'admin-b')] } }],
  ['the last technical contact to remove', 2003, { remove: { contacts: [contact('tech')] } }],
  ['no registrant', 2003, { change: { registrant: null } }],
  ["another's registrant", 2201, { change: { registrant: 'admin-b' } }],
  ['a registrant that nobody made', 2303, { change: { registrant: 'nobody' } }],
  ['a status that only the operator sets', 2306, { add: { statuses: [status('serverHold')] } }],
  ['a status that is pending', 2306, { add: { statuses: [status('pendingDelete')] } }],
  ['a status that is not there', 2306, { remove: { statuses: ['clientHold'] } }],
  ["the operator's status to remove", 2306, { remove: { statuses: ['serverHold'] } }],
  ['a status twice', 2306, { add: { statuses: [status('clientHold'), status('clientHold')] } }],
  [
    'a status added and removed',
    2306,
    { add: { statuses: [status('clientHold')] }, remove: { statuses: ['clientHold'] } },
  ],
  ['a secret that is too long', 2306, { change: { authInfo: 'x'.repeat(256) } }],
  ['a DS that is there', 2306, { ds: { ...NOTHING, add: [ds(1)] } }],
  ['a DS that is not there', 2306, { ds: { ...NOTHING, remove: [ds(9)] } }],
  ['too many DS', 2306, { ds: { ...NOTHING, add: [ds(2), ds(3)] } }],
  ['a DS out of range', 2004, { ds: { ...NOTHING, add: [ds(70_000)] } }],
  ['a DS to remove that is none', 2004, { ds: { ...NOTHING, remove: [ds(-1)] } }],
  ['a fee for what costs nothing', 2004, { change: { authInfo: 'x' }, fee: { amount: 1 } }],
  ['a restore of what is not deleted', 2304, { restore: { operation: 'request' } }],
  [
    'a restore that changes more',
    2306,
    { restore: { operation: 'request' }, change: { authInfo: 'x' } },
  ],
];

describe('domain:update refuses', () => {
  it('what is wrong, each with its result, and leaves all of it as it was', async () => {
    const test = await opened();
    const before = await domainOf(test);
    for (const [what, result, given, who] of refused) {
      const refusal = await test.resultOf(domainUpdate('foo.tld', given), who);
      expect([what, refusal]).toEqual([what, result]);
    }
    const missing = domainUpdate('none.tld', { change: { authInfo: 'x' } });
    expect(await test.resultOf(missing)).toBe(2303);
    expect(await domainOf(test)).toEqual(before);
  });

  it('a name server without an address that this register would have to publish', async () => {
    const test = await opened();
    const host = { kind: 'host:create' as const, name: 'ns.foo.tld' };
    await test.send({ ...host, addresses: [] });
    const update = domainUpdate('foo.tld', { add: { nameservers: ['ns.foo.tld'] } });
    expect(await test.resultOf(update)).toBe(2306);
  });
});

const locks = [
  ['clientUpdateProhibited', 'update'],
  ['serverUpdateProhibited', 'update'],
  ['clientDeleteProhibited', 'delete'],
  ['serverDeleteProhibited', 'delete'],
  ['clientRenewProhibited', 'renew'],
  ['serverRenewProhibited', 'renew'],
  ['clientTransferProhibited', 'transfer'],
  ['serverTransferProhibited', 'transfer'],
  ['clientHold', 'nothing'],
  ['serverHold', 'nothing'],
] as const;

describe('a status', () => {
  it('forbids the command that it names with 2304, and no other', async () => {
    const test = await openDomains();
    for (const [set, forbidden] of locks) {
      const name = `${set.toLowerCase()}.tld`;
      await test.send(domainCreate(name));
      const update = domainUpdate(name, { add: { statuses: [status(set)] } });
      await test.send(update, set.startsWith('server') ? 'OPERATOR' : 'reg-a');
      const results = {
        update: await test.resultOf(domainUpdate(name, { change: { registrant: 'admin-a' } })),
        renew: await test.resultOf({
          kind: 'domain:renew',
          name,
          currentExpiryDate: '2027-03-01',
        }),
        transfer: await test.resultOf(
          {
            kind: 'domain:transfer',
            operation: 'request',
            name,
            authInfo: 'a-Secret-of-20-characters',
          },
          'reg-b',
        ),
        delete: 0,
      };
      if (results.transfer === 1001) {
        await test.send({ kind: 'domain:transfer', operation: 'cancel', name }, 'reg-b');
      }
      results.delete = await test.resultOf({ kind: 'domain:delete', name });
      const expected = { update: 1000, renew: 1000, transfer: 1001, delete: 1000, nothing: 0 };
      const { nothing: _, ...wanted } = { ...expected, [forbidden]: 2304 };
      expect([set, results]).toEqual([set, wanted]);
    }
  });
});
