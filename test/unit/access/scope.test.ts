// What a scope allows, part by part and together, and which texts it takes.
import { describe, expect, it } from 'vitest';
import { type Scope, type ScopedAct, ScopeRule } from '#access/scope.ts';
import { parseName } from '#dns/wire/name.ts';
import { typeOfMnemonic } from '#dns/wire/rdata/registry.ts';

interface Wanted {
  zone?: string;
  name?: string;
  type?: string;
  write?: boolean;
  part?: boolean;
  address?: string;
  nowMs?: number;
}

function actOf({ zone = 'example.com.', name, type, write = true, ...rest }: Wanted): ScopedAct {
  const code = type === undefined ? undefined : typeOfMnemonic(type);
  return {
    zone: parseName(zone),
    ...(name !== undefined && { owner: parseName(name) }),
    ...(code !== undefined && { type: code }),
    write,
    nowMs: 0,
    ...rest,
  };
}

/** What the scope lacks for the act; `undefined` when it is allowed. */
function lacks(scope: Partial<Scope>, wanted: Wanted): string | undefined {
  return new ScopeRule({ write: true, ...scope }).findRefusal(actOf(wanted))?.lacks;
}

describe('a scope without limits', () => {
  it('allows everything', () => {
    expect(lacks({}, {})).toBeUndefined();
    expect(lacks({}, { zone: '.', name: 'a.', type: 'SOA', address: '::1' })).toBeUndefined();
  });

  it('that does not write allows reading alone', () => {
    expect(lacks({ write: false }, { write: false })).toBeUndefined();
    expect(lacks({ write: false }, {})).toBe('write');
  });
});

describe('a scope of zones', () => {
  const scope = { zones: ['Example.COM.'] };

  it('allows these in any case, and no zone above or below', () => {
    expect(lacks(scope, { zone: 'EXAMPLE.com.' })).toBeUndefined();
    expect(lacks(scope, { zone: 'sub.example.com.' })).toBe('zone');
    expect(lacks(scope, { zone: 'com.' })).toBe('zone');
  });
});

describe('a scope of suffixes', () => {
  const scope = { suffixes: ['dyn.example.com.'] };

  it('allows names at or below, by whole labels', () => {
    expect(lacks(scope, { name: 'dyn.example.com.' })).toBeUndefined();
    expect(lacks(scope, { name: 'a.b.DYN.example.com.' })).toBeUndefined();
    expect(lacks(scope, { name: 'example.com.' })).toBe('name');
    expect(lacks(scope, { name: 'xdyn.example.com.' })).toBe('name');
    expect(lacks(scope, { name: '*.example.com.' })).toBe('name');
  });

  it('allows a zone as a whole only when all its names are below', () => {
    expect(lacks(scope, {})).toBe('name');
    expect(lacks(scope, { part: true })).toBeUndefined();
    expect(lacks(scope, { name: 'example.com.', part: true })).toBe('name');
    expect(lacks(scope, { zone: 'a.dyn.example.com.' })).toBeUndefined();
    expect(lacks(scope, { zone: 'example.org.', part: true })).toBe('zone');
    expect(lacks(scope, { zone: 'other.example.com.', part: true })).toBe('zone');
  });
});

describe('a scope of types', () => {
  const scope = { types: ['txt', 'TYPE257'] };

  it('allows these, and nothing that touches every type', () => {
    expect(lacks(scope, { name: 'a.example.com.', type: 'TXT' })).toBeUndefined();
    expect(lacks(scope, { name: 'a.example.com.', type: 'CAA' })).toBeUndefined();
    expect(lacks(scope, { name: 'a.example.com.', type: 'CNAME' })).toBe('type');
    expect(lacks(scope, { name: 'a.example.com.' })).toBe('type');
    expect(lacks(scope, {})).toBe('type');
    expect(lacks(scope, { part: true })).toBeUndefined();
  });
});

describe('a scope of networks and time', () => {
  const scope = { networks: ['192.0.2.0/24', '2001:db8::/32'], expiresAtMs: 1_000 };

  it('allows these addresses, an IPv4 address in IPv6 dress too, and none that is unknown', () => {
    expect(lacks(scope, { address: '192.0.2.9' })).toBeUndefined();
    expect(lacks(scope, { address: '::ffff:192.0.2.9' })).toBeUndefined();
    expect(lacks(scope, { address: '2001:db8:1::1' })).toBeUndefined();
    expect(lacks(scope, { address: '198.51.100.1' })).toBe('network');
    expect(lacks(scope, { address: 'fe80::1%eth0' })).toBe('network');
    expect(lacks(scope, {})).toBe('network');
  });

  it('allows nothing from its end on', () => {
    expect(lacks(scope, { address: '192.0.2.9', nowMs: 999 })).toBeUndefined();
    expect(lacks(scope, { address: '192.0.2.9', nowMs: 1_000 })).toBe('time');
  });
});

describe('the text of a scope', () => {
  it('is given back in canonical form', () => {
    const given = { zones: ['A.'], suffixes: ['B.C.'], types: ['txt', 'type65'], write: true };
    expect(new ScopeRule(given).scope).toEqual({
      zones: ['a.'],
      suffixes: ['b.c.'],
      types: ['TXT', 'HTTPS'],
      write: true,
    });
  });

  it.each([
    ['a zone without final dot', { zones: ['example.com'] }],
    ['a suffix that is no name', { suffixes: ['a..b.'] }],
    ['an unknown type', { types: ['TEXT'] }],
    ['a network with bits behind its prefix', { networks: ['192.0.2.1/24'] }],
    ['a list that is empty', { types: [] }],
    ['a list that is too long', { zones: Array.from({ length: 1_001 }, (_, at) => `z${at}.`) }],
    ['a time that is none', { expiresAtMs: Number.NaN }],
  ])('%s is refused', (_, part) => {
    const invalid = expect.objectContaining({ code: 'ACCESS_SCOPE_INVALID' });
    expect(() => new ScopeRule({ write: true, ...part })).toThrow(invalid);
  });

  it('says in words what it lacks, and shows at most five entries', () => {
    const zones = ['a.', 'b.', 'c.', 'd.', 'e.', 'f.'];
    const refusal = new ScopeRule({ write: true, zones }).findRefusal(actOf({}));
    expect(refusal?.message).toBe("not zone 'example.com.', only a., b., c., d., e., …");
  });
});
