/** search-data: patterns, what is found and in which form, and what a search may cost. */
import { assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeClockCell, openClock } from '#base/clock.ts';
import { SEARCH_KINDS, search } from '#http/api/powerdns/search.ts';
import { SearchPattern } from '#http/api/powerdns/search-pattern.ts';
import {
  type AdminFixture,
  createExampleZone,
  read,
  startAdmin,
  ZONES,
} from '../../../../kit/admin/admin-fixture.ts';

const SEARCH = '/api/v1/servers/localhost/search-data';

async function withZones(): Promise<AdminFixture> {
  const admin = await startAdmin();
  await createExampleZone(admin);
  await createExampleZone(admin, 'other.net.');
  await admin.call('PATCH', `${ZONES}/example.org.`, {
    rrsets: [
      {
        name: 'www.example.org.',
        type: 'A',
        changetype: 'REPLACE',
        comments: [{ content: 'the shop', account: 'me' }],
      },
      {
        name: 'alias.example.org.',
        type: 'CNAME',
        ttl: 60,
        changetype: 'REPLACE',
        records: [{ content: 'www.example.org.', disabled: true }],
      },
    ],
  });
  return admin;
}

async function found(admin: AdminFixture, query: string): Promise<Record<string, unknown>[]> {
  const { status, body } = await read(await admin.call('GET', `${SEARCH}?${query}`));
  expect(status).toBe(200);
  return body as Record<string, unknown>[];
}

describe('search-data', () => {
  it('finds zones, records and comments, in that order, in PowerDNS’s form', async () => {
    const admin = await withZones();
    const place = { zone: 'example.org.', zone_id: 'example.org.' };
    expect(await found(admin, 'q=www.example.org')).toEqual([
      {
        object_type: 'record',
        ...place,
        name: 'alias.example.org.',
        type: 'CNAME',
        ttl: 60,
        content: 'www.example.org.',
        disabled: true,
      },
      {
        object_type: 'record',
        ...place,
        name: 'www.example.org.',
        type: 'A',
        ttl: 300,
        content: '192.0.2.1',
        disabled: false,
      },
      {
        object_type: 'comment',
        ...place,
        name: 'www.example.org.',
        type: 'A',
        content: 'the shop',
      },
    ]);
    expect(await found(admin, 'q=example.org.')).toContainEqual({
      object_type: 'zone',
      name: 'example.org.',
      zone_id: 'example.org.',
    });
    expect(admin.zones.openViewCount).toBe(0);
  });

  it('takes * and ?, in any case, for the whole of a name or content', async () => {
    const admin = await withZones();
    const names = async (query: string) =>
      (await found(admin, query)).map(({ name }) => name as string);
    expect(await names('q=www')).toEqual([]);
    expect(await names('q=WWW*&object_type=record')).toEqual([
      'www.other.net.',
      'alias.example.org.',
      'www.example.org.',
    ]);
    expect(await names('q=192.0.2.?')).toEqual(['www.other.net.', 'www.example.org.']);
    expect(await names('q=*shop')).toEqual(['www.example.org.']);
    expect(await names('q=*&object_type=zone')).toEqual(['other.net.', 'example.org.']);
    expect(await names('q=%25')).toEqual([]);
  });

  it('stops at as many of each kind as are wanted', async () => {
    const admin = await withZones();
    const kinds = (await found(admin, 'q=*&max=1')).map(({ object_type }) => object_type);
    expect(kinds).toEqual(['zone', 'record', 'comment']);
    expect(await found(admin, 'q=*&object_type=record&max=3')).toHaveLength(3);
    expect(admin.zones.openViewCount).toBe(0);
  });

  it.each([
    ['', "Query q can't be blank"],
    ['q=', "Query q can't be blank"],
    ['q=x&max=0', 'Maximum entries must be larger than 0'],
    ['q=x&max=x', 'Maximum entries must be larger than 0'],
    ['q=x&object_type=rrset', 'object_type must be one of'],
    [`q=${'x'.repeat(2000)}`, 'Query q may have'],
  ])('refuses %s', async (query, phrase) => {
    const admin = await startAdmin();
    const { status, body } = await read(await admin.call('GET', `${SEARCH}?${query}`));
    expect(status).toBe(422);
    expect((body as { error: string }).error).toContain(phrase);
  });

  it('shows to a token what it may read', async () => {
    const admin = await withZones();
    const scope = { write: false, zones: ['example.org.'], types: ['A'] };
    const { secret } = await admin.parts.access.tokens.create('a', scope, 0);
    const response = await admin.call('GET', `${SEARCH}?q=*`, undefined, { 'x-api-key': secret });
    const seen = (await response.json()) as { zone?: string; name: string; type?: string }[];
    expect(seen.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'example.org. undefined',
      'www.example.org. A',
      'www.example.org. A',
    ]);
  });

  it('says that it is incomplete when its time or its room is over', async () => {
    const admin = await withZones();
    const clock = openClock({ kind: 'cell', cell: makeClockCell(0) });
    const order = {
      pattern: new SearchPattern('*'),
      kinds: new Set(SEARCH_KINDS),
      max: 100,
      mayReadZone: () => true,
      mayReadRrset: () => true,
    };
    const roomless = await search(admin.zones, clock, order, { timeMs: 1, charactersMax: 5 });
    expect(roomless.complete).toBe(false);
    expect(roomless.found.length).toBeLessThan(20);
    const late = await search(admin.zones, clock, order, { timeMs: -1, charactersMax: 1000 });
    expect(late).toEqual({ found: [], complete: false });
    const whole = await search(admin.zones, clock, order, { timeMs: 1, charactersMax: 100_000 });
    expect(whole.complete).toBe(true);
  });
});

describe('a pattern', () => {
  it('matches as the regular expression does that it stands for', () => {
    const letters = constantFrom('a', 'b', '*', '?', '.');
    assert(
      property(
        string({ unit: letters, maxLength: 8 }),
        string({ unit: constantFrom('a', 'b', '.'), maxLength: 10 }),
        (pattern, text) => {
          const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
          expect(new SearchPattern(pattern).matches(text)).toBe(
            new RegExp(`^${source}$`, 's').test(text),
          );
        },
      ),
    );
  });

  it('of many stars takes no time over a long text', () => {
    const pattern = new SearchPattern(`${'*a'.repeat(200)}b`);
    expect(pattern.matches('a'.repeat(20_000))).toBe(false);
  });
});
