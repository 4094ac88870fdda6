import { describe, expect, it } from 'vitest';
import type { DomainCreate } from '#registry/model/domain-commands.ts';
import { domainCreate, FUNDS, openDomains, START_MS, TLD } from '../../../kit/domain-fixture.ts';
import { DAY_MS } from '../../../kit/two-registrars.ts';

const DS = { keyTag: 12_345, algorithm: 13, digestType: 2, digest: 'ab'.repeat(32) };

describe('domain:create', () => {
  it('registers a name, bills it and can be read by its sponsor', async () => {
    const { send, balance } = await openDomains();
    const created = await send(
      domainCreate('foo.tld', { years: 2, nameservers: ['ns2.example', 'ns1.example'], ds: [DS] }),
    );
    expect(created).toMatchObject({
      result: 1000,
      data: {
        name: 'foo.tld',
        createdAtMs: START_MS,
        expiresAtMs: Date.parse('2028-03-01T12:00:00Z'),
        fee: { currency: 'EUR', amount: 2000, balance: FUNDS - 2000, credit: 0, graceDays: 5 },
      },
    });
    expect(await balance('reg-a')).toBe(FUNDS - 2000);
    const { data } = await send({ kind: 'domain:info', name: 'FOO.tld', hosts: 'all' });
    expect(data).toMatchObject({
      nameservers: ['ns1.example', 'ns2.example'],
      ds: [{ ...DS, digest: 'AB'.repeat(32) }],
      sponsor: 'reg-a',
      statuses: [{ status: 'ok' }],
      rgp: ['addPeriod'],
    });
    expect(data).not.toHaveProperty('authInfo');
  });

  it('takes nothing from the testing registrar, and says the same price', async () => {
    const { send, balance } = await openDomains();
    const { data } = await send(domainCreate('foo.thin'), 'reg-test');
    expect(data).toMatchObject({ fee: { amount: 1000, balance: FUNDS } });
    expect(await balance('reg-test')).toBe(FUNDS);
  });

  it('lets a registrar of the allow list have a reserved name', async () => {
    const { resultOf } = await openDomains();
    const people = { registrant: 'admin-b', contacts: [] };
    const contacts = [
      { role: 'admin', id: 'admin-b' },
      { role: 'tech', id: 'admin-b' },
    ] as const;
    const command = domainCreate('nic.tld', { ...people, contacts: [...contacts] });
    expect(await resultOf(domainCreate('nic.tld'))).toBe(2306);
    expect(await resultOf(command, 'reg-b')).toBe(1000);
  });

  it('refuses what the balance and the credit do not cover, to the cent', async () => {
    const { send, put, resultOf } = await openDomains();
    await put(['registrar/reg-a'], async (draft) => {
      const registrar = await draft.registrar('reg-a');
      if (registrar === undefined) throw new Error('no registrar');
      draft.putRegistrar({ ...registrar, balance: { EUR: 1500 }, credit: { EUR: 500 } });
    });
    expect(await resultOf(domainCreate('foo.tld', { years: 3 }))).toBe(2104);
    const { data } = await send(domainCreate('foo.tld', { years: 2 }));
    expect(data).toMatchObject({ fee: { balance: -500, credit: 500 } });
    expect(await resultOf(domainCreate('bar.tld'))).toBe(2104);
  });

  it('gives the fee back within the add period and not a moment after it', async () => {
    const { send, balance, advanceDays, resultOf, setTime } = await openDomains();
    await send(domainCreate('foo.tld'));
    await send(domainCreate('bar.tld'));
    await advanceDays(4.999);
    expect(await send({ kind: 'domain:delete', name: 'foo.tld' })).toMatchObject({
      result: 1000,
      data: { purged: true, refund: { amount: 1000 } },
    });
    expect(await balance('reg-a')).toBe(FUNDS - 1000);
    // At its end, and before the job has come by.
    setTime(START_MS + 5 * DAY_MS);
    expect(await resultOf({ kind: 'domain:delete', name: 'bar.tld' })).toBe(1001);
    expect(await balance('reg-a')).toBe(FUNDS - 1000);
  });

  it.each([
    ['gives a testing registrar back nothing, as it paid nothing', true, FUNDS],
    ['gives back what was paid to a registrar that is testing by then', false, FUNDS],
  ])('%s', async (_what, testing, funds) => {
    const { send, put, balance } = await openDomains();
    const become = (isTesting: boolean): Promise<void> =>
      put(['registrar/reg-a'], async (draft) => {
        const registrar = await draft.registrar('reg-a');
        if (registrar === undefined) throw new Error('no registrar');
        draft.putRegistrar({ ...registrar, testing: isTesting });
      });
    await become(testing);
    await send(domainCreate('foo.tld'));
    await become(!testing);
    const { data } = await send({ kind: 'domain:delete', name: 'foo.tld' });
    expect(data).toMatchObject({ refund: { amount: 1000 } });
    expect(await balance('reg-a')).toBe(funds);
  });
});

