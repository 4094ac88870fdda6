// Hosts (RFC 5732): what each command does, and with which result it is refused.
import { describe, expect, it } from 'vitest';
import { SUBORDINATES_MAX } from '#registry/flow/domain-rules.ts';
import { OPERATOR } from '#registry/model/caller.ts';
import type { GivenAddress, HostUpdate } from '#registry/model/host-commands.ts';
import {
  ALPHA,
  BETA,
  openRegister,
  type RegisterFixture,
  registerDomain,
} from '../../../kit/two-registrars.ts';

const v4 = (text: string): GivenAddress => ({ family: 'v4', text });
const v6 = (text: string): GivenAddress => ({ family: 'v6', text });

function create(name: string, addresses: GivenAddress[] = []) {
  return { kind: 'host:create', name, addresses } as const;
}

type Update = {
  rename?: string;
  add?: Partial<HostUpdate['add']>;
  remove?: Partial<HostUpdate['remove']>;
};

function update(name: string, { rename, add, remove }: Update): HostUpdate {
  return {
    kind: 'host:update',
    name,
    add: { addresses: [], statuses: [], ...add },
    remove: { addresses: [], statuses: [], ...remove },
    ...(rename !== undefined && { rename }),
  };
}

function status<S extends string>(name: S) {
  return { status: name, remark: '', language: 'en' };
}

/** Alpha's `one.tld` with `ns1.one.tld`, which `two.tld` of beta is delegated to; an external host. */
async function openWithHosts(): Promise<RegisterFixture> {
  const fixture = await openRegister();
  await registerDomain(fixture, 'one.tld');
  await fixture.send(create('ns1.one.tld', [v4('192.0.2.1'), v6('2001:db8::1')]));
  await fixture.send(create('ns.example.net'));
  await registerDomain(fixture, 'two.tld', BETA, ['ns1.one.tld', 'ns.example.net']);
  fixture.takeTouched();
  return fixture;
}

