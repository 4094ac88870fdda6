/** Dated conversations: what happens to a name as time goes by. */
import { describe, expect, it } from 'vitest';
import type { RestoreReport } from '#registry/model/domain-commands.ts';
import {
  type DomainFixture,
  domainCreate,
  domainUpdate,
  FUNDS,
  openDomains,
  RESTORE_REPORT,
  status,
} from '../../../kit/domain-fixture.ts';

const NAME = 'foo.tld';
const DELETE = { kind: 'domain:delete' as const, name: NAME };
const request = domainUpdate(NAME, { restore: { operation: 'request' } });
const report = (given: Partial<RestoreReport> = {}) =>
  domainUpdate(NAME, { restore: { operation: 'report', report: { ...RESTORE_REPORT, ...given } } });

async function deleted(days = 10): Promise<DomainFixture> {
  const test = await openDomains();
  await test.send(domainCreate(NAME, { nameservers: ['ns1.example'] }));
  await test.advanceDays(days);
  expect(await test.resultOf(DELETE)).toBe(1001);
  return test;
}

async function shown({ send }: DomainFixture) {
  const { data } = await send({ kind: 'domain:info', name: NAME, hosts: 'all' });
  const {
    statuses,
    rgp,
    expiresAtMs = 0,
  } = data as {
    statuses: { status: string }[];
    rgp: string[];
    expiresAtMs?: number;
  };
  const expires = new Date(expiresAtMs).toISOString().slice(0, 10);
  return [...statuses.map((set) => set.status), ...rgp, expires].join(' ');
}

