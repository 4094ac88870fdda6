// Who may update what: the lists of the configuration, the zone's metadata, the scope of a key.
import { describe, expect, it } from 'vitest';
import { ScopeRule } from '#access/scope.ts';
import { UpdatePermissions } from '#app/adapters/update-permissions.ts';
import type { UpdateGrant } from '#app/config/update-section.ts';
import { openClock } from '#base/clock.ts';
import { nameKey, parseName } from '#dns/wire/name.ts';
import { typeOfMnemonic } from '#dns/wire/rdata/registry.ts';

const ZONE = parseName('example.com.');
const SCOPED = new ScopeRule({ write: true, suffixes: ['dyn.example.com.'], types: ['A'] });
const keys = new Map(
  [
    { name: parseName('acme.') },
    { name: parseName('other.') },
    { name: parseName('scoped.'), rule: SCOPED },
  ].map((key) => [
    nameKey(key.name),
    {
      algorithm: 'hmac-sha256' as const,
      secret: new Uint8Array(32),
      origin: 'store' as const,
      ...key,
    },
  ]),
);

interface Asked {
  grants?: (string | UpdateGrant)[];
  key?: string;
  address?: string;
  metadata?: Record<string, string[]>;
  /** `NAME TYPE`, or `NAME` for all types of it. */
  touches?: string[];
}

function refusal({ grants = [], key, address = '192.0.2.9', metadata = {}, touches = [] }: Asked) {
  const policy = new UpdatePermissions({
    keys: { find: (name) => keys.get(nameKey(name)) },
    grants: grants.map((grant) => (typeof grant === 'string' ? { entry: grant } : grant)),
    clock: openClock({ kind: 'system' }),
  });
  return policy.findRefusal({
    asker: { peer: { address }, key: key === undefined ? undefined : { name: parseName(key) } },
    zone: ZONE,
    metadata,
    touches: touches.map((touch) => {
      const [name = '', type] = touch.split(' ');
      return {
        owner: parseName(name),
        type: type === undefined ? undefined : typeOfMnemonic(type),
      };
    }),
  });
}

const www = ['www.example.com. A'];

describe('updates are refused', () => {
  it.each<[string, Asked, string]>([
    ['by default', {}, '192.0.2.9 may not update zone example.com.'],
    ['for a key on no list', { key: 'acme.' }, 'key acme. may not update zone example.com.'],
    ['for another key', { key: 'other.', grants: ['key:acme'] }, 'key other. may not'],
    ['from elsewhere', { grants: ['198.51.100.0/24'] }, '192.0.2.9 may not'],
    [
      'with a key from elsewhere',
      { key: 'acme.', grants: ['key:acme@198.51.100.0/24'] },
      'key acme.',
    ],
  ])('%s', (_what, asked, why) => {
    expect(refusal({ touches: www, ...asked })).toContain(why);
  });
});

