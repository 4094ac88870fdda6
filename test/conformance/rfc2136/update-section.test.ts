// RFC 2136 sections 2.5 and 3.4: the update section. First what is refused for its form, then each
// form of an update with what is ignored in silence.
import { describe, expect, it } from 'vitest';
import { useUpdates } from '../../kit/update-exchange.ts';
import { readStep, type UpdateRecord } from '../../kit/update-message.ts';

const ZONE = 'example.test.';
const server = useUpdates({
  zones: {
    [ZONE]: '$TTL 60\n@ SOA ns host 7 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n',
    'apex.test.': `$TTL 60
@ SOA ns host 7 2 3 4 5
@ NS ns
@ NS ns2
@ TXT "at the apex"
@ MX 10 ns
ns A 192.0.2.1
ns2 A 192.0.2.2
`,
    'wrap.test.': '$TTL 60\n@ SOA ns host 4294967295 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n',
  },
});

async function update(...updates: (string | UpdateRecord)[]): Promise<string> {
  return (await server.update({ zone: ZONE, updates })).rcode;
}

async function updateApex(...updates: (string | UpdateRecord)[]): Promise<string> {
  return (await server.update({ zone: 'apex.test.', updates })).rcode;
}

describe('RFC 2136 section 3.4.1: what is looked at before anything is done', () => {
  it.each<[string, string | UpdateRecord, string]>([
    ['an addition out of the zone', 'add www.other.test. 60 A 192.0.2.1', 'NOTZONE'],
    ['a deletion out of the zone', 'delete www.other.test.', 'NOTZONE'],
    ['the parent of the zone', 'add test. 60 A 192.0.2.1', 'NOTZONE'],
    ['class CH', { ...readStep('add f.example.test. 60 A 192.0.2.1'), class: 3 }, 'FORMERR'],
    ['an addition of type ANY', { ...readStep('delete f.example.test.'), class: 1 }, 'FORMERR'],
    [
      'an addition of type AXFR',
      { ...readStep('delete f.example.test.'), class: 1, type: 252 },
      'FORMERR',
    ],
    [
      'an addition of type MAILA',
      { ...readStep('delete f.example.test.'), class: 1, type: 254 },
      'FORMERR',
    ],
    [
      'an addition of type MAILB',
      { ...readStep('delete f.example.test.'), class: 1, type: 253 },
      'FORMERR',
    ],
    [
      'an addition of a meta type without a name',
      { ...readStep('delete f.example.test.'), class: 1, type: 200 },
      'FORMERR',
    ],
    ['a deletion with a TTL', { ...readStep('delete f.example.test. A'), ttl: 1 }, 'FORMERR'],
    [
      'a deletion of a name with a TTL',
      { ...readStep('delete f.example.test.'), ttl: 1 },
      'FORMERR',
    ],
    [
      'a deletion of a record with a TTL',
      { ...readStep('delete f.example.test. A 192.0.2.1'), ttl: 1 },
      'FORMERR',
    ],
    [
      'a deletion of an RRset with data',
      { ...readStep('delete f.example.test. A 192.0.2.1'), class: 255 },
      'FORMERR',
    ],
    [
      'a deletion of RRsets of type AXFR',
      { ...readStep('delete f.example.test.'), type: 252 },
      'FORMERR',
    ],
    [
      'a deletion of a record of type ANY',
      { ...readStep('delete f.example.test.'), class: 254 },
      'FORMERR',
    ],
    [
      'an A record of three octets',
      { ...readStep('add f.example.test. 60 A 192.0.2.1'), rdata: Uint8Array.of(1, 2, 3) },
      'FORMERR',
    ],
    [
      'an A record without data',
      { ...readStep('add f.example.test. 60 A 192.0.2.1'), rdata: new Uint8Array() },
      'FORMERR',
    ],
  ])('%s', async (_what, wrong, rcode) => {
    const good = 'add good.example.test. 60 A 192.0.2.1';
    expect(await update(good, wrong)).toBe(rcode);
    expect(await server.records('good.example.test.', 'A')).toEqual([]);
    expect(await server.serial(ZONE)).toBe(7);
  });
});

