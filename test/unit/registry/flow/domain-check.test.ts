import { expect, it } from 'vitest';
import type { FeeData } from '#registry/model/domain-commands.ts';
import { domainCreate, openDomains, SECRET } from '../../../kit/domain-fixture.ts';

it('checks names, each with why it cannot be had', async () => {
  const { send } = await openDomains();
  await send(domainCreate('taken.tld'));
  const names = ['free.tld', 'TAKEN.tld', 'nic.tld', 'a_b.tld', 'foo.com', 'a.b.tld', 'x.tld'];
  const { data } = await send({ kind: 'domain:check', names });
  const { domains } = data as { domains: { name: string; available: boolean; reason?: string }[] };
  expect(domains.map(({ name, available }) => [name, available])).toEqual(
    names.map((name) => [name, name === 'free.tld']),
  );
  const reasoned = domains.filter(({ available }) => !available);
  expect(reasoned.every(({ reason = '' }) => reason.length > 0)).toBe(true);
  expect(domains[1].reason).toBe('in use');
});

it('tells what commands cost, or why they have no price', async () => {
  const { send } = await openDomains();
  await send(domainCreate('taken.tld'));
  const commands = [
    { name: 'create' as const },
    { name: 'create' as const, years: 11 },
    { name: 'renew' as const, years: 3 },
    { name: 'transfer' as const },
    { name: 'transfer' as const, years: 2 },
    { name: 'restore' as const },
    { name: 'update' as const },
    { name: 'delete' as const },
  ];
  const check = { kind: 'domain:check' as const, names: ['free.tld', 'taken.tld'] };
  const { data } = await send({ ...check, fee: { commands } });
  const { domains } = data as { domains: { fees: { fee?: FeeData }[] }[] };
  const prices = domains.map(({ fees }) => fees.map(({ fee }) => fee?.amount));
  expect(prices).toEqual([
    [1000, undefined, 3300, 900, undefined, 4000, 0, 0],
    [undefined, undefined, 3300, 900, undefined, 4000, 0, 0],
  ]);
  const grace = domains[0].fees.map(({ fee }) => fee?.graceDays);
  expect(grace).toEqual([5, undefined, 5, 5, undefined, undefined, undefined, undefined]);
  const foreign = await send({ ...check, fee: { currency: 'USD', commands } });
  expect(JSON.stringify(foreign.data)).not.toContain('amount');
});

it('takes a hundred names and no more', async () => {
  const { resultOf } = await openDomains();
  const names = Array.from({ length: 100 }, (_, at) => `name${at}.tld`);
  expect(await resultOf({ kind: 'domain:check', names })).toBe(1000);
  expect(await resultOf({ kind: 'domain:check', names: [...names, 'more.tld'] })).toBe(2306);
});

it('shows a name whole to its sponsor and to who has the secret, else hardly anything', async () => {
  const { send, resultOf } = await openDomains();
  await send(domainCreate('foo.tld', { nameservers: ['ns1.example'] }));
  const info = { kind: 'domain:info' as const, name: 'foo.tld' };
  const whole = (await send({ ...info, hosts: 'all' })).data;
  const opened = (await send({ ...info, hosts: 'all', authInfo: SECRET }, 'reg-b')).data;
  expect(opened).toEqual(whole);
  const part = (await send({ ...info, hosts: 'all' }, 'reg-b')).data;
  expect(part).toMatchObject({ sponsor: 'reg-a', statuses: [{ status: 'ok' }] });
  expect(part).toMatchObject({ nameservers: [], contacts: [] });
  expect(part).not.toHaveProperty('registrant');
  expect(part).not.toHaveProperty('expiresAtMs');
  expect(await resultOf({ ...info, hosts: 'all', authInfo: 'wrong' }, 'reg-b')).toBe(2202);
  expect(await resultOf({ ...info, hosts: 'all', authInfo: '' }, 'reg-b')).toBe(2202);
});

it('shows the hosts that are asked for', async () => {
  const { send } = await openDomains();
  await send(domainCreate('foo.tld', { nameservers: ['ns1.example'] }));
  const addresses = [{ family: 'v4' as const, text: '192.0.2.53' }];
  await send({ kind: 'host:create', name: 'ns.foo.tld', addresses });
  const shown = async (hosts: 'all' | 'del' | 'sub' | 'none') => {
    const { data } = await send({ kind: 'domain:info', name: 'foo.tld', hosts });
    const { nameservers, subordinates } = data as {
      nameservers: string[];
      subordinates: string[];
    };
    return [...nameservers, ...subordinates];
  };
  expect(await shown('all')).toEqual(['ns1.example', 'ns.foo.tld']);
  expect(await shown('del')).toEqual(['ns1.example']);
  expect(await shown('sub')).toEqual(['ns.foo.tld']);
  expect(await shown('none')).toEqual([]);
});
