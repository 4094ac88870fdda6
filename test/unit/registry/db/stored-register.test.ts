import { describe, expect, it } from 'vitest';
import { makeClockCell, openClock } from '#base/clock.ts';
import { errorCode } from '#base/coded-error.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import type { RegisterLimits } from '#registry/db/register-writer.ts';
import { StoredRegister } from '#registry/db/stored-register.ts';
import type { DelegationTask } from '#registry/model/delegation.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { KeyValueStore, Write } from '#store/key-value-store.ts';
import { StoreError } from '#store/store-error.ts';
import { readAllRows, temporaryStore } from '../../../kit/temporary-store.ts';
import { callerOf, registrarOf } from '../../../kit/two-registrars.ts';

const LIMITS: RegisterLimits = { journalMax: 1000, messagesMax: 1000, commandsMax: 1000 };

async function openOn(store: KeyValueStore, limits = LIMITS): Promise<StoredRegister> {
  const clock = openClock({ kind: 'cell', cell: makeClockCell(1_000_000) });
  return StoredRegister.open({ store, clock, random: seededRandom(1), log: silentLog(), limits });
}

function domainOf(name: string, changes: Partial<Domain> = {}): Domain {
  return {
    roid: 'D1-TLD',
    name,
    tld: 'tld',
    contacts: [],
    nameservers: [],
    ds: [],
    statuses: [],
    periods: [],
    sponsor: 'alpha',
    createdBy: 'alpha',
    createdAtMs: 1,
    expiresAtMs: 5_000_000,
    ...changes,
  };
}

/** Puts a domain as a command of `alpha`. */
async function put(register: StoredRegister, domain: Domain): Promise<void> {
  const keys = [`domain/${domain.name}`] as const;
  await register.run(callerOf('alpha'), 'domain:create', keys, async (draft) => {
    draft.putDomain(domain);
    draft.touch('tld', domain.name);
    draft.queue('alpha', `made ${domain.name}`);
    await Promise.resolve();
  });
}