describe('host:create', () => {
  it('makes an internal host under a domain of the same sponsor, addresses in order', async () => {
    const fixture = await openRegister();
    await registerDomain(fixture, 'one.tld');
    fixture.takeTouched();
    const addresses = [v6('2001:0DB8:0::2'), v4('192.0.2.9'), v4('192.0.2.10')];
    const { data } = await fixture.send(create('NS1.One.TLD', addresses));
    expect(data).toMatchObject({ kind: 'host:create', name: 'ns1.one.tld' });
    expect(await fixture.register.host('ns1.one.tld')).toMatchObject({
      superordinate: 'one.tld',
      addresses: ['192.0.2.9', '192.0.2.10', '2001:db8::2'],
      sponsor: ALPHA,
      roid: expect.stringMatching(/^H\w+-TEST$/),
    });
    expect(fixture.takeTouched()).toEqual([]);
  });

  it('takes a domain as its own name server', async () => {
    const fixture = await openRegister();
    await registerDomain(fixture, 'one.tld');
    expect(await fixture.resultOf(create('one.tld', [v4('192.0.2.1')]))).toBe(1000);
    expect((await fixture.register.host('one.tld'))?.superordinate).toBe('one.tld');
  });

  it('finds the superordinate domain in a second-level registry', async () => {
    const fixture = await openRegister();
    await registerDomain(fixture, 'one.co.tld');
    expect(await fixture.resultOf(create('a.ns.one.co.tld', [v4('192.0.2.1')]))).toBe(1000);
    expect((await fixture.register.host('a.ns.one.co.tld'))?.superordinate).toBe('one.co.tld');
  });

  it('refuses what cannot be, and writes nothing', async () => {
    const fixture = await openWithHosts();
    const before = fixture.register.sequence;
    const cases: readonly [string, string, GivenAddress[], number][] = [
      ['a name of one label', 'localhost', [], 2005],
      ['a final dot', 'ns1.example.net.', [], 2005],
      ['an underscore', 'ns_1.example.net', [], 2005],
      ['a U-label', 'ns.bücher.example', [], 2005],
      ['an address as name', '192.0.2.1 ', [], 2005],
      ['a superordinate domain that is not there', 'ns1.none.tld', [], 2303],
      ['a superordinate domain of another registrar', 'ns1.two.tld', [], 2201],
      ['a registry itself', 'co.tld', [], 2306],
      ['a host that is there', 'ns1.one.tld', [], 2302],
      ['a host that is there, in upper case', 'NS.EXAMPLE.NET', [], 2302],
      ['addresses of an external host', 'ns9.example.net', [v4('192.0.2.1')], 2306],
      ['an IPv4 address that is none', 'ns2.one.tld', [v4('192.0.2.256')], 2005],
      ['an IPv4 address with a leading zero', 'ns2.one.tld', [v4('192.0.02.1')], 2005],
      ['an IPv4 address of three parts', 'ns2.one.tld', [v4('192.0.2')], 2005],
      ['an empty address', 'ns2.one.tld', [v4('')], 2005],
      ['an IPv6 address said to be IPv4', 'ns2.one.tld', [v4('2001:db8::1')], 2005],
      ['an IPv4 address said to be IPv6', 'ns2.one.tld', [v6('192.0.2.1')], 2005],
      ['an IPv6 address with a zone', 'ns2.one.tld', [v6('2001:db8::1%eth0')], 2005],
      ['an IPv6 address of nine groups', 'ns2.one.tld', [v6('1:2:3:4:5:6:7:8:9')], 2005],
      ['a network', 'ns2.one.tld', [v4('192.0.2.0/24')], 2005],
      ['a long text', 'ns2.one.tld', [v6('1'.repeat(100_000))], 2005],
      ['this host', 'ns2.one.tld', [v4('0.0.0.0')], 2306],
      ['loopback', 'ns2.one.tld', [v4('127.0.0.1')], 2306],
      ['another loopback', 'ns2.one.tld', [v4('127.255.255.255')], 2306],
      ['link-local', 'ns2.one.tld', [v4('169.254.1.1')], 2306],
      ['multicast', 'ns2.one.tld', [v4('224.0.0.1')], 2306],
      ['reserved', 'ns2.one.tld', [v4('240.0.0.1')], 2306],
      ['broadcast', 'ns2.one.tld', [v4('255.255.255.255')], 2306],
      ['unspecified', 'ns2.one.tld', [v6('::')], 2306],
      ['loopback of IPv6', 'ns2.one.tld', [v6('::1')], 2306],
      ['loopback of IPv6 written long', 'ns2.one.tld', [v6('0:0:0:0:0:0:0:1')], 2306],
      ['IPv4 in IPv6', 'ns2.one.tld', [v6('::ffff:192.0.2.1')], 2306],
      ['link-local of IPv6', 'ns2.one.tld', [v6('fe80::1')], 2306],
      ['site-local of IPv6', 'ns2.one.tld', [v6('fec0::1')], 2306],
      ['multicast of IPv6', 'ns2.one.tld', [v6('ff02::1')], 2306],
      ['an address twice', 'ns2.one.tld', [v4('192.0.2.1'), v4('192.0.2.1')], 2306],
      ['one address in two forms', 'ns2.one.tld', [v6('2001:db8::1'), v6('2001:DB8:0::1')], 2306],
      [
        'more addresses than there may be',
        'ns2.one.tld',
        Array.from({ length: 14 }, (_, at) => v4(`192.0.2.${at + 1}`)),
        2306,
      ],
    ];
    const results = await Promise.all(
      cases.map(async ([what, name, addresses]) => [
        what,
        await fixture.resultOf(create(name, addresses)),
      ]),
    );
    expect(results).toEqual(cases.map((each) => [each[0], each[3]]));
    expect(fixture.register.sequence, 'nothing was written').toBe(before);
  });

  it('is one of as many under a domain as move with it, and none is left behind', async () => {
    const fixture = await openRegister();
    await registerDomain(fixture, 'one.tld');
    await registerDomain(fixture, 'two.tld');
    await fixture.send(create('ns.two.tld'));
    const made = Array.from({ length: SUBORDINATES_MAX }, (_, at) => `h${at}.one.tld`);
    await Promise.all(made.map((name) => fixture.send(create(name))));
    expect(await fixture.resultOf(create('more.one.tld'))).toBe(2306);
    expect(await fixture.resultOf(update('ns.two.tld', { rename: 'more.one.tld' }))).toBe(2306);
    expect(await fixture.resultOf(update('h1.one.tld', { rename: 'moved.two.tld' }))).toBe(1000);
    expect(await fixture.resultOf(create('more.one.tld'))).toBe(1000);
  });

  it('is made once when two ask at the same moment', async () => {
    const fixture = await openRegister();
    const results = await Promise.all([
      fixture.resultOf(create('ns.example.net')),
      fixture.resultOf(create('ns.example.net'), BETA),
    ]);
    expect(results.sort((a, b) => a - b)).toEqual([1000, 2302]);
  });
});