describe('a name that is deleted', () => {
  it('waits 30 days in redemption and 5 more, then is free, and its registrar is told', async () => {
    const test = await deleted();
    expect(await shown(test)).toBe('pendingDelete redemptionPeriod 2027-03-01');
    await test.advanceDays(29.9);
    expect(await shown(test)).toBe('pendingDelete redemptionPeriod 2027-03-01');
    await test.advanceDays(0.2);
    expect(await shown(test)).toBe('pendingDelete pendingDelete 2027-03-01');
    expect(await test.resultOf(request)).toBe(2304);
    await test.drain('reg-a');
    await test.advanceDays(5);
    expect(await test.resultOf({ kind: 'domain:info', name: NAME, hosts: 'all' })).toBe(2303);
    expect(await test.drain('reg-a')).toMatchObject([
      { text: `${NAME} is deleted`, data: { kind: 'domain:pending-action', succeeded: true } },
    ]);
    expect(await test.register.domainsOfHost('ns1.example', 9)).toEqual([]);
    expect(await test.resultOf(domainCreate(NAME))).toBe(1000);
  });

  it('goes the same way when the jobs did not run for a year', async () => {
    const test = await deleted();
    await test.advanceDays(365);
    expect(await test.register.domain(NAME)).toBeUndefined();
    expect(await test.register.due(test.context.clock.nowMs() + 1e12, 10)).toEqual([]);
  });

  it('is restored by request and report, for the fee, and the deletion is called off', async () => {
    const test = await deleted();
    await test.drain('reg-a');
    await test.advanceDays(10);
    expect(await test.send(request)).toMatchObject({
      result: 1000,
      data: { rgp: ['pendingRestore'], fee: { amount: 4000, balance: FUNDS - 5000 } },
    });
    expect(await shown(test)).toBe('pendingDelete pendingRestore 2027-03-01');
    await test.advanceDays(6.9);
    expect(await test.resultOf(report())).toBe(1000);
    expect(await shown(test)).toBe('ok 2027-03-01');
    expect(await test.drain('reg-a')).toMatchObject([{ data: { succeeded: false } }]);
    await test.advanceDays(60);
    expect(await shown(test)).toBe('ok 2027-03-01');
  });

  it('goes back into what was left of its redemption when no report comes', async () => {
    const test = await deleted();
    await test.advanceDays(20);
    await test.send(request);
    await test.advanceDays(7);
    expect(await shown(test)).toBe('pendingDelete redemptionPeriod 2027-03-01');
    expect(await test.resultOf(report())).toBe(2304);
    await test.advanceDays(9.9);
    expect(await shown(test)).toBe('pendingDelete redemptionPeriod 2027-03-01');
    await test.advanceDays(0.1);
    expect(await shown(test)).toBe('pendingDelete pendingDelete 2027-03-01');
  });

  it('is renewed with its restore when it has expired meanwhile', async () => {
    const test = await deleted(360);
    await test.advanceDays(10);
    expect(await test.send(request)).toMatchObject({ data: { fee: { amount: 5100 } } });
    await test.send(report());
    expect(await shown(test)).toBe('ok 2028-03-01');
  });

  it('takes nothing but a restore meanwhile', async () => {
    const test = await deleted();
    const transfer = { kind: 'domain:transfer', operation: 'request', authInfo: 'x' } as const;
    const results = [
      await test.resultOf(DELETE),
      await test.resultOf({ kind: 'domain:renew', name: NAME, currentExpiryDate: '2027-03-01' }),
      await test.resultOf(domainUpdate(NAME, { change: { authInfo: 'x' } })),
      await test.resultOf(report()),
      await test.resultOf(request, 'reg-b'),
      await test.resultOf({ ...transfer, name: NAME }, 'reg-b'),
      await test.resultOf(domainCreate(NAME)),
    ];
    expect(results).toEqual([2304, 2304, 2304, 2304, 2201, 2202, 2302]);
  });

  it('needs a whole report, and the fee where one is offered', async () => {
    const test = await deleted();
    const offer = (amount: number) => ({ ...request, fee: { amount } });
    expect(await test.resultOf(offer(3999))).toBe(2004);
    expect(await test.resultOf(offer(4000))).toBe(1000);
    expect(await test.resultOf(request)).toBe(2304);
    const wrong: [number, Partial<RestoreReport>][] = [
      [2003, { preData: '' }],
      [2003, { postData: ' ' }],
      [2003, { reason: '' }],
      [2003, { statements: [] }],
      [2003, { statements: ['one'] }],
      [2003, { statements: ['one', ''] }],
      [2005, { deletedAt: 'yesterday' }],
      [2005, { restoredAt: '' }],
      [2306, { other: 'x'.repeat(5000) }],
    ];
    for (const [result, given] of wrong) {
      expect([given, await test.resultOf(report(given))]).toEqual([given, result]);
    }
    expect(await test.resultOf(report())).toBe(1000);
  });

  it('is gone at once where the TLD keeps deleted names for no time', async () => {
    const grace = { add: 0, renew: 5, transfer: 5, autoRenew: 45, redemption: 0, pendingDelete: 0 };
    const test = await openDomains({ grace });
    await test.send(domainCreate(NAME));
    expect(await test.send(DELETE)).toMatchObject({ result: 1000, data: { purged: true } });
    expect(await test.register.domain(NAME)).toBeUndefined();
  });

  it('must have no hosts under it, whoever uses them', async () => {
    const test = await openDomains();
    await test.send(domainCreate(NAME));
    const addresses = [{ family: 'v4' as const, text: '192.0.2.53' }];
    await test.send({ kind: 'host:create', name: 'ns.foo.tld', addresses });
    expect(await test.resultOf(DELETE)).toBe(2305);
    await test.send(domainCreate('bar.tld', { nameservers: ['ns.foo.tld'] }));
    expect(await test.resultOf(DELETE)).toBe(2305);
    expect(await test.resultOf({ kind: 'host:delete', name: 'ns.foo.tld' })).toBe(2305);
    await test.send(domainUpdate('bar.tld', { remove: { nameservers: ['ns.foo.tld'] } }));
    await test.send({ kind: 'host:delete', name: 'ns.foo.tld' });
    expect(await test.resultOf(DELETE)).toBe(1000);
  });

  it('by the operator tells its sponsor what it was', async () => {
    const test = await openDomains();
    await test.send(domainCreate(NAME));
    const lock = { add: { statuses: [status('clientDeleteProhibited' as const)] } };
    await test.send(domainUpdate(NAME, lock));
    await test.drain('reg-a');
    expect(await test.resultOf(DELETE)).toBe(2304);
    expect(await test.resultOf(DELETE, 'OPERATOR')).toBe(1000);
    expect(await test.drain('reg-a')).toMatchObject([
      { data: { operation: 'delete', state: 'before', object: { value: { name: NAME } } } },
    ]);
  });
});