describe('the stored register', () => {
  it('keeps links and due times as the objects say, and nothing else', async () => {
    const store = await temporaryStore();
    const register = await openOn(store);
    const nameservers = ['ns1.x.example', 'ns2.x.example'];
    const contacts = [{ role: 'tech' as const, id: 'c1' }];
    await put(register, domainOf('a.tld', { nameservers, contacts, registrant: 'c2' }));
    await put(register, domainOf('b.tld', { nameservers: ['ns1.x.example'] }));
    expect(await register.domainsOfHost('ns1.x.example', 10)).toEqual(['a.tld', 'b.tld']);
    expect(await register.domainsOfHost('ns1.x.example', 1)).toEqual(['a.tld']);
    expect(await register.domainsOfHost('ns1.x', 10)).toEqual([]);
    expect(await register.domainsOfContact('c2', 10)).toEqual(['a.tld']);
    const namesDue = async (nowMs: number) => (await register.due(nowMs, 10)).map(({ key }) => key);
    expect(await namesDue(4_999_999)).toEqual([]);
    expect(await namesDue(5_000_000)).toEqual(['a.tld', 'b.tld']);
    const [first] = await register.due(5_000_000, 1);
    expect(first).toEqual({ dueMs: 5_000_000, key: 'a.tld' });
    expect(await register.due(9_000_000, 10, first)).toMatchObject([{ key: 'b.tld' }]);
    expect(await register.due(4_999_999, 10, first)).toEqual([]);
    await put(register, domainOf('a.tld', { expiresAtMs: 9_000_000 }));
    expect(await register.domainsOfHost('ns1.x.example', 10)).toEqual(['b.tld']);
    expect(await register.domainsOfContact('c1', 10)).toEqual([]);
    expect(await namesDue(8_999_999)).toEqual(['b.tld']);
    const keys = ['domain/a.tld', 'domain/b.tld'] as const;
    await register.run(callerOf('alpha'), 'domain:delete', keys, async (draft) => {
      draft.deleteDomain('a.tld');
      draft.deleteDomain('b.tld');
      await Promise.resolve();
    });
    const kept = (await readAllRows(store)).map(({ key }) => key[0]);
    // Messages, sums, journal and tasks; no row of a domain and none that follows from one.
    expect([...new Set(kept)]).toEqual([0x94, 0x98, 0xa0, 0xa2]);
  });

  it('shows a draft its own writes and those before it that are on their way', async () => {
    const register = await openOn(await temporaryStore());
    const seen: unknown[] = [];
    const steps = Array.from({ length: 50 }, (_, at) =>
      register.run(callerOf('alpha'), 'domain:update', ['domain/a.tld'], async (draft) => {
        const before = await draft.domain('a.tld');
        seen.push(before?.expiresAtMs ?? 0);
        draft.putDomain(domainOf('a.tld', { expiresAtMs: at + 1, nameservers: [`h${at}`] }));
        expect((await draft.domain('a.tld'))?.expiresAtMs).toBe(at + 1);
        expect(await draft.domainsOfHost(`h${at}`, 9)).toEqual(['a.tld']);
        expect(await draft.domainsOfHost(`h${at - 1}`, 9)).toEqual([]);
      }),
    );
    await Promise.all(steps);
    expect(seen).toEqual(Array.from({ length: 50 }, (_, at) => at));
    expect(await register.domainsOfHost('h49', 9)).toEqual(['a.tld']);
    expect(register.sequence).toBe(50);
  });

  it('leaves everything as it was when a command throws', async () => {
    const store = await temporaryStore();
    const register = await openOn(store);
    await put(register, domainOf('a.tld'));
    const before = await readAllRows(store);
    const failing = register.run(callerOf('alpha'), 'x', ['domain/a.tld'], async (draft) => {
      draft.deleteDomain('a.tld');
      draft.queue('alpha', 'gone');
      await Promise.resolve();
      throw new Error('refused');
    });
    await expect(failing).rejects.toThrow('refused');
    expect(await readAllRows(store)).toEqual(before);
  });

  it('does not let a command write what it has not locked', async () => {
    const register = await openOn(await temporaryStore());
    const writing = register.run(callerOf('alpha'), 'x', [], async (draft) => {
      draft.putDomain(domainOf('a.tld'));
      await Promise.resolve();
    });
    await expect(writing).rejects.toThrow('domain/a.tld is written but not locked');
  });

  it('refuses what stood on a batch that the disk refused, and leaves no gap', async () => {
    const store = await temporaryStore();
    let refusals = 0;
    const picky: KeyValueStore = {
      get: (key) => store.get(key),
      getMany: (keys) => store.getMany(keys),
      range: (from, to, options) => store.range(from, to, options),
      snapshot: () => store.snapshot(),
      close: () => store.close(),
      writeBulk: (writes) => store.writeBulk(writes),
      write: async (writes) => {
        if (refusals > 0) {
          refusals -= 1;
          throw new StoreError('STORE_BUSY', 'nothing written');
        }
        await store.write(writes);
      },
    };
    const register = await openOn(picky);
    await put(register, domainOf('a.tld'));
    refusals = 1;
    const sent = Array.from({ length: 600 }, (_, at) => put(register, domainOf(`n${at}.tld`)));
    const settled = await Promise.allSettled(sent);
    const failed = settled.filter(({ status }) => status === 'rejected');
    expect(failed.length).toBeGreaterThanOrEqual(1);
    for (const each of failed) {
      expect((each as PromiseRejectedResult).reason).toHaveProperty('code', 'STORE_BUSY');
    }
    await put(register, domainOf('b.tld'));
    const done = settled.length - failed.length + 2;
    expect(register.sequence).toBe(done);
    const changes = await register.changesAfter(0, 2000);
    expect(changes?.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: done }, (_, at) => at + 1),
    );
    const reopened = await openOn(store);
    for (const [at, { status }] of settled.entries()) {
      const found = await reopened.domain(`n${at}.tld`);
      expect(found !== undefined).toBe(status === 'fulfilled');
    }
    expect((await reopened.nextMessage('alpha'))?.count).toBe(done);
  });

  it('refuses a command that began on rows which the disk then refused', async () => {
    const store = await temporaryStore();
    const refusing = Promise.withResolvers<undefined>();
    const isRefused = { value: false };
    const picky = Object.create(store, {
      write: {
        value: async (writes: readonly Write[]) => {
          if (!isRefused.value) {
            await store.write(writes);
            return;
          }
          isRefused.value = false;
          await refusing.promise;
          throw new StoreError('STORE_BUSY', 'nothing written');
        },
      },
      getMany: { value: (keys: readonly Uint8Array[]) => store.getMany(keys) },
      range: { value: (...range: Parameters<KeyValueStore['range']>) => store.range(...range) },
    }) as KeyValueStore;
    const register = await openOn(picky);
    isRefused.value = true;
    const first = put(register, domainOf('a.tld')).catch((error: unknown) => errorCode(error));
    const second = register.run(callerOf('beta'), 'x', ['domain/a.tld'], async (draft) => {
      expect(await draft.domain('a.tld')).toBeDefined();
      refusing.resolve(undefined);
      await first;
      draft.putDomain(domainOf('a.tld', { sponsor: 'beta' }));
    });
    await expect(second).rejects.toHaveProperty('code', 'STORE_BUSY');
    expect(await first).toBe('STORE_BUSY');
    expect(await register.domain('a.tld')).toBeUndefined();
    expect(register.sequence).toBe(0);
  });

  it('says that it is busy instead of taking more commands than it may', async () => {
    const register = await openOn(await temporaryStore(), { ...LIMITS, commandsMax: 3 });
    const sent = Array.from({ length: 5 }, (_, at) => put(register, domainOf(`n${at}.tld`)));
    const settled = await Promise.allSettled(sent);
    expect(settled.map(({ status }) => status)).toEqual([
      ...Array<string>(3).fill('fulfilled'),
      ...Array<string>(2).fill('rejected'),
    ]);
    await put(register, domainOf('later.tld'));
  });
});