describe('host:check and host:info', () => {
  it('say of each name whether it can be made, and why not', async () => {
    const { send } = await openWithHosts();
    const names = ['NS1.one.tld', 'ns9.one.tld', 'ns9.none.tld', 'bad_name.net', 'tld', 'co.tld'];
    const { data } = await send({ kind: 'host:check', names });
    expect(data).toEqual({
      kind: 'host:check',
      hosts: [
        { name: 'NS1.one.tld', available: false, reason: 'In use' },
        { name: 'ns9.one.tld', available: true },
        { name: 'ns9.none.tld', available: true },
        { name: 'bad_name.net', available: false, reason: expect.any(String) },
        { name: 'tld', available: false, reason: expect.any(String) },
        { name: 'co.tld', available: false, reason: expect.any(String) },
      ],
    });
  });

  it('shows every registrar a host, with what follows from others', async () => {
    const { send, resultOf } = await openWithHosts();
    const shown = await send({ kind: 'host:info', name: 'NS1.ONE.TLD' }, BETA);
    expect(shown.data).toMatchObject({
      host: { name: 'ns1.one.tld', sponsor: ALPHA },
      statuses: [{ status: 'ok' }, { status: 'linked' }],
    });
    expect(await resultOf({ kind: 'host:info', name: 'ns9.one.tld' })).toBe(2303);
    expect(await resultOf({ kind: 'host:info', name: 'x' })).toBe(2005);
  });
});

