import { describe, expect, it } from 'vitest';
import type { DomainTransfer } from '#registry/model/domain-commands.ts';
import type { TransferOperation } from '#registry/model/transfer.ts';
import {
  type DomainFixture,
  domainCreate,
  domainUpdate,
  FUNDS,
  openDomains,
  SECRET,
  status,
  TLD,
} from '../../../kit/domain-fixture.ts';
import { registrarOf } from '../../../kit/two-registrars.ts';

function transfer(
  operation: TransferOperation,
  given: Partial<DomainTransfer> = {},
): DomainTransfer {
  const authInfo = operation === 'request' ? { authInfo: SECRET } : {};
  return { kind: 'domain:transfer', operation, name: 'foo.tld', ...authInfo, ...given };
}

async function opened(): Promise<DomainFixture> {
  const test = await openDomains();
  await test.send(domainCreate('foo.tld'));
  await test.advanceDays(10);
  return test;
}

describe('domain:transfer', () => {
  it('is asked for, approved and billed; the name, its hosts and a year go over', async () => {
    const test = await opened();
    const addresses = [{ family: 'v4' as const, text: '192.0.2.53' }];
    await test.send({ kind: 'host:create', name: 'ns.foo.tld', addresses });
    await test.send(domainUpdate('foo.tld', { change: { authInfo: SECRET } }));
    const asked = await test.send(transfer('request'), 'reg-b');
    expect(asked).toMatchObject({
      result: 1001,
      data: { transfer: { status: 'pending', gaining: 'reg-b', losing: 'reg-a' } },
    });
    expect((await test.register.domain('foo.tld'))?.statuses).toMatchObject([
      { status: 'pendingTransfer' },
    ]);
    expect(await test.drain('reg-a')).toMatchObject([
      { text: 'Transfer of foo.tld: pending', data: { kind: 'domain:transfer' } },
    ]);
    const approved = await test.send(transfer('approve'));
    expect(approved).toMatchObject({
      result: 1000,
      data: {
        transfer: { status: 'clientApproved', expiresAtMs: Date.parse('2028-03-01T12:00:00Z') },
      },
    });
    expect(await test.register.domain('foo.tld')).toMatchObject({
      sponsor: 'reg-b',
      statuses: [],
      expiresAtMs: Date.parse('2028-03-01T12:00:00Z'),
      periods: [{ status: 'transferPeriod', years: 1 }],
    });
    expect(await test.register.host('ns.foo.tld')).toMatchObject({ sponsor: 'reg-b' });
    expect(await test.balance('reg-b')).toBe(FUNDS - 900);
    expect(await test.drain('reg-b')).toMatchObject([{ text: expect.stringMatching(/Approved$/) }]);
    // The secret ended with the transfer.
    expect(await test.resultOf(transfer('request'))).toBe(2202);
  });

  it('is approved by itself after five days, and both are told', async () => {
    const test = await opened();
    await test.send(transfer('request'), 'reg-b');
    await test.drain('reg-a');
    await test.advanceDays(4.99);
    expect((await test.register.domain('foo.tld'))?.sponsor).toBe('reg-a');
    await test.advanceDays(3);
    const { data } = await test.send(transfer('query'), 'reg-b');
    expect(data).toMatchObject({
      transfer: { status: 'serverApproved', actsAtMs: Date.parse('2026-03-16T12:00:00Z') },
    });
    for (const id of ['reg-a', 'reg-b']) {
      expect(await test.drain(id)).toMatchObject([{ text: 'Transfer of foo.tld: serverApproved' }]);
    }
  });

  it.each([
    ['reject', 'reg-a', 'clientRejected', 'reg-b'],
    ['cancel', 'reg-b', 'clientCancelled', 'reg-a'],
  ] as const)('%s leaves everything where it was', async (operation, by, ended, told) => {
    const test = await opened();
    await test.send(transfer('request'), 'reg-b');
    await test.drain('reg-a');
    const { data } = await test.send(transfer(operation), by);
    expect(data).toMatchObject({ transfer: { status: ended } });
    const domain = await test.register.domain('foo.tld');
    expect(domain).toMatchObject({
      sponsor: 'reg-a',
      statuses: [],
      expiresAtMs: Date.parse('2027-03-01T12:00:00Z'),
    });
    expect(await test.drain(told)).toMatchObject([{ text: `Transfer of foo.tld: ${ended}` }]);
    expect(await test.balance('reg-b')).toBe(FUNDS);
    await test.advanceDays(10);
    expect((await test.register.domain('foo.tld'))?.sponsor).toBe('reg-a');
  });

  it('tells its fee to who pays it, and to nobody what another registrar has left', async () => {
    const test = await opened();
    const { data } = await test.send(transfer('request'), 'reg-b');
    expect(data).toMatchObject({ fee: { amount: 900, graceDays: 5, balance: FUNDS - 900 } });
    const told = [
      (await test.send(transfer('approve'))).data,
      ...(await test.drain('reg-a')),
      (await test.register.audit(0, 100))?.at(-1)?.rows,
    ];
    expect(JSON.stringify(told)).not.toMatch(/"fee"|"refund"/);
  });

  it('is paid when it is asked for, so that nobody asks for more than it can pay', async () => {
    const test = await opened();
    await test.send(domainCreate('bar.tld'));
    await test.put(['registrar/reg-b'], async (draft) => {
      draft.putRegistrar(registrarOf('reg-b', { balance: { EUR: 1000 } }));
      await Promise.resolve();
    });
    expect(await test.resultOf(transfer('request'), 'reg-b')).toBe(1001);
    expect(await test.balance('reg-b')).toBe(100);
    expect(await test.resultOf(transfer('request', { name: 'bar.tld' }), 'reg-b')).toBe(2104);
    await test.send(transfer('reject'));
    expect(await test.balance('reg-b')).toBe(1000);
    expect(await test.resultOf(transfer('request', { name: 'bar.tld' }), 'reg-b')).toBe(1001);
    await test.advanceDays(6);
    expect(await test.register.domain('bar.tld')).toMatchObject({ sponsor: 'reg-b' });
    expect(await test.balance('reg-b')).toBe(100);
  });

  it('costs what was told when it was asked for', async () => {
    const test = await opened();
    await test.send(transfer('request'), 'reg-b');
    await test.put([], async (draft) => {
      draft.putTld({ ...TLD, prices: { ...TLD.prices, transfer: 5000 } });
      await Promise.resolve();
    });
    await test.send(transfer('approve'));
    expect(await test.balance('reg-b')).toBe(FUNDS - 900);
    await test.send({ kind: 'domain:delete', name: 'foo.tld' }, 'reg-b');
    expect(await test.balance('reg-b')).toBe(FUNDS);
  });

  it('adds no year beyond ten ahead', async () => {
    const test = await openDomains();
    await test.send(domainCreate('foo.tld', { years: 10 }));
    await test.send(transfer('request'), 'reg-b');
    await test.send(transfer('approve'));
    const domain = await test.register.domain('foo.tld');
    expect(domain?.expiresAtMs).toBe(Date.parse('2036-03-01T12:00:00Z'));
  });

  it('takes a renewal at expiry back from the losing registrar', async () => {
    const test = await openDomains();
    await test.send(domainCreate('foo.tld'));
    await test.advanceDays(366);
    expect(await test.balance('reg-a')).toBe(FUNDS - 1000 - 1100);
    await test.send(domainUpdate('foo.tld', { change: { authInfo: SECRET } }));
    await test.send(transfer('request'), 'reg-b');
    await test.send(transfer('approve'));
    expect(await test.balance('reg-a')).toBe(FUNDS - 1000);
    const domain = await test.register.domain('foo.tld');
    expect(domain?.expiresAtMs).toBe(Date.parse('2028-03-01T12:00:00Z'));
  });

  it('gives its fee back when the name is deleted within the transfer period', async () => {
    const test = await opened();
    await test.send(transfer('request'), 'reg-b');
    await test.send(transfer('approve'));
    const deleted = await test.send({ kind: 'domain:delete', name: 'foo.tld' }, 'reg-b');
    expect(deleted).toMatchObject({ result: 1001, data: { refund: { amount: 900 } } });
    expect(await test.balance('reg-b')).toBe(FUNDS);
  });

  it('forbids everything else while it is pending', async () => {
    const test = await opened();
    await test.send(transfer('request'), 'reg-b');
    const renewal = { kind: 'domain:renew' as const, name: 'foo.tld' };
    const results = [
      await test.resultOf({ ...renewal, currentExpiryDate: '2027-03-01' }),
      await test.resultOf({ kind: 'domain:delete', name: 'foo.tld' }),
      await test.resultOf(domainUpdate('foo.tld', { change: { authInfo: 'x' } })),
      await test.resultOf(transfer('request'), 'reg-b'),
      await test.resultOf(transfer('request'), 'reg-test'),
    ];
    expect(results).toEqual([2304, 2304, 2304, 2300, 2300]);
  });

  it('takes the secret of a contact of the domain by its roid', async () => {
    const test = await opened();
    const change = { authInfo: 'contact-secret' };
    const none = { statuses: [] };
    const update = { id: 'admin-a', add: none, remove: none, change };
    await test.send({ kind: 'contact:update', ...update });
    const given = { authInfo: 'contact-secret' };
    expect(await test.resultOf(transfer('request', given), 'reg-b')).toBe(2202);
    const other = { ...given, authRoid: 'Cb-TLD' };
    expect(await test.resultOf(transfer('request', other), 'reg-b')).toBe(2202);
    const right = { ...given, authRoid: 'Ca-TLD' };
    expect(await test.resultOf(transfer('request', right), 'reg-b')).toBe(1001);
    // The contact is still the former sponsor's, whose secret opens the name no more.
    await test.send(transfer('approve'));
    expect(await test.resultOf(transfer('request', right))).toBe(2202);
  });
});

