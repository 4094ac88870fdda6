// What the operator sets: accounts, rules of TLDs, reserved names, locks, notices.
import { describe, expect, it } from 'vitest';
import { domainLock } from '#registry/flow/operator/domain-locks.ts';
import {
  type GivenNotice,
  maintenanceAnnounce,
} from '#registry/flow/operator/maintenance-notices.ts';
import {
  type RegistrarProfile,
  registrarCreate,
  registrarPassword,
  registrarTopUp,
  registrarUpdate,
} from '#registry/flow/operator/registrar-accounts.ts';
import { reservedDelete, reservedPut } from '#registry/flow/operator/reserved-names.ts';
import { type NewTld, tldCreate, tldUpdate } from '#registry/flow/operator/tld-policy.ts';
import { isPassword } from '#registry/flow/password-hash.ts';
import { type Caller, OPERATOR } from '#registry/model/caller.ts';
import type { RegistryError } from '#registry/model/result.ts';
import type { Tld } from '#registry/model/tld.ts';
import {
  ALPHA,
  BETA,
  callerOf,
  domainCommand,
  openRegister,
  type RegisterFixture,
  registerDomain,
  START_MS,
} from '../../../../kit/two-registrars.ts';

const SELF = callerOf(OPERATOR, 'REQUEST-1');
const WITH_REASON: Caller = { ...SELF, reason: 'order 17/2026' };

const PROFILE: RegistrarProfile = {
  name: 'Gamma Names',
  certificates: [],
  networks: [],
  tlds: [],
  state: 'active',
  testing: false,
  credit: {},
};
const NEW_TLD: NewTld = {
  name: 'new',
  repositoryId: 'NEW',
  currency: 'EUR',
  prices: { create: 1, renew: 2, transfer: 3, restore: 4 },
};

async function openWithDomain(): Promise<RegisterFixture> {
  const fixture = await openRegister();
  await registerDomain(fixture, 'one.tld');
  return fixture;
}

async function resultOf(work: Promise<unknown>): Promise<number> {
  return work.then(
    () => 1000,
    (error: RegistryError) => error.result,
  );
}