const LONG = 'a'.repeat(64);
const contact = (role: 'admin' | 'tech' | 'billing', id = 'admin-a') => ({ role, id });
const refused: [string, number, string, Partial<DomainCreate>?][] = [
  ['no TLD', 2005, 'tld0'],
  ['the TLD itself', 2306, 'tld'],
  ['a TLD of others', 2306, 'foo.com'],
  ['two labels below the TLD', 2306, 'a.foo.tld'],
  ['a label of one character', 2306, 'a.tld'],
  ['a label of 64 characters', 2005, `${LONG}.tld`],
  ['a hyphen first', 2005, '-foo.tld'],
  ['a hyphen last', 2005, 'foo-.tld'],
  ['hyphens in the third and fourth place', 2005, 'ab--cd.tld'],
  ['an underscore', 2005, 'foo_bar.tld'],
  ['a blank', 2005, 'foo bar.tld'],
  ['Unicode', 2005, 'müller.tld'],
  ['an A-label that is none', 2005, 'xn--abc-.tld'],
  ['an empty label', 2005, 'foo..tld'],
  ['a final dot', 2005, 'foo.tld.'],
  ['an empty name', 2005, ''],
  ['a reserved name', 2306, 'nic.tld'],
  ['a name that is taken', 2302, 'taken.tld'],
  ['a name that is taken, in capitals', 2302, 'TAKEN.tld'],
  ['no years', 2004, 'foo.tld', { years: 0 }],
  ['years less than none', 2004, 'foo.tld', { years: -1 }],
  ['half a year', 2004, 'foo.tld', { years: 0.5 }],
  ['11 years', 2306, 'foo.tld', { years: 11 }],
  ['a host that is not there', 2303, 'foo.tld', { nameservers: ['ns9.example'] }],
  ['a host named twice', 2306, 'foo.tld', { nameservers: ['ns1.example', 'NS1.example'] }],
  ['a host that is no name', 2005, 'foo.tld', { nameservers: ['ns_1.example'] }],
  ['a host of one label', 2005, 'foo.tld', { nameservers: ['ns1'] }],
  [
    'too many hosts',
    2306,
    'foo.tld',
    { nameservers: [1, 2, 3, 4, 5].map((at) => `ns${at}.example`) },
  ],
  ['no registrant', 2003, 'foo.tld', { registrant: undefined as unknown as string }],
  ['a registrant that is not there', 2303, 'foo.tld', { registrant: 'nobody' }],
  ['a registrant that is no id', 2005, 'foo.tld', { registrant: '?' }],
  ["another registrar's registrant", 2201, 'foo.tld', { registrant: 'admin-b' }],
  ['no contacts', 2003, 'foo.tld', { contacts: [] }],
  ['no technical contact', 2003, 'foo.tld', { contacts: [contact('admin')] }],
  ['no administrative contact', 2003, 'foo.tld', { contacts: [contact('tech')] }],
  [
    'a contact that is not there',
    2303,
    'foo.tld',
    { contacts: [contact('admin'), contact('tech', 'nobody')] },
  ],
  [
    "another registrar's contact",
    2201,
    'foo.tld',
    { contacts: [contact('admin'), contact('tech', 'admin-b')] },
  ],
  [
    'a contact named twice',
    2306,
    'foo.tld',
    { contacts: [contact('admin'), contact('tech'), contact('tech')] },
  ],
  ['contacts where the TLD has none', 2306, 'foo.thin', { contacts: [contact('admin')] }],
  ['a registrant where the TLD has none', 2306, 'foo.thin', { registrant: 'admin-a' }],
  ['a secret of 256 characters', 2306, 'foo.tld', { authInfo: 'x'.repeat(256) }],
  ['a key tag of 65536', 2004, 'foo.tld', { ds: [{ ...DS, keyTag: 65_536 }] }],
  ['a key tag below 0', 2004, 'foo.tld', { ds: [{ ...DS, keyTag: -1 }] }],
  ['a key tag of half a number', 2004, 'foo.tld', { ds: [{ ...DS, keyTag: 1.5 }] }],
  ['algorithm 0', 2004, 'foo.tld', { ds: [{ ...DS, algorithm: 0 }] }],
  ['algorithm 2, which signs nothing', 2004, 'foo.tld', { ds: [{ ...DS, algorithm: 2 }] }],
  ['algorithm 255', 2004, 'foo.tld', { ds: [{ ...DS, algorithm: 255 }] }],
  ['algorithm 256', 2004, 'foo.tld', { ds: [{ ...DS, algorithm: 256 }] }],
  ['digest type 0', 2004, 'foo.tld', { ds: [{ ...DS, digestType: 0 }] }],
  ['digest type 5', 2004, 'foo.tld', { ds: [{ ...DS, digestType: 5 }] }],
  ['a digest too short for its type', 2005, 'foo.tld', { ds: [{ ...DS, digest: 'ab' }] }],
  ['a digest of another type', 2005, 'foo.tld', { ds: [{ ...DS, digestType: 4 }] }],
  ['a digest of half an octet', 2005, 'foo.tld', { ds: [{ ...DS, digest: 'a'.repeat(63) }] }],
  ['a digest that is no hex', 2005, 'foo.tld', { ds: [{ ...DS, digest: 'xy'.repeat(32) }] }],
  ['an empty digest', 2005, 'foo.tld', { ds: [{ ...DS, digest: '' }] }],
  ['the same DS twice', 2306, 'foo.tld', { ds: [DS, { ...DS, digest: 'AB'.repeat(32) }] }],
  ['too many DS', 2306, 'foo.tld', { ds: [1, 2, 3].map((keyTag) => ({ ...DS, keyTag })) }],
  ['a fee below the price', 2004, 'foo.tld', { fee: { amount: 999 } }],
  ['a fee above the price', 2004, 'foo.tld', { fee: { amount: 1001 } }],
  ['a fee in another currency', 2004, 'foo.tld', { fee: { amount: 1000, currency: 'USD' } }],
  ['a premium name without its fee', 2003, 'gold.tld'],
  ['a premium name for the usual fee', 2004, 'gold.tld', { fee: { amount: 1000 } }],
];