describe('host:update', () => {
  it('changes addresses and has the zone changed', async () => {
    const fixture = await openWithHosts();
    const change = {
      add: { addresses: [v4('192.0.2.2')] },
      remove: { addresses: [v6('2001:DB8:0:0::1')] },
    };
    await fixture.send(update('ns1.one.tld', change));
    const host = await fixture.register.host('ns1.one.tld');
    expect(host).toMatchObject({ addresses: ['192.0.2.1', '192.0.2.2'], updatedBy: ALPHA });
    expect(fixture.takeTouched()).toEqual(['tld/ns1.one.tld']);
  });

  it('forbids everything else while clientUpdateProhibited stands, and lifts it', async () => {
    const { send, resultOf } = await openWithHosts();
    const lock = status('clientUpdateProhibited');
    await send(update('ns1.one.tld', { add: { statuses: [lock] } }));
    const change = update('ns1.one.tld', { add: { addresses: [v4('192.0.2.3')] } });
    expect(await resultOf(change)).toBe(2304);
    const lift = update('ns1.one.tld', { remove: { statuses: ['clientUpdateProhibited'] } });
    expect(await resultOf(lift)).toBe(1000);
    expect(await resultOf(change)).toBe(1000);
  });

  it('lets nobody but the operator pass or lift a serverUpdateProhibited', async () => {
    const { send, resultOf } = await openWithHosts();
    const lock = update('ns1.one.tld', { add: { statuses: [status('serverUpdateProhibited')] } });
    expect(await resultOf(lock)).toBe(2306);
    expect(await resultOf(lock, OPERATOR)).toBe(1000);
    const lift = update('ns1.one.tld', { remove: { statuses: ['serverUpdateProhibited'] } });
    expect(await resultOf(lift)).toBe(2304);
    const { data } = await send({ kind: 'poll:req' });
    expect(data).toMatchObject({
      message: { data: { kind: 'changed', operation: 'update', who: OPERATOR } },
    });
    expect(await resultOf(lift, OPERATOR)).toBe(1000);
  });

  it('refuses what cannot be, and writes nothing', async () => {
    const fixture = await openWithHosts();
    const before = fixture.register.sequence;
    const cases: readonly [string, string, Update, number, string?][] = [
      ['nothing at all', 'ns1.one.tld', {}, 2003],
      ['a host that is not there', 'ns9.one.tld', { rename: 'ns8.one.tld' }, 2303],
      ['a host of another', 'ns1.one.tld', { add: { addresses: [v4('192.0.2.3')] } }, 2201, BETA],
      ['an address that is there', 'ns1.one.tld', { add: { addresses: [v4('192.0.2.1')] } }, 2306],
      [
        'an address to remove that is not there',
        'ns1.one.tld',
        { remove: { addresses: [v4('192.0.2.3')] } },
        2306,
      ],
      ['what is no address to remove', 'ns1.one.tld', { remove: { addresses: [v4('x')] } }, 2306],
      [
        'an address added and removed',
        'ns1.one.tld',
        { add: { addresses: [v4('192.0.2.1')] }, remove: { addresses: [v4('192.0.2.1')] } },
        2306,
      ],
      ['loopback', 'ns1.one.tld', { add: { addresses: [v4('127.0.0.1')] } }, 2306],
      [
        'the last addresses of a host in use',
        'ns1.one.tld',
        { remove: { addresses: [v4('192.0.2.1'), v6('2001:db8::1')] } },
        2305,
      ],
      [
        'addresses of an external host',
        'ns.example.net',
        { add: { addresses: [v4('192.0.2.1')] } },
        2306,
      ],
      [
        'a status of the server',
        'ns1.one.tld',
        { add: { statuses: [status('serverDeleteProhibited')] } },
        2306,
      ],
      ['a pending status', 'ns1.one.tld', { add: { statuses: [status('pendingDelete')] } }, 2306],
      [
        'a status to remove that is not there',
        'ns1.one.tld',
        { remove: { statuses: ['clientDeleteProhibited'] } },
        2306,
      ],
      [
        'a status twice',
        'ns1.one.tld',
        { add: { statuses: [status('clientDeleteProhibited'), status('clientDeleteProhibited')] } },
        2306,
      ],
      ['a new name that is none', 'ns1.one.tld', { rename: 'ns_1.one.tld' }, 2005],
      ['a new name that is a registry', 'ns1.one.tld', { rename: 'co.tld' }, 2306],
      ['a new name that is there', 'ns1.one.tld', { rename: 'ns.example.net' }, 2306],
      ['a new name under no domain', 'ns1.one.tld', { rename: 'ns1.none.tld' }, 2303],
      ["a new name under another's domain", 'ns1.one.tld', { rename: 'ns1.two.tld' }, 2201],
      [
        'a new name outside that keeps its addresses',
        'ns1.one.tld',
        { rename: 'ns1.example.net' },
        2306,
      ],
      [
        "a new name of an external host in another's use",
        'ns.example.net',
        { rename: 'ns2.example.net' },
        2305,
      ],
    ];
    const results = await Promise.all(
      cases.map(async ([what, name, change, , from]) => [
        what,
        await fixture.resultOf(update(name, change), from),
      ]),
    );
    expect(results).toEqual(cases.map((each) => [each[0], each[3]]));
    expect(fixture.register.sequence, 'nothing was written').toBe(before);
  });

  it('takes delegations along under a new name inside', async () => {
    const fixture = await openWithHosts();
    await fixture.send(update('ns1.one.tld', { rename: 'dns.one.tld' }));
    expect(await fixture.register.host('ns1.one.tld')).toBeUndefined();
    expect(await fixture.register.host('dns.one.tld')).toMatchObject({
      superordinate: 'one.tld',
      addresses: ['192.0.2.1', '2001:db8::1'],
    });
    expect((await fixture.register.domain('two.tld'))?.nameservers).toEqual([
      'dns.one.tld',
      'ns.example.net',
    ]);
    expect(await fixture.register.domainsOfHost('dns.one.tld', 10)).toEqual(['two.tld']);
    expect(await fixture.register.domainsOfHost('ns1.one.tld', 10)).toEqual([]);
    const touched = fixture.takeTouched().sort();
    expect(touched).toEqual(['tld/dns.one.tld', 'tld/ns1.one.tld', 'tld/two.tld']);
  });

  it('moves a host out of the zone with its addresses removed, and in again', async () => {
    const fixture = await openWithHosts();
    const addresses = [v4('192.0.2.1'), v6('2001:db8::1')];
    const out = update('ns1.one.tld', { rename: 'ns1.example.net', remove: { addresses } });
    expect(await fixture.resultOf(out)).toBe(1000);
    const host = await fixture.register.host('ns1.example.net');
    expect(host).toMatchObject({ addresses: [] });
    expect(host).not.toHaveProperty('superordinate');
    // It is external now, and beta's domain is delegated to it.
    const back = update('ns1.example.net', { rename: 'ns1.one.tld', add: { addresses } });
    expect(await fixture.resultOf(back)).toBe(2305);
    expect(await fixture.resultOf(back, OPERATOR)).toBe(1000);
    expect((await fixture.register.domain('two.tld'))?.nameservers).toContain('ns1.one.tld');
  });

  it('leaves no host in use inside without an address', async () => {
    const fixture = await openWithHosts();
    const addresses = [v4('192.0.2.1'), v6('2001:db8::1')];
    const bare = update('ns1.one.tld', { rename: 'dns.one.tld', remove: { addresses } });
    expect(await fixture.resultOf(bare)).toBe(2305);
    await registerDomain(fixture, 'own.tld', ALPHA, ['ns.example.net']);
    const inward = update('ns.example.net', { rename: 'ns9.one.tld' });
    expect(await fixture.resultOf(inward, OPERATOR)).toBe(2305);
    const withAddress = update('ns.example.net', {
      rename: 'ns9.one.tld',
      add: { addresses: [v4('192.0.2.9')] },
    });
    expect(await fixture.resultOf(withAddress, OPERATOR)).toBe(1000);
  });

  it('finds delegations that come while it waits', async () => {
    const fixture = await openRegister();
    await registerDomain(fixture, 'one.tld');
    await fixture.send(create('ns1.one.tld', [v4('192.0.2.1')]));
    const names = Array.from({ length: 20 }, (_, at) => `d${at}x.tld`);
    await Promise.all([
      ...names.map((name) => registerDomain(fixture, name, ALPHA, ['ns1.one.tld']).catch(() => {})),
      fixture.send(update('ns1.one.tld', { rename: 'ns2.one.tld' })),
    ]);
    expect(await fixture.register.domainsOfHost('ns1.one.tld', 100)).toEqual([]);
    const domains = await Promise.all(names.map((name) => fixture.register.domain(name)));
    const servers = domains.flatMap((domain) => domain?.nameservers ?? []);
    expect(new Set(servers)).toEqual(new Set(['ns2.one.tld']));
  });
});