describe('a registrar', () => {
  it('is made with a password that is told once and opens its account', async () => {
    const { context, register } = await openRegister();
    const profile = { ...PROFILE, certificates: [`AB:${'cd'.repeat(31)}`], tlds: ['co.tld'] };
    const { registrar, password } = await registrarCreate(context, 'gamma', profile, SELF);
    expect(password).toMatch(/^[\w-]{16}$/);
    expect(registrar.certificates).toEqual([`ab${'cd'.repeat(31)}`]);
    expect(registrar.balance).toEqual({});
    expect(await isPassword((await register.registrar('gamma'))?.passwordHash, password)).toBe(
      true,
    );
  });

  it('is refused with what cannot be, and nothing is written', async () => {
    const fixture = await openRegister();
    const before = fixture.register.sequence;
    const cases: readonly [string, string, Partial<RegistrarProfile>, number][] = [
      ['an id that is taken', ALPHA, {}, 2302],
      ['an id of two characters', 'ab', {}, 2005],
      ['an id of 17 characters', 'a'.repeat(17), {}, 2005],
      ['an id with a slash', 'a/b/c', {}, 2005],
      ['the name of the operator', 'Operator', {}, 2306],
      ['the name of the jobs', 'REGISTER', {}, 2306],
      ['no name', 'gamma', { name: ' ' }, 2003],
      ['a name of two lines', 'gamma', { name: 'a\nb' }, 2005],
      ['an IANA number of 0', 'gamma', { ianaId: 0 }, 2004],
      ['half an IANA number', 'gamma', { ianaId: 1.5 }, 2004],
      ['a URL of no web', 'gamma', { url: 'javascript:alert(1)' }, 2005],
      ['mail that is none', 'gamma', { email: 'a' }, 2005],
      ['a telephone number that is none', 'gamma', { abuseVoice: '123' }, 2005],
      ['a certificate that is none', 'gamma', { certificates: ['abc'] }, 2005],
      ['a network that is none', 'gamma', { networks: ['192.0.2.0/33'] }, 2005],
      ['a network with bits behind', 'gamma', { networks: ['192.0.2.1/24'] }, 2005],
      ['a TLD that is not here', 'gamma', { tlds: ['none'] }, 2303],
      ['a currency that is none', 'gamma', { credit: { XXY: 1 } }, 2306],
      ['credit below zero', 'gamma', { credit: { USD: -1 } }, 2004],
      ['too many certificates', 'gamma', { certificates: Array(17).fill('ab'.repeat(32)) }, 2306],
    ];
    const results = await Promise.all(
      cases.map(async ([what, id, changes]) => [
        what,
        await resultOf(registrarCreate(fixture.context, id, { ...PROFILE, ...changes }, SELF)),
      ]),
    );
    expect(results).toEqual(cases.map((each) => [each[0], each[3]]));
    expect(fixture.register.sequence, 'nothing was written').toBe(before);
  });

  it('changes in what is named, and loses what is null', async () => {
    const { context } = await openRegister();
    await registrarUpdate(context, ALPHA, { url: 'https://a.example', ianaId: 9 }, SELF);
    const change = { url: null, state: 'suspended' } as const;
    const changed = await registrarUpdate(context, ALPHA, change, SELF);
    expect(changed).toMatchObject({ ianaId: 9, state: 'suspended', balance: { USD: 1_000_000 } });
    expect(changed).not.toHaveProperty('url');
    expect(await resultOf(registrarUpdate(context, 'nobody', {}, SELF))).toBe(2303);
    expect(await resultOf(registrarUpdate(context, ALPHA, { email: 'x' }, SELF))).toBe(2005);
  });

  it('gets a new password in place of the old one', async () => {
    const { context, register } = await openRegister();
    const first = await registrarPassword(context, ALPHA, SELF);
    const second = await registrarPassword(context, ALPHA, SELF);
    const hash = (await register.registrar(ALPHA))?.passwordHash;
    expect(await isPassword(hash, first)).toBe(false);
    expect(await isPassword(hash, second)).toBe(true);
  });

  it('hears why its balance moved, and the journal keeps it', async () => {
    const { context, register } = await openRegister();
    const move = { currency: 'USD', amount: -250_050 };
    const { balance } = await registrarTopUp(context, ALPHA, move, WITH_REASON);
    expect(balance).toEqual({ USD: 749_950 });
    const told = await register.nextMessage(ALPHA);
    expect(told?.message.text).toBe('Your balance is now 7499.50 USD: order 17/2026');
    const [entry] = (await register.audit(register.sequence - 1, 1)) ?? [];
    expect(entry).toMatchObject({
      who: OPERATOR,
      command: 'registrar:balance',
      reason: 'order 17/2026',
      balances: [{ registrar: ALPHA, currency: 'USD', before: 1_000_000, after: 749_950 }],
    });
  });

  it.each([
    ['no reason', { currency: 'USD', amount: 1 }, SELF, 2003],
    ['a currency that is none', { currency: 'usd', amount: 1 }, WITH_REASON, 2306],
    ['half a hundredth', { currency: 'USD', amount: 0.5 }, WITH_REASON, 2004],
    ['more than there can be', { currency: 'USD', amount: 1e15 }, WITH_REASON, 2004],
  ])('keeps its balance with %s', async (_what, move, caller, result) => {
    const { context } = await openRegister();
    expect(await resultOf(registrarTopUp(context, ALPHA, move, caller))).toBe(result);
  });
});