describe('messages', () => {
  it('wait in order for each registrar, are counted, and go when acknowledged', async () => {
    const register = await openOn(await temporaryStore());
    for (const at of [1, 2, 3]) await put(register, domainOf(`n${at}.tld`));
    const first = await register.nextMessage('alpha');
    expect(first).toMatchObject({ count: 3, message: { text: 'made n1.tld' } });
    const id = first?.message.id ?? 0;
    const caller = callerOf('alpha');
    expect(await register.acknowledge(caller, 'beta', id)).toBeUndefined();
    const both = [
      register.acknowledge(caller, 'alpha', id),
      register.acknowledge(caller, 'alpha', id),
    ];
    expect(new Set(await Promise.all(both))).toEqual(new Set([2, undefined]));
    expect(await register.nextMessage('alpha')).toMatchObject({ count: 2 });
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 60]) {
      expect(await register.acknowledge(caller, 'alpha', wrong)).toBeUndefined();
    }
    expect(await register.nextMessage('beta')).toBeUndefined();
  });

  it('beyond the limit push out the oldest', async () => {
    const register = await openOn(await temporaryStore(), { ...LIMITS, messagesMax: 5 });
    for (let at = 1; at <= 8; at++) await put(register, domainOf(`n${at}.tld`));
    expect(await register.nextMessage('alpha')).toMatchObject({
      count: 5,
      message: { text: 'made n4.tld' },
    });
  });
});