describe('a name that expires', () => {
  it('is renewed for a year, billed whatever is left, and told', async () => {
    const test = await openDomains();
    await test.send(domainCreate(NAME));
    await test.put(['registrar/reg-a'], async (draft) => {
      const registrar = await draft.registrar('reg-a');
      if (registrar !== undefined) draft.putRegistrar({ ...registrar, balance: { EUR: 100 } });
    });
    await test.advanceDays(365);
    expect(await shown(test)).toBe('inactive autoRenewPeriod 2028-03-01');
    expect(await test.balance('reg-a')).toBe(-1000);
    expect(await test.drain('reg-a')).toMatchObject([
      { data: { kind: 'changed', operation: 'autoRenew', who: 'REGISTER' } },
    ]);
    await test.advanceDays(45);
    expect(await shown(test)).toBe('inactive 2028-03-01');
  });

  it('has the renewal given back and its year taken off when it is deleted in time', async () => {
    const test = await openDomains();
    await test.send(domainCreate(NAME));
    await test.advanceDays(400);
    expect(await test.send(DELETE)).toMatchObject({
      result: 1001,
      data: { refund: { amount: 1100 } },
    });
    expect(await test.balance('reg-a')).toBe(FUNDS - 1000);
    expect(await shown(test)).toContain('2027-03-01');
  });

  it('is renewed once for each year that the jobs did not run', async () => {
    const test = await openDomains();
    await test.send(domainCreate(NAME));
    await test.advanceDays(3 * 365 + 10);
    expect(await shown(test)).toBe('inactive autoRenewPeriod 2030-03-01');
    expect(await test.balance('reg-a')).toBe(FUNDS - 1000 - 3 * 1100);
  });
});

const renew = (currentExpiryDate: string, years?: number) => ({
  kind: 'domain:renew' as const,
  name: NAME,
  currentExpiryDate,
  ...(years !== undefined && { years }),
});

describe('domain:renew', () => {
  it('adds years and is given back within five days', async () => {
    const test = await openDomains();
    await test.send(domainCreate(NAME));
    await test.advanceDays(10);
    expect(await test.send(renew('2027-03-01', 2))).toMatchObject({
      data: { expiresAtMs: Date.parse('2029-03-01T12:00:00Z'), fee: { amount: 2200 } },
    });
    expect(await shown(test)).toBe('inactive renewPeriod 2029-03-01');
    await test.advanceDays(4);
    expect(await test.send(DELETE)).toMatchObject({ data: { refund: { amount: 2200 } } });
    expect(await shown(test)).toContain('2027-03-01');
  });

  it('refuses what is wrong, each with its result', async () => {
    const test = await openDomains();
    await test.send(domainCreate(NAME, { years: 2 }));
    const day = '2028-03-01';
    const refused: [number, object, string?][] = [
      [2004, renew('2027-03-01')],
      [2004, renew('2028-03-02')],
      [2004, renew('')],
      [2004, renew(day, 0)],
      [2004, renew(day, 1.5)],
      [2306, renew(day, 11)],
      [2105, renew(day, 9)],
      [2201, renew(day), 'reg-b'],
      [2303, { ...renew(day), name: 'no.tld' }],
      [2005, { ...renew(day), name: 'no' }],
      [2004, { ...renew(day), fee: { amount: 1 } }],
      [2004, { ...renew(day), fee: { amount: 1100, currency: 'USD' } }],
    ];
    for (const [result, command, who] of refused) {
      const sent = command as ReturnType<typeof renew>;
      expect([command, await test.resultOf(sent, who)]).toEqual([command, result]);
    }
    expect(await test.resultOf(renew(day, 8))).toBe(1000);
    expect(await test.balance('reg-a')).toBe(FUNDS - 2000 - 8800);
  });
});

it('keeps 29 February where it can and takes the 28th where it must', async () => {
  const test = await openDomains();
  test.setTime(Date.parse('2028-02-29T10:00:00Z'));
  const one = await test.send(domainCreate('one.tld'));
  const four = await test.send(domainCreate('four.tld', { years: 4 }));
  expect(one.data).toMatchObject({ expiresAtMs: Date.parse('2029-02-28T10:00:00Z') });
  expect(four.data).toMatchObject({ expiresAtMs: Date.parse('2032-02-29T10:00:00Z') });
});