describe('RFC 2136 section 3.4.2.2: add to an RRset', () => {
  it('makes it, and adds to one that is there', async () => {
    expect(await update('add a1.example.test. 60 A 192.0.2.1')).toBe('NOERROR');
    expect(await update('add A1.example.test. 60 A 192.0.2.2')).toBe('NOERROR');
    expect(await server.records('a1.example.test.', 'A')).toEqual([
      '60 A 192.0.2.1',
      '60 A 192.0.2.2',
    ]);
  });

  it('takes a record that is there already as made, and no new version of it', async () => {
    expect(await update('add a2.example.test. 60 MX 10 a2.example.test.')).toBe('NOERROR');
    const serial = await server.serial(ZONE);
    expect(await update('add a2.example.test. 60 MX 10 A2.example.test.')).toBe('NOERROR');
    expect(await server.serial(ZONE)).toBe(serial);
  });

  it('gives the whole set the TTL of the last record (RFC 2181 section 5.2)', async () => {
    await update('add a3.example.test. 60 A 192.0.2.1', 'add a3.example.test. 60 A 192.0.2.2');
    expect(await update('add a3.example.test. 300 A 192.0.2.2')).toBe('NOERROR');
    const both = ['300 A 192.0.2.1', '300 A 192.0.2.2'];
    expect(await server.records('a3.example.test.', 'A')).toEqual(both);
  });

  it('ignores a CNAME beside other data, and goes on with the rest', async () => {
    await update('add a4.example.test. 60 A 192.0.2.1');
    expect(
      await update(
        'add a4.example.test. 60 CNAME ns.example.test.',
        'add a4b.example.test. 60 A 192.0.2.4',
      ),
    ).toBe('NOERROR');
    expect(await server.records('a4.example.test.', 'A')).toEqual(['60 A 192.0.2.1']);
    expect(await server.records('a4b.example.test.', 'A')).toEqual(['60 A 192.0.2.4']);
  });

  it('ignores other data beside a CNAME', async () => {
    await update('add a5.example.test. 60 CNAME ns.example.test.');
    expect(await update('add a5.example.test. 60 A 192.0.2.1')).toBe('NOERROR');
    expect(await server.records('a5.example.test.', 'CNAME')).toEqual([
      '60 CNAME ns.example.test.',
    ]);
  });

  it('replaces a CNAME by a CNAME', async () => {
    await update('add a6.example.test. 60 CNAME ns.example.test.');
    expect(await update('add a6.example.test. 90 CNAME other.test.')).toBe('NOERROR');
    expect(await server.records('a6.example.test.', 'CNAME')).toEqual(['90 CNAME other.test.']);
  });

  it('goes by what the same message did before', async () => {
    await update('add a7.example.test. 60 A 192.0.2.1');
    const steps = ['delete a7.example.test.', 'add a7.example.test. 60 CNAME ns.example.test.'];
    expect(await update(...steps)).toBe('NOERROR');
    expect(await server.records('a7.example.test.', 'CNAME')).toEqual([
      '60 CNAME ns.example.test.',
    ]);
  });

  it('takes types that it does not know (RFC 3597)', async () => {
    expect(await update('add a8.example.test. 60 TYPE65280 \\# 3 010203')).toBe('NOERROR');
    expect(await update('delete a8.example.test. TYPE65280 \\# 3 010203')).toBe('NOERROR');
  });

  it('takes a TTL with the highest bit set as zero (RFC 2181 section 8)', async () => {
    const wide = { ...readStep('add a9.example.test. 0 A 192.0.2.1'), ttl: 0x8000_0001 };
    expect(await update(wide)).toBe('NOERROR');
  });

  it('ignores an SOA below the apex', async () => {
    expect(await update('add a10.example.test. 60 SOA a. b. 1 2 3 4 5')).toBe('NOERROR');
    expect(await server.records('a10.example.test.', 'SOA')).toEqual([]);
  });
});