describe('the journal', () => {
  it('tells who did what and what was there before, without a secret', async () => {
    const register = await openOn(await temporaryStore());
    const keys = ['registrar/beta', 'domain/a.tld'] as const;
    const registrar = registrarOf('beta', { passwordHash: '$argon2id$x' });
    await register.run(callerOf('alpha', 'SV-77'), 'test', keys, async (draft) => {
      draft.putRegistrar(registrar);
      draft.putDomain(domainOf('a.tld', { authInfo: { sha256: 'ab' } }));
      await Promise.resolve();
    });
    await register.run(callerOf('alpha'), 'test', keys, async (draft) => {
      draft.putRegistrar({ ...registrar, balance: { USD: 5 }, passwordHash: '$argon2id$y' });
      draft.deleteDomain('a.tld');
      await Promise.resolve();
    });
    const audit = await register.audit(0, 10);
    expect(JSON.stringify(audit)).not.toMatch(/argon2id|sha256/);
    expect(audit).toMatchObject([
      { sequence: 1, svTrid: 'SV-77', who: 'alpha', address: '192.0.2.7', command: 'test' },
      {
        rows: [{ type: 'domain', key: 'a.tld', before: { name: 'a.tld' }, value: null }],
        balances: [{ registrar: 'beta', currency: 'USD', before: 1_000_000, after: 5 }],
      },
    ]);
    const changes = await register.changesAfter(1, 10);
    expect(changes).toHaveLength(1);
    expect(changes?.[0]).not.toHaveProperty('balances');
    expect(changes?.[0].rows).toEqual([{ type: 'domain', key: 'a.tld', value: null }]);
  });

  it('sends who is too far behind, or ahead, for a copy', async () => {
    const register = await openOn(await temporaryStore(), { ...LIMITS, journalMax: 10 });
    for (let at = 1; at <= 300; at++) await put(register, domainOf(`n${at}.tld`));
    expect(await register.changesAfter(1, 10)).toBeUndefined();
    expect(await register.changesAfter(301, 10)).toBeUndefined();
    expect(await register.changesAfter(300, 10)).toEqual([]);
    expect(await register.changesAfter(298, 10)).toHaveLength(2);
    const copy = await register.copy();
    await put(register, domainOf('late.tld'));
    const rows = [];
    for await (const chunk of copy.rows) rows.push(...chunk);
    await copy.close();
    expect(copy.sequence).toBe(300);
    expect(rows).toHaveLength(300);
  });

  it('tells listeners of what is durable', async () => {
    const register = await openOn(await temporaryStore());
    const told: number[] = [];
    const stop = register.onCommit((sequence) => told.push(sequence));
    await put(register, domainOf('a.tld'));
    await put(register, domainOf('b.tld'));
    stop();
    await put(register, domainOf('c.tld'));
    expect(told).toEqual([1, 2]);
  });
});

it('keeps tasks for zones until they are finished', async () => {
  const store = await temporaryStore();
  const register = await openOn(store);
  const offered: DelegationTask[] = [];
  await put(register, domainOf('a.tld'));
  register.attach({ offer: (task) => void offered.push(task) });
  await put(register, domainOf('b.tld'));
  expect(offered).toMatchObject([{ tld: 'tld', owners: ['b.tld'], actor: 'alpha' }]);
  const open = await register.tasks(0, 10);
  expect(open.map(({ owners }) => owners)).toEqual([['a.tld'], ['b.tld']]);
  await register.finish([open[0].sequence]);
  const reopened = await openOn(store);
  expect(await reopened.tasks(0, 10)).toEqual([open[1]]);
});

it('splits the owners of a large command into tasks that a zone can take', async () => {
  const register = await openOn(await temporaryStore());
  await register.run(callerOf('alpha'), 'test', [], async (draft) => {
    for (let at = 0; at < 1200; at++) draft.touch('tld', `n${at}.tld`);
    draft.touch('thin', 'x.thin');
    await Promise.resolve();
  });
  const tasks = await register.tasks(0, 10);
  expect(tasks.map(({ owners }) => owners.length)).toEqual([500, 500, 200, 1]);
  expect(new Set(tasks.map(({ sequence }) => sequence)).size).toBe(4);
});

it('counts what registrars did in a month, and not what the operator did', async () => {
  const register = await openOn(await temporaryStore());
  for (const at of [1, 2, 3]) await put(register, domainOf(`n${at}.tld`));
  await register.run(callerOf('OPERATOR'), 'domain:update', ['domain/n1.tld'], async (draft) => {
    draft.putDomain(domainOf('n1.tld', { ds: [] }));
    await Promise.resolve();
  });
  const counted = { registrar: 'alpha', tld: 'tld', command: 'domain:create', count: 3 };
  expect(await register.transactions('2026-11')).toEqual([counted]);
  expect(await register.transactions('2026-1')).toEqual([]);
});
