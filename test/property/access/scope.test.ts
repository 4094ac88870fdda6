/**
 * Scopes by properties: the judgement agrees with one that is written out in text, and no part of
 * a scope ever allows what the scope without it does not.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Scope, ScopeRule } from '#access/scope.ts';
import { parseName } from '#dns/wire/name.ts';
import { typeOfMnemonic } from '#dns/wire/rdata/registry.ts';

/** Few, and one the end of another, so that they meet often. */
const NAMES = ['.', 'a.', 'ba.', 'b.a.', 'c.b.a.', 'B.A.', 'xb.a.', '*.a.'];
const TYPES = ['A', 'TXT', 'CNAME'];
const RUNS = 2_000;

const name = fc.constantFrom(...NAMES);
const some = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 3 });
const scopes: fc.Arbitrary<Scope> = fc.record(
  {
    write: fc.boolean(),
    zones: some(name),
    suffixes: some(name),
    types: some(fc.constantFrom(...TYPES)),
    expiresAtMs: fc.integer({ min: 0, max: 2 }),
  },
  { requiredKeys: ['write'] },
);
const acts = fc.record(
  {
    zone: name,
    owner: name,
    type: fc.constantFrom(...TYPES),
    write: fc.boolean(),
    part: fc.boolean(),
    nowMs: fc.integer({ min: 0, max: 2 }),
  },
  { requiredKeys: ['zone', 'write', 'nowMs'] },
);
type Act = typeof acts extends fc.Arbitrary<infer T> ? T : never;

function judge(scope: Scope, { zone, owner, type, ...rest }: Act): boolean {
  return new ScopeRule(scope).isAllowed({
    ...rest,
    zone: parseName(zone),
    ...(owner !== undefined && { owner: parseName(owner) }),
    ...(type !== undefined && { type: typeOfMnemonic(type) ?? 0 }),
  });
}

function isUnder(text: string, suffix: string): boolean {
  const [below, above] = [text.toLowerCase(), suffix.toLowerCase()];
  return above === '.' || below === above || below.endsWith(`.${above}`);
}

/** The same in text and with nothing shared. */
function expected({ zones, suffixes, types, write, expiresAtMs }: Scope, act: Act): boolean {
  const { zone, owner, type, part = false } = act;
  if (expiresAtMs !== undefined && act.nowMs >= expiresAtMs) return false;
  if (act.write && !write) return false;
  if (zones?.every((one) => one.toLowerCase() !== zone.toLowerCase())) return false;
  if (suffixes?.every((one) => !isUnder(zone, one) && !isUnder(one, zone))) return false;
  if (owner === undefined && part) return true;
  if (suffixes?.every((one) => !isUnder(owner ?? zone, one))) return false;
  return types === undefined || (type !== undefined && types.includes(type));
}

function isJudgedAsExpected(scope: Scope, act: Act): boolean {
  return judge(scope, act) === expected(scope, act);
}

/** What the scope allows is allowed without any part of it. */
function isNarrowedByEachPart(scope: Scope, act: Act): boolean {
  if (!judge(scope, act)) return true;
  const { zones: _zones, ...anyZone } = scope;
  const { suffixes: _suffixes, ...anyName } = scope;
  const { types: _types, ...anyType } = scope;
  const { expiresAtMs: _expiresAtMs, ...forEver } = scope;
  const wider = [anyZone, anyName, anyType, forEver, { ...scope, write: true }];
  return wider.every((one) => judge(one, act));
}

function isSameAsShown(scope: Scope, act: Act): boolean {
  const shown = JSON.parse(JSON.stringify(new ScopeRule(scope).scope)) as Scope;
  return judge(shown, act) === judge(scope, act);
}

describe('a scope', () => {
  it.each([
    ['judges as the rules say in words', isJudgedAsExpected],
    ['narrows with every part that it has', isNarrowedByEachPart],
    ['means the same when it is read back from what it shows', isSameAsShown],
  ])('%s', (_, check) => {
    const { counterexample } = fc.check(fc.property(scopes, acts, check), { numRuns: RUNS });
    expect(counterexample).toBeNull();
  });
});