describe('host:delete', () => {
  it('takes a host that nobody uses', async () => {
    const { send, register, resultOf } = await openWithHosts();
    await send(create('ns7.one.tld'));
    expect(await resultOf({ kind: 'host:delete', name: 'NS7.one.tld' })).toBe(1000);
    expect(await register.host('ns7.one.tld')).toBeUndefined();
  });

  it.each<[string, string, number, string?]>([
    ['a host in use', 'ns1.one.tld', 2305],
    ['a host that is not there', 'ns9.one.tld', 2303],
    ['a host of another', 'ns1.one.tld', 2201, BETA],
    ['what is no name', 'ns1', 2005],
  ])('refuses %s', async (_what, name, result, from) => {
    const { resultOf } = await openWithHosts();
    expect(await resultOf({ kind: 'host:delete', name }, from)).toBe(result);
  });

  it.each(['clientDeleteProhibited', 'serverDeleteProhibited'] as const)(
    'is forbidden by %s',
    async (name) => {
      const { send, resultOf } = await openWithHosts();
      await send(create('ns7.one.tld'));
      const from = name.startsWith('server') ? OPERATOR : ALPHA;
      await send(update('ns7.one.tld', { add: { statuses: [status(name)] } }), from);
      expect(await resultOf({ kind: 'host:delete', name: 'ns7.one.tld' })).toBe(2304);
    },
  );

  it('shows the sponsor what the operator has deleted', async () => {
    const { send } = await openWithHosts();
    await send(create('ns7.one.tld', [v4('192.0.2.7')]));
    await send({ kind: 'host:delete', name: 'ns7.one.tld' }, OPERATOR);
    const { result, data } = await send({ kind: 'poll:req' });
    expect(result).toBe(1301);
    expect(data).toMatchObject({
      count: 1,
      message: {
        data: {
          state: 'before',
          operation: 'delete',
          object: { type: 'host', value: { name: 'ns7.one.tld', addresses: ['192.0.2.7'] } },
        },
      },
    });
  });
});