describe('RFC 2136 section 3.4.2.3 and 3.4.2.4: deletions', () => {
  it('take an RRset, and leave the others of the name', async () => {
    await update('add d1.example.test. 60 A 192.0.2.1', 'add d1.example.test. 60 TXT "x"');
    expect(await update('delete D1.example.test. A')).toBe('NOERROR');
    expect(await server.records('d1.example.test.', 'A')).toEqual([]);
    expect(await server.records('d1.example.test.', 'TXT')).toEqual(['60 TXT "x"']);
  });

  it('take all RRsets of a name', async () => {
    await update('add d2.example.test. 60 A 192.0.2.1', 'add d2.example.test. 60 TXT "x"');
    expect(await update('delete d2.example.test.')).toBe('NOERROR');
    expect(
      await server.update({ zone: ZONE, prerequisites: ['nxdomain d2.example.test.'] }),
    ).toMatchObject({ rcode: 'NOERROR' });
  });

  it('take one record, names in its data compared without case', async () => {
    await update('add d3.example.test. 60 MX 10 A.test.', 'add d3.example.test. 60 MX 20 b.test.');
    expect(await update('delete d3.example.test. MX 10 a.TEST.')).toBe('NOERROR');
    expect(await server.records('d3.example.test.', 'MX')).toEqual(['60 MX 20 b.test.']);
  });

  it.each([
    'delete no.example.test.',
    'delete no.example.test. A',
    'delete no.example.test. A 192.0.2.1',
    'delete ns.example.test. TXT',
    'delete ns.example.test. A 192.0.2.200',
  ])('of what is not there is done, without a new version: %s', async (step) => {
    const serial = await server.serial(ZONE);
    expect(await update(step)).toBe('NOERROR');
    expect(await server.serial(ZONE)).toBe(serial);
  });

  it('at the apex never take SOA and NS sets', async () => {
    expect(await updateApex('delete apex.test. SOA', 'delete apex.test. NS')).toBe('NOERROR');
    expect(await server.records('apex.test.', 'NS')).toHaveLength(2);
    expect(await updateApex('delete apex.test.')).toBe('NOERROR');
    expect(await server.records('apex.test.', 'NS')).toHaveLength(2);
    expect(await server.records('apex.test.', 'SOA')).toHaveLength(1);
    expect(await server.records('apex.test.', 'TXT')).toEqual([]);
    expect(await server.records('apex.test.', 'MX')).toEqual([]);
  });

  it('never take the SOA record, nor the last NS record of the apex', async () => {
    const serial = await server.serial('apex.test.');
    const soa = `delete apex.test. SOA ns.apex.test. host.apex.test. ${serial} 2 3 4 5`;
    expect(await updateApex(soa)).toBe('NOERROR');
    expect(await server.serial('apex.test.')).toBe(serial);
    const both = ['ns', 'ns2'].map((host) => `delete apex.test. NS ${host}.apex.test.`);
    expect(await updateApex(...both)).toBe('NOERROR');
    expect(await server.records('apex.test.', 'NS')).toEqual(['60 NS ns2.apex.test.']);
  });

  it('below the apex take the last NS record', async () => {
    await update('add d5.example.test. 60 NS ns.d5.example.test.');
    const present = { zone: ZONE, prerequisites: ['yxrrset d5.example.test. NS'] };
    expect((await server.update(present)).rcode).toBe('NOERROR');
    expect(await update('delete d5.example.test. NS ns.d5.example.test.')).toBe('NOERROR');
    expect((await server.update(present)).rcode).toBe('NXRRSET');
  });
});

describe('RFC 2136 section 3.6: the serial', () => {
  it('rises with every update that changes something, and once for many', async () => {
    const before = await server.serial(ZONE);
    await update('add s1.example.test. 60 A 192.0.2.1', 'add s2.example.test. 60 A 192.0.2.1');
    const after = await server.serial(ZONE);
    expect((after - before) | 0).toBeGreaterThan(0);
    await update('add s1.example.test. 60 A 192.0.2.1');
    expect(await server.serial(ZONE)).toBe(after);
  });

  it('is that of a newer SOA, which is taken as it is', async () => {
    const serial = (await server.serial(ZONE)) + 1000;
    expect(
      await update(
        `add example.test. 90 SOA ns.example.test. host.example.test. ${serial} 9 8 7 6`,
      ),
    ).toBe('NOERROR');
    expect(await server.records('example.test.', 'SOA')).toEqual([
      `90 SOA ns.example.test. host.example.test. ${serial} 9 8 7 6`,
    ]);
  });

  it.each([0, -5])('ignores an SOA whose serial is not newer (%i)', async (step) => {
    const [before] = await server.records('example.test.', 'SOA');
    const serial = (await server.serial(ZONE)) + step;
    expect(await update(`add example.test. 11 SOA x. y. ${serial} 1 1 1 1`)).toBe('NOERROR');
    expect(await server.records('example.test.', 'SOA')).toEqual([before]);
  });

  it('goes on behind the highest number (RFC 1982)', async () => {
    const { rcode } = await server.update({
      zone: 'wrap.test.',
      updates: ['add a.wrap.test. 60 A 192.0.2.1'],
    });
    expect(rcode).toBe('NOERROR');
    expect((await server.serial('wrap.test.')) | 0).toBeGreaterThanOrEqual(0);
  });
});

describe('RFC 2136 section 3.7: an update is made whole or not at all', () => {
  it('when the last record is out of the zone', async () => {
    const steps = ['add w.example.test. 60 A 192.0.2.1', 'add w.other.test. 60 A 192.0.2.1'];
    expect(await update(...steps)).toBe('NOTZONE');
    expect(await server.records('w.example.test.', 'A')).toEqual([]);
  });

  it('with as many records as a message over TCP has room for', async () => {
    const updates = Array.from(
      { length: 1500 },
      (_, index) => `add m${index}.many.example.test. 60 A 192.0.2.1`,
    );
    const { rcode } = await server.update({ zone: ZONE, updates }, 'tcp');
    expect(rcode).toBe('NOERROR');
    expect(await server.records('m1499.many.example.test.', 'A')).toEqual(['60 A 192.0.2.1']);
  });
});