describe('domain:transfer refuses', () => {
  it('what is wrong, each with its result', async () => {
    const test = await opened();
    await test.send(domainCreate('premium.tld'));
    const refused: [string, number, DomainTransfer, string][] = [
      ['a name that is not there', 2303, transfer('request', { name: 'no.tld' }), 'reg-b'],
      ['no name', 2005, transfer('request', { name: '' }), 'reg-b'],
      ['the own name', 2106, transfer('request'), 'reg-a'],
      ['a wrong secret', 2202, transfer('request', { authInfo: 'wrong' }), 'reg-b'],
      ['an empty secret', 2202, transfer('request', { authInfo: '' }), 'reg-b'],
      ['two years', 2306, transfer('request', { years: 2 }), 'reg-b'],
      ['a wrong fee', 2004, transfer('request', { fee: { amount: 1 } }), 'reg-b'],
      ['approval of nothing', 2301, transfer('approve'), 'reg-a'],
      ['rejection of nothing', 2301, transfer('reject'), 'reg-a'],
      ['cancellation of nothing', 2301, transfer('cancel'), 'reg-b'],
      ['a query of nothing', 2301, transfer('query'), 'reg-a'],
      ['a query of others', 2003, transfer('query'), 'reg-b'],
    ];
    for (const [what, result, command, who] of refused) {
      expect([what, await test.resultOf(command, who)]).toEqual([what, result]);
    }
    const { authInfo: _, ...bare } = transfer('request');
    expect(await test.resultOf(bare, 'reg-b')).toBe(2003);
    await test.send(transfer('request'), 'reg-b');
    const decided: [string, number, DomainTransfer, string][] = [
      ['approval by the gaining registrar', 2201, transfer('approve'), 'reg-b'],
      ['rejection by the gaining registrar', 2201, transfer('reject'), 'reg-b'],
      ['cancellation by the losing registrar', 2201, transfer('cancel'), 'reg-a'],
      ['approval by others', 2201, transfer('approve'), 'reg-test'],
    ];
    for (const [what, result, command, who] of decided) {
      expect([what, await test.resultOf(command, who)]).toEqual([what, result]);
    }
  });

  it('a registrar that cannot pay, before anything has begun', async () => {
    const test = await opened();
    await test.put(['registrar/reg-b'], async (draft) => {
      const registrar = await draft.registrar('reg-b');
      if (registrar !== undefined) draft.putRegistrar({ ...registrar, balance: { EUR: 899 } });
    });
    expect(await test.resultOf(transfer('request'), 'reg-b')).toBe(2104);
    expect((await test.register.domain('foo.tld'))?.statuses).toEqual([]);
  });

  it('a name that is being deleted', async () => {
    const test = await opened();
    await test.send(domainUpdate('foo.tld', { add: { statuses: [status('clientHold')] } }));
    await test.send({ kind: 'domain:delete', name: 'foo.tld' });
    expect(await test.resultOf(transfer('request'), 'reg-b')).toBe(2304);
  });
});