describe('a TLD', () => {
  it('is made with the usual rules, and changed rule by rule', async () => {
    const { context, register } = await openRegister();
    const made = await tldCreate(context, NEW_TLD, SELF);
    expect(made).toMatchObject({ periodMax: 10, grace: { add: 5, autoRenew: 45, redemption: 30 } });
    await tldUpdate(context, 'new', { periodMax: 5, scripts: ['Latin'] }, SELF);
    const found = register.tlds().find(({ name }) => name === 'new');
    expect(found).toMatchObject({ periodMax: 5, scripts: ['Latin'], currency: 'EUR', dsMax: 8 });
  });

  it('is refused with what cannot be, and nothing is written', async () => {
    const fixture = await openWithDomain();
    const before = fixture.register.sequence;
    const cases: readonly [string, Partial<Tld>, number][] = [
      ['a name that is taken', { name: 'tld' }, 2302],
      ['a name that is a domain', { name: 'one.tld' }, 2305],
      ['a name that is none', { name: 'a_b' }, 2005],
      ['an empty name', { name: '' }, 2005],
      ['a final dot', { name: 'new.' }, 2005],
      ['a currency that is none', { currency: 'ABC' }, 2306],
      ['a price below zero', { prices: { ...NEW_TLD.prices, renew: -1 } }, 2004],
      ['half a hundredth', { prices: { ...NEW_TLD.prices, renew: 0.5 } }, 2004],
      ['a repository id of nine letters', { repositoryId: 'ABCDEFGHI' }, 2005],
      ['a repository id with a hyphen', { repositoryId: 'A-B' }, 2005],
      ['no years', { periodMin: 0 }, 2004],
      ['more years than ten', { periodMax: 11 }, 2004],
      ['years the wrong way round', { periodMin: 3, periodMax: 2 }, 2004],
      ['no name servers', { nameserversMax: 0 }, 2004],
      ['too many DS records', { dsMax: 17 }, 2004],
      ['a TTL of 0', { ttl: { ns: 0, ds: 1, glue: 1 } }, 2004],
      ['a script that is none', { scripts: ['Klingon'] }, 2004],
      ['a script that is code', { scripts: ['Latin}|.'] }, 2004],
      ['a brake of 0', { brakeShare: 0 }, 2004],
      ['a brake above 1', { brakeShare: 1.1 }, 2004],
      ['a brake that is no number', { brakeShare: Number.NaN }, 2004],
      ['a premium name of two labels', { premium: { 'a.b': { create: 1 } } }, 2005],
      ['a premium price below zero', { premium: { gold: { create: -1 } } }, 2004],
      [
        'a grace period of days below zero',
        {
          grace: {
            add: -1,
            renew: 5,
            transfer: 5,
            autoRenew: 45,
            redemption: 30,
            pendingDelete: 5,
          },
        },
        2004,
      ],
    ];
    const results = await Promise.all(
      cases.map(async ([what, changes]) => [
        what,
        await resultOf(tldCreate(fixture.context, { ...NEW_TLD, ...changes }, SELF)),
      ]),
    );
    expect(results).toEqual(cases.map((each) => [each[0], each[2]]));
    expect(fixture.register.sequence, 'nothing was written').toBe(before);
  });

  it('keeps its currency, in which fees may have to go back', async () => {
    const { context } = await openRegister();
    expect(await resultOf(tldUpdate(context, 'tld', { currency: 'EUR' }, SELF))).toBe(2306);
    expect(await tldUpdate(context, 'tld', { currency: 'USD' }, SELF)).toMatchObject({
      name: 'tld',
    });
  });

  it('is not changed when it is not there', async () => {
    const { context } = await openRegister();
    expect(await resultOf(tldUpdate(context, 'none', { periodMax: 5 }, SELF))).toBe(2303);
  });
});

describe('a reserved name', () => {
  it('is refused to registrars with its reason, and open to those on its list', async () => {
    const { context, register, resultOf: resultOfCommand } = await openRegister();
    const name = { tld: 'tld', label: 'Bank', reason: 'Needs a licence', allow: [BETA] };
    expect(await reservedPut(context, name, SELF)).toMatchObject({ isNew: true });
    expect(await reservedPut(context, name, SELF)).toMatchObject({ isNew: false });
    expect(register.reservedNames('tld')).toEqual([{ ...name, label: 'bank' }]);
    const command = domainCommand('bank.tld');
    expect(await resultOfCommand(command, ALPHA)).toBe(2306);
    expect(await resultOfCommand(command, BETA)).toBe(1000);
    await reservedDelete(context, { tld: 'tld', label: 'bank' }, SELF);
    expect(register.reservedNames('tld')).toEqual([]);
    const again = reservedDelete(context, { tld: 'tld', label: 'bank' }, SELF);
    expect(await resultOf(again)).toBe(2303);
  });

  it.each([
    ['a TLD that is not here', { tld: 'none' }, 2303],
    ['two labels', { label: 'a.b' }, 2005],
    ['an underscore', { label: 'a_b' }, 2005],
    ['no reason', { reason: ' ' }, 2003],
    ['a long reason', { reason: 'a'.repeat(256) }, 2306],
    ['a registrar that is not there', { allow: ['nobody'] }, 2303],
  ])('is refused with %s', async (_what, changes, result) => {
    const { context } = await openRegister();
    const name = { tld: 'tld', label: 'bank', reason: 'r', allow: [], ...changes };
    expect(await resultOf(reservedPut(context, name, SELF))).toBe(result);
  });
});