describe('the list of the configuration', () => {
  it.each<[string, Asked]>([
    ['a key', { key: 'acme.', grants: ['key:acme'] }],
    ['an address', { grants: ['192.0.2.0/24'] }],
    ['a key with a network', { key: 'acme.', grants: ['key:acme@192.0.2.0/24'] }],
  ])('lets %s change everything', (_what, asked) => {
    expect(refusal({ ...asked, touches: ['www.example.com. A', 'example.com.'] })).toBeUndefined();
  });

  it('narrows a key to names, those below suffixes, and types', () => {
    const scope = { write: true, types: ['TXT'] };
    const grant: UpdateGrant = {
      entry: 'key:acme.',
      names: ['_acme-challenge.example.com.'],
      suffixes: ['sub.example.com.'],
      scope,
    };
    const ask = (...touches: string[]) => refusal({ key: 'acme.', grants: [grant], touches });
    expect(ask('_ACME-challenge.example.com. TXT')).toBeUndefined();
    expect(ask('a.sub.example.com. TXT', 'sub.example.com. TXT')).toBeUndefined();
    expect(ask('a._acme-challenge.example.com. TXT')).toContain('not name a._acme-challenge');
    expect(ask('_acme-challenge.example.com. A')).toContain('only TXT');
    expect(ask('_acme-challenge.example.com.')).toContain('records of every type');
    expect(ask('a.sub.example.com. TXT', 'www.example.com. TXT')).toContain('not name www');
    expect(ask()).toBeUndefined();
  });

  it('lets by any of its entries', () => {
    const narrow = { entry: 'key:acme.', names: ['a.example.com.'] };
    expect(refusal({ key: 'acme.', grants: [narrow, 'key:acme.'], touches: www })).toBeUndefined();
  });

  it('counts as it is read again', () => {
    const options = { keys: { find: () => undefined }, clock: openClock({ kind: 'system' }) };
    const policy = new UpdatePermissions({ ...options, grants: [{ entry: '192.0.2.9' }] });
    const asker = { peer: { address: '192.0.2.9' } };
    const wanted = { asker, zone: ZONE, metadata: {}, touches: [] };
    expect(policy.findRefusal(wanted)).toBeUndefined();
    policy.configure([]);
    expect(policy.findRefusal(wanted)).toBeDefined();
  });
});

describe('the metadata of a zone', () => {
  const tsig = { 'TSIG-ALLOW-DNSUPDATE': ['acme'] };
  const from = { 'ALLOW-DNSUPDATE-FROM': ['192.0.2.0/24', '2001:db8::/32'] };

  it.each<[string, Asked, boolean]>([
    ['its key', { key: 'acme.', metadata: tsig }, true],
    ['another key', { key: 'other.', metadata: tsig }, false],
    ['no key', { metadata: tsig }, false],
    ['its network', { metadata: from }, true],
    ['its other network', { metadata: from, address: '2001:db8::1' }, true],
    ['elsewhere', { metadata: from, address: '203.0.113.1' }, false],
    ['both', { key: 'acme.', metadata: { ...tsig, ...from } }, true],
    [
      'its key from elsewhere',
      { key: 'acme.', metadata: { ...tsig, ...from }, address: '203.0.113.1' },
      false,
    ],
    ['its network without the key', { metadata: { ...tsig, ...from } }, false],
    [
      'several keys in one value',
      { key: 'acme.', metadata: { 'TSIG-ALLOW-DNSUPDATE': ['a., acme'] } },
      true,
    ],
    ['what cannot be read', { metadata: { 'ALLOW-DNSUPDATE-FROM': ['300.0.0.1'] } }, false],
  ])('lets or refuses %s', (_what, asked, isLet) => {
    expect(refusal({ ...asked, touches: www }) === undefined).toBe(isLet);
  });

  it('that names keys makes an address of the configuration not enough, a key of it is', () => {
    expect(refusal({ grants: ['192.0.2.9'], metadata: tsig, touches: www })).toBeDefined();
    const broken = { 'TSIG-ALLOW-DNSUPDATE': ['..'] };
    expect(refusal({ grants: ['192.0.2.9'], metadata: broken, touches: www })).toBeDefined();
    const other: Asked = { key: 'other.', grants: ['key:other'], metadata: tsig, touches: www };
    expect(refusal(other)).toBeUndefined();
  });
});

describe('the scope of a key', () => {
  it('lets it change that, on no list at all', () => {
    expect(refusal({ key: 'scoped.', touches: ['a.dyn.example.com. A'] })).toBeUndefined();
  });

  it('and nothing else, on whatever list it is', () => {
    const asked: Asked = { key: 'scoped.', grants: ['key:scoped', '192.0.2.9'] };
    expect(refusal({ ...asked, touches: www })).toContain('the scope of key scoped.');
    expect(refusal({ ...asked, touches: ['a.dyn.example.com. TXT'] })).toContain('only A');
    expect(refusal({ ...asked, touches: ['a.dyn.example.com.'] })).toContain('every type');
  });
});
