import { describe, expect, it } from 'vitest';
import { readDelegation } from '#registry/flow/delegation.ts';
import type { RegisterReader } from '#registry/model/register.ts';
import {
  domainCreate,
  domainUpdate,
  openDomains,
  RESTORE_REPORT,
  status,
} from '../../../kit/domain-fixture.ts';

const V4 = { family: 'v4' as const, text: '192.0.2.53' };
const DS = { keyTag: 1, algorithm: 8, digestType: 2, digest: 'AB'.repeat(32) };

async function opened() {
  const test = await openDomains();
  await test.send(domainCreate('foo.tld'));
  await test.send({ kind: 'host:create', name: 'ns.foo.tld', addresses: [V4] });
  test.takeTouched();
  return test;
}

describe('a zone', () => {
  it('has a delegation with DS, and glue of no host that is not used', async () => {
    const test = await opened();
    expect(await readDelegation(test.register, 'tld', 'ns.foo.tld')).toMatchObject({
      addresses: [],
    });
    const add = { nameservers: ['ns.foo.tld', 'ns1.example'] };
    const ds = { remove: [], add: [DS] };
    await test.send(domainUpdate('foo.tld', { add, ds }));
    expect(test.takeTouched().sort()).toEqual(['tld/foo.tld', 'tld/ns.foo.tld']);
    expect(await readDelegation(test.register, 'tld', 'foo.tld')).toEqual({
      owner: 'foo.tld',
      nameservers: ['ns.foo.tld', 'ns1.example'],
      ds: [DS],
      addresses: [],
    });
    expect(await readDelegation(test.register, 'tld', 'ns.foo.tld')).toMatchObject({
      addresses: ['192.0.2.53'],
    });
    expect(await readDelegation(test.register, 'thin', 'ns.foo.tld')).toMatchObject({
      addresses: [],
    });
  });

  it('has the glue of a host as long as one name in it is delegated to it', async () => {
    const test = await opened();
    const nameservers = ['ns.foo.tld'];
    await test.send(domainUpdate('foo.tld', { add: { nameservers } }));
    await test.send(domainCreate('bar.tld', { nameservers }));
    const hold = { statuses: [status('clientHold' as const)] };
    const glue = async () =>
      (await readDelegation(test.register, 'tld', 'ns.foo.tld')).addresses.length;
    await test.send(domainUpdate('foo.tld', { add: hold }));
    expect(await glue()).toBe(1);
    await test.send(domainUpdate('bar.tld', { add: hold }));
    expect(await glue()).toBe(0);
    test.takeTouched();
    await test.send(domainUpdate('bar.tld', { remove: { statuses: ['clientHold'] } }));
    expect(test.takeTouched().sort()).toEqual(['tld/bar.tld', 'tld/ns.foo.tld']);
    expect(await glue()).toBe(1);
  });

  it('finds a name that uses the host behind many of other zones, without reading those', async () => {
    const test = await opened();
    const thin = Array.from({ length: 40 }, (_, at) => `a${at}x.thin`);
    for (const name of thin) await test.send(domainCreate(name, { nameservers: ['ns.foo.tld'] }));
    const read: string[] = [];
    const reader: RegisterReader = Object.assign(Object.create(test.register), {
      host: (name: string) => test.register.host(name),
      domainsOfHost: (host: string, limit: number) => test.register.domainsOfHost(host, limit),
      domain: (name: string) => {
        read.push(name);
        return test.register.domain(name);
      },
    });
    expect(await readDelegation(reader, 'tld', 'ns.foo.tld')).toMatchObject({ addresses: [] });
    expect(read).toEqual(['ns.foo.tld']);
    await test.send(domainCreate('zoo.tld', { nameservers: ['ns.foo.tld'] }));
    const found = await readDelegation(reader, 'tld', 'ns.foo.tld');
    expect(found.addresses).toEqual(['192.0.2.53']);
    expect(read).toEqual(['ns.foo.tld', 'ns.foo.tld', 'zoo.tld']);
  });

  it('has the address of a name that is its own name server', async () => {
    const test = await opened();
    await test.send({ kind: 'host:create', name: 'foo.tld', addresses: [V4] });
    await test.send(domainUpdate('foo.tld', { add: { nameservers: ['foo.tld'] } }));
    expect(await readDelegation(test.register, 'tld', 'foo.tld')).toMatchObject({
      nameservers: ['foo.tld'],
      addresses: ['192.0.2.53'],
    });
  });

  it.each(['clientHold', 'serverHold'] as const)('has no name with %s', async (held) => {
    const test = await opened();
    await test.send(domainCreate('bar.tld', { nameservers: ['ns1.example'], ds: [DS] }));
    test.takeTouched();
    const who = held === 'serverHold' ? 'OPERATOR' : 'reg-a';
    await test.send(domainUpdate('bar.tld', { add: { statuses: [status(held)] } }), who);
    expect(test.takeTouched()).toEqual(['tld/bar.tld']);
    const gone = { owner: 'bar.tld', nameservers: [], ds: [], addresses: [] };
    expect(await readDelegation(test.register, 'tld', 'bar.tld')).toEqual(gone);
    await test.send(domainUpdate('bar.tld', { remove: { statuses: [held] } }), who);
    expect(test.takeTouched()).toEqual(['tld/bar.tld']);
  });

  it('loses a name with its deletion, once, and has it back with the restore', async () => {
    const test = await opened();
    await test.send(domainCreate('bar.tld', { nameservers: ['ns.foo.tld'] }));
    await test.advanceDays(10);
    test.takeTouched();
    await test.send({ kind: 'domain:delete', name: 'bar.tld' });
    expect(test.takeTouched().sort()).toEqual(['tld/bar.tld', 'tld/ns.foo.tld']);
    await test.send(domainUpdate('bar.tld', { restore: { operation: 'request' } }));
    expect(test.takeTouched()).toEqual([]);
    const report = RESTORE_REPORT;
    await test.send(domainUpdate('bar.tld', { restore: { operation: 'report', report } }));
    expect(test.takeTouched().sort()).toEqual(['tld/bar.tld', 'tld/ns.foo.tld']);
  });

  it('is not touched by what does not show in it', async () => {
    const test = await opened();
    await test.send(domainCreate('bar.tld', { nameservers: ['ns1.example'] }));
    test.takeTouched();
    const lock = [status('clientUpdateProhibited' as const)];
    await test.send(domainUpdate('bar.tld', { add: { statuses: lock } }));
    await test.send({ kind: 'domain:renew', name: 'bar.tld', currentExpiryDate: '2027-03-01' });
    await test.send(domainCreate('baz.tld'));
    expect(test.takeTouched()).toEqual([]);
  });
});