describe('locks', () => {
  it('are these and no others, tell the sponsor why, and take a held name out of the zone', async () => {
    const fixture = await openRegister();
    const { context, runner, register } = fixture;
    await fixture.send({ kind: 'host:create', name: 'ns.example.net', addresses: [] });
    await registerDomain(fixture, 'one.tld', ALPHA, ['ns.example.net']);
    fixture.takeTouched();
    const statuses = ['serverHold', 'serverUpdateProhibited'] as const;
    const lock = await domainLock(context, runner, { name: 'ONE.tld', statuses }, WITH_REASON);
    expect(lock.isChanged).toBe(true);
    expect(lock.domain.statuses.map(({ status }) => status)).toEqual(statuses);
    expect(fixture.takeTouched()).toEqual(['tld/one.tld']);
    const { message } = (await register.nextMessage(ALPHA)) ?? {};
    expect(message?.text).toContain('order 17/2026');
    expect(message?.data).toMatchObject({ kind: 'changed', reason: 'order 17/2026' });
    const again = await domainLock(context, runner, { name: 'one.tld', statuses }, WITH_REASON);
    expect(again.isChanged).toBe(false);
    const open = await domainLock(context, runner, { name: 'one.tld', statuses: [] }, WITH_REASON);
    expect(open.domain.statuses).toEqual([]);
  });

  it('need a reason and a domain', async () => {
    const fixture = await openRegister();
    const { context, runner } = fixture;
    await registerDomain(fixture, 'one.tld');
    const statuses = ['serverHold'] as const;
    const lock = (name: string, caller: Caller) =>
      resultOf(domainLock(context, runner, { name, statuses }, caller));
    expect(await lock('one.tld', SELF)).toBe(2003);
    expect(await lock('two.tld', WITH_REASON)).toBe(2303);
    expect(await lock('one', WITH_REASON)).toBe(2005);
  });
});

describe('a notice of maintenance', () => {
  const NOTICE: GivenNotice = {
    operation: 'create',
    systems: [{ name: 'EPP', impact: 'full' }],
    environment: 'production',
    fromMs: START_MS,
    toMs: START_MS + 1,
    reason: 'planned',
    description: 'New disks',
    tlds: ['tld'],
  };

  it('waits for every registrar', async () => {
    const { context, register } = await openRegister();
    const { notice, registrarCount } = await maintenanceAnnounce(context, NOTICE, SELF);
    expect(registrarCount).toBe(2);
    for (const id of [ALPHA, BETA]) {
      const found = await register.nextMessage(id);
      expect(found?.message).toMatchObject({
        text: 'Planned maintenance: New disks',
        data: { kind: 'maintenance', id: notice.id, tlds: ['tld'] },
      });
    }
  });

  it.each<[string, Partial<GivenNotice>, number]>([
    ['no system', { systems: [] }, 2306],
    ['an end before its begin', { toMs: START_MS }, 2004],
    ['no description', { description: ' ' }, 2306],
    ['a change of nothing', { operation: 'update' }, 2003],
    ['an id that is none', { operation: 'update', id: 'a b' }, 2005],
    ['a TLD that is not here', { tlds: ['none'] }, 2303],
  ])('is refused with %s', async (_what, changes, result) => {
    const { context } = await openRegister();
    expect(await resultOf(maintenanceAnnounce(context, { ...NOTICE, ...changes }, SELF))).toBe(
      result,
    );
  });
});
