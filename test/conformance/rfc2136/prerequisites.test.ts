// RFC 2136 sections 2.4 and 3.2: prerequisites. Every one is tried where it holds and where it fails,
// and an update whose prerequisite fails changes nothing.
import { describe, expect, it } from 'vitest';
import { useUpdates } from '../../kit/update-exchange.ts';
import { readStep, type UpdateRecord } from '../../kit/update-message.ts';

const ZONE = 'example.test.';
const server = useUpdates({
  zones: {
    [ZONE]: `$TTL 60
@ SOA ns host 1 2 3 4 5
@ NS ns
ns A 192.0.2.1
two A 192.0.2.1
two A 192.0.2.2
mx MX 10 Mail.Example.Test.
a.deep.empty TXT "below a name without records"
`,
  },
});

/** The RCODE with these prerequisites, and whether the update was made. */
async function tryWith(...prerequisites: (string | UpdateRecord)[]): Promise<[string, boolean]> {
  const name = `p${Math.random().toString(36).slice(2)}.${ZONE}`;
  const updates = [`add ${name} 60 A 192.0.2.9`];
  const { rcode } = await server.update({ zone: ZONE, prerequisites, updates });
  return [rcode, (await server.records(name, 'A')).length === 1];
}

const MADE: [string, boolean] = ['NOERROR', true];

describe('RFC 2136 section 3.2: prerequisites', () => {
  it.each([
    [
      '2.4.1 RRset exists',
      'yxrrset two.example.test. A',
      'yxrrset two.example.test. TXT',
      'NXRRSET',
    ],
    ['2.4.1 at no name', 'yxrrset TWO.example.test. A', 'yxrrset no.example.test. A', 'NXRRSET'],
    [
      '2.4.3 RRset does not exist',
      'nxrrset two.example.test. TXT',
      'nxrrset two.example.test. A',
      'YXRRSET',
    ],
    ['2.4.4 name is in use', 'yxdomain two.example.test.', 'yxdomain no.example.test.', 'NXDOMAIN'],
    [
      '2.4.5 name is not in use',
      'nxdomain no.example.test.',
      'nxdomain two.example.test.',
      'YXDOMAIN',
    ],
    ['2.4.4 of the apex', 'yxdomain example.test.', 'yxdomain nope.example.test.', 'NXDOMAIN'],
  ])('%s', async (_what, holds, fails, rcode) => {
    expect(await tryWith(holds)).toEqual(MADE);
    expect(await tryWith(fails)).toEqual([rcode, false]);
  });

  it('2.4.5: a name that only has names below it is not in use', async () => {
    expect(await tryWith('nxdomain deep.empty.example.test.')).toEqual(MADE);
    expect(await tryWith('yxdomain deep.empty.example.test.')).toEqual(['NXDOMAIN', false]);
  });

  it('2.4.2: an RRset is exactly these records, in any order, whatever their case', async () => {
    const [first, second] = [1, 2].map((last) => `yxrrset two.example.test. A 192.0.2.${last}`);
    expect(await tryWith(first ?? '', second ?? '')).toEqual(MADE);
    expect(await tryWith(second ?? '', first ?? '')).toEqual(MADE);
    expect(await tryWith('yxrrset mx.example.test. MX 10 mail.example.test.')).toEqual(MADE);
  });

  it.each([
    ['one too few', ['yxrrset two.example.test. A 192.0.2.1']],
    ['another', ['yxrrset two.example.test. A 192.0.2.1', 'yxrrset two.example.test. A 192.0.2.3']],
    ['one too many', ['1', '2', '3'].map((last) => `yxrrset two.example.test. A 192.0.2.${last}`)],
    ['another type', ['yxrrset two.example.test. TXT "a"']],
    ['another name', ['yxrrset no.example.test. A 192.0.2.1']],
  ])('2.4.2: with %s it fails', async (_what, prerequisites) => {
    expect(await tryWith(...prerequisites)).toEqual(['NXRRSET', false]);
  });

  it('3.2.5: what does not depend on values is looked at first', async () => {
    const wrongValue = 'yxrrset two.example.test. A 192.0.2.77';
    expect(await tryWith(wrongValue, 'nxdomain two.example.test.')).toEqual(['YXDOMAIN', false]);
  });

  it('all must hold', async () => {
    const fails = 'nxrrset two.example.test. A';
    expect(await tryWith('yxdomain two.example.test.', fails)).toEqual(['YXRRSET', false]);
    expect(await tryWith(fails, 'yxdomain two.example.test.')).toEqual(['YXRRSET', false]);
  });

  it.each(['yxdomain', 'nxdomain'])('3.2: %s out of the zone is NOTZONE', async (verb) => {
    expect(await tryWith(`${verb} www.other.test.`)).toEqual(['NOTZONE', false]);
  });

  it.each([
    ['a TTL', { ...readStep('yxdomain two.example.test.'), ttl: 1 }],
    ['a TTL in class NONE', { ...readStep('nxrrset two.example.test. TXT'), ttl: 60 }],
    ['a TTL with a value', { ...readStep('yxrrset two.example.test. A 192.0.2.1'), ttl: 60 }],
    ['class CH', { ...readStep('yxdomain two.example.test.'), class: 3 }],
    ['class HS', { ...readStep('yxrrset two.example.test. A'), class: 4 }],
    ['data in class ANY', { ...readStep('yxrrset two.example.test. A 192.0.2.1'), class: 255 }],
    ['data in class NONE', { ...readStep('yxrrset two.example.test. A 192.0.2.1'), class: 254 }],
    [
      'three octets for an A record',
      { ...readStep('yxrrset two.example.test. A'), class: 1, rdata: Uint8Array.of(1, 2, 3) },
    ],
  ])('3.2: one with %s is a format error', async (_what, prerequisite) => {
    expect(await tryWith(prerequisite)).toEqual(['FORMERR', false]);
  });
});