describe('domain:create refuses', () => {
  it('what is wrong, each with its result, and leaves nothing behind', async () => {
    const { resultOf, send, register, balance } = await openDomains();
    await send(domainCreate('taken.tld'));
    const { sequence } = register;
    for (const [what, result, name, given] of refused) {
      expect([what, await resultOf(domainCreate(name, given))]).toEqual([what, result]);
    }
    expect(register.sequence).toBe(sequence);
    expect(await balance('reg-a')).toBe(FUNDS - TLD.prices.create);
  });

  it('a registrar that is suspended, not accredited or unknown with 2201', async () => {
    const { resultOf, put } = await openDomains();
    expect(await resultOf(domainCreate('foo.thin'), 'nobody')).toBe(2201);
    expect(await resultOf(domainCreate('foo.thin'), 'OPERATOR')).toBe(2201);
    for (const change of [{ tlds: ['tld'] }, { state: 'suspended' as const }]) {
      await put(['registrar/reg-b'], async (draft) => {
        const registrar = await draft.registrar('reg-b');
        if (registrar !== undefined) draft.putRegistrar({ ...registrar, tlds: [], ...change });
      });
      expect(await resultOf(domainCreate('foo.thin'), 'reg-b')).toBe(2201);
    }
    const check = { kind: 'domain:check', names: ['foo.thin'] } as const;
    expect(await resultOf({ ...check, names: [...check.names] }, 'reg-b')).toBe(1000);
  });

  it('a second create of the same name, however close they come', async () => {
    const { resultOf, balance } = await openDomains();
    const sent = Array.from({ length: 20 }, () => resultOf(domainCreate('foo.tld')));
    const results = await Promise.all(sent);
    expect(results.filter((result) => result === 1000)).toHaveLength(1);
    expect(results.filter((result) => result === 2302)).toHaveLength(19);
    expect(await balance('reg-a')).toBe(FUNDS - 1000);
  });
});

describe('premium names', () => {
  it('cost what they cost, for every year, and are told so by a check', async () => {
    const { send } = await openDomains();
    const asked = [{ name: 'create' as const, years: 2 }, { name: 'renew' as const }];
    const { data } = await send({
      kind: 'domain:check',
      names: ['gold.tld'],
      fee: { commands: asked },
    });
    expect(data).toMatchObject({
      domains: [
        {
          available: true,
          fees: [
            { command: 'create', years: 2, fee: { amount: 100_000 }, class: 'premium' },
            { command: 'renew', years: 1, fee: { amount: 20_000 }, class: 'premium' },
          ],
        },
      ],
    });
    const offer = { years: 2, fee: { amount: 100_000, currency: 'EUR' } };
    expect((await send(domainCreate('gold.tld', offer))).result).toBe(1000);
  });
});

it('keeps only a digest of the secret, in no row and no journal', async () => {
  const { send, register } = await openDomains();
  await send(domainCreate('foo.tld', { authInfo: 'Xy7-very-secret-text' }));
  const audit = await register.audit(0, 100);
  expect(JSON.stringify(audit)).not.toContain('"authInfo"');
  expect(JSON.stringify(await register.domain('foo.tld'))).not.toContain('very-secret');
  expect((await register.domain('foo.tld'))?.authInfo?.expiresAtMs).toBe(START_MS + 14 * DAY_MS);
});
