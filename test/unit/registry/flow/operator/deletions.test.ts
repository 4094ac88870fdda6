// A TLD or a registrar goes when nothing depends on it any more, and not before.
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  registrarDelete,
  registrarTopUp,
  registrarUpdate,
} from '#registry/flow/operator/registrar-accounts.ts';
import { reservedPut } from '#registry/flow/operator/reserved-names.ts';
import { type NewTld, tldCreate, tldDelete } from '#registry/flow/operator/tld-policy.ts';
import { type Caller, OPERATOR } from '#registry/model/caller.ts';
import type { RegistryError } from '#registry/model/result.ts';
import {
  ALPHA,
  BETA,
  callerOf,
  contactCommand,
  domainCommand,
  openRegister,
  type RegisterFixture,
  registerDomain,
} from '../../../../kit/two-registrars.ts';

const OURS: Caller = { ...callerOf(OPERATOR), reason: 'order 17/2026' };
const SECRET = 'a-secret-of-one';
const NEW_TLD: Omit<NewTld, 'name'> = {
  repositoryId: 'NEW',
  currency: 'USD',
  prices: { create: 1, renew: 2, transfer: 3, restore: 4 },
  contacts: 'none',
};

async function refusalOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    ({ result, reason }: RegistryError) => `${result} ${reason}`,
  );
}

function removeTld({ context }: RegisterFixture, name = 'tld'): Promise<string> {
  return refusalOf(tldDelete(context, name, OURS));
}

function removeBeta({ context }: RegisterFixture): Promise<string> {
  return refusalOf(registrarDelete(context, BETA, OURS));
}

/** BETA is suspended, and has no money and no unread messages. */
async function openSuspended(): Promise<RegisterFixture> {
  const fixture = await openRegister();
  const { context, register } = fixture;
  await registrarTopUp(context, BETA, { currency: 'USD', amount: -1_000_000 }, OURS);
  const { message } = (await register.nextMessage(BETA)) ?? {};
  await register.acknowledge(callerOf(BETA), BETA, message?.id ?? -1);
  await registrarUpdate(context, BETA, { state: 'suspended' }, OURS);
  return fixture;
}

describe('a TLD', () => {
  it('goes with its reserved names when its last name is gone', async () => {
    const fixture = await openRegister();
    const { register, context, send } = fixture;
    await registerDomain(fixture, 'one.tld');
    await registerDomain(fixture, 'two.tld');
    await registerDomain(fixture, 'three.co.tld');
    await reservedPut(context, { tld: 'tld', label: 'nic', reason: 'ours', allow: [] }, OURS);
    expect(await removeTld(fixture)).toBe('2305 name: 2 names lie in it');
    await send({ kind: 'domain:delete', name: 'one.tld' });
    expect(await removeTld(fixture)).toBe('2305 name: one name lies in it');
    await send({ kind: 'domain:delete', name: 'two.tld' });
    expect(await removeTld(fixture)).toBe('done');
    expect(register.tlds().map(({ name }) => name)).toEqual(['co.tld']);
    expect(register.reservedNames('tld')).toEqual([]);
    expect(await removeTld(fixture)).toMatch(/^2303/);
    expect(await register.domainCount('co.tld')).toBe(1);
  });

  it('stays while a registrar is held to it, who could register everywhere without', async () => {
    const fixture = await openRegister();
    await registrarUpdate(fixture.context, BETA, { tlds: ['tld'] }, OURS);
    expect(await removeTld(fixture)).toMatch(/^2305 name: registrar beta may register in it/);
  });

  it('goes or stays whole, however it meets with creations in it', async () => {
    const fixture = await openRegister();
    const { context, register, resultOf } = fixture;
    const outcomes = new Set<string>();
    for (let turns = 0; turns < 12; turns++) {
      const tld = `zone${turns}`;
      await tldCreate(context, { ...NEW_TLD, name: tld }, OURS);
      const creations = Array.from({ length: 4 }, (_, at) =>
        resultOf(domainCommand(`name${at}.${tld}`)),
      );
      for (let turn = 0; turn < turns; turn++) await setImmediate();
      const deleted = (await removeTld(fixture, tld)).slice(0, 4);
      const made = (await Promise.all(creations)).filter((result) => result === 1000).length;
      expect(made === 0 ? deleted : `${deleted} beside names`).toMatch(
        /^done$|^2305 beside names$/,
      );
      expect(await register.domainCount(tld)).toBe(made);
      outcomes.add(deleted);
    }
    expect([...outcomes].sort()).toEqual(['2305', 'done']);
  });
});

describe('a registrar', () => {
  it('goes when it is suspended and has nothing left, and its id is off all lists', async () => {
    const fixture = await openSuspended();
    const { register, context, resultOf } = fixture;
    const reserved = { tld: 'tld', label: 'nic', reason: 'ours', allow: [BETA, ALPHA] };
    await reservedPut(context, reserved, OURS);
    expect(await removeBeta(fixture)).toBe('done');
    expect(await register.registrar(BETA)).toBeUndefined();
    expect(register.reservedNames('tld')).toMatchObject([{ allow: [ALPHA] }]);
    expect(await resultOf({ kind: 'domain:check', names: ['one.tld'] }, BETA)).toBe(2201);
    expect(await removeBeta(fixture)).toMatch(/^2303/);
  });

  it('stays while it is not suspended, or has a balance or unread messages', async () => {
    const fixture = await openSuspended();
    const { context, register } = fixture;
    await registrarUpdate(context, BETA, { state: 'active' }, OURS);
    expect(await removeBeta(fixture)).toBe('2304 state: suspend it first');
    await registrarUpdate(context, BETA, { state: 'suspended' }, OURS);
    await registrarTopUp(context, BETA, { currency: 'EUR', amount: -1 }, OURS);
    expect(await removeBeta(fixture)).toBe('2305 id: it still has one unread message');
    const { message } = (await register.nextMessage(BETA)) ?? {};
    await register.acknowledge(callerOf(BETA), BETA, message?.id ?? -1);
    expect(await removeBeta(fixture)).toBe('2305 id: it still has a balance in EUR');
  });

  it('stays while it has objects, or some are on their way to it', async () => {
    const fixture = await openSuspended();
    const { context, register, send } = fixture;
    await registrarUpdate(context, BETA, { state: 'active' }, OURS);
    await send(contactCommand('person1', { authInfo: SECRET }), ALPHA);
    await send(contactCommand('person2', { authInfo: SECRET }), BETA);
    const transfer = (id: string, operation: 'request' | 'approve', from: string) =>
      send({ kind: 'contact:transfer', id, operation, authInfo: SECRET }, from);
    await transfer('person1', 'request', BETA);
    await transfer('person2', 'request', ALPHA);
    const held = async () => [await register.heldCount(ALPHA), await register.heldCount(BETA)];
    expect(await held()).toEqual([2, 2]);
    await registrarUpdate(context, BETA, { state: 'suspended' }, OURS);
    expect(await removeBeta(fixture)).toBe('2305 id: it still has 2 objects');
    await registrarUpdate(context, BETA, { state: 'active' }, OURS);
    await transfer('person2', 'approve', BETA);
    expect(await held()).toEqual([2, 1]);
    await transfer('person1', 'approve', ALPHA);
    expect(await held()).toEqual([1, 1]);
  });
});
