/** The operations of DNS UPDATE (RFC 2136 section 3.4.2), with all that they ignore in silence. */
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { update } from '../../../kit/zone-change.ts';
import {
  contextOf,
  createExample,
  listRecords,
  openTestZoneDb,
  replace,
} from '../../../kit/zone-db.ts';

type Operations = Parameters<typeof createExample>[1] & object;

async function openExample(operations: Operations = [], settings = {}) {
  const db = await openTestZoneDb(await temporaryFolder());
  const zone = await createExample(db.zones, operations, settings);
  const apply = (...steps: string[]) =>
    db.zones.apply({
      zone,
      operations: steps.map(update),
      context: { ...contextOf(), source: 'update' },
    });
  const records = async (name: string) => {
    const all = await listRecords(db.zones, zone);
    const lines = all.filter((line) => line.startsWith(`${name} `));
    return lines.map((line) => line.slice(name.length + 1));
  };
  return { ...db, zone, apply, records };
}

const WWW = 'www.example.com.';
const APEX = 'example.com.';
const SOA = (serial: number) => `ns9.example.com. h.example.com. ${serial} 7200 900 1209600 300`;

describe('adding a record', () => {
  it('makes an RRset, adds to it, and gives the set the TTL that came last', async () => {
    const { apply, records } = await openExample();
    const outcome = await apply(`add ${WWW} 300 A 192.0.2.1`, `add ${WWW} 60 A 192.0.2.2`);
    expect(outcome).toMatchObject({ changed: true, oldSerial: 2, newSerial: 3 });
    expect(await records(WWW)).toEqual(['60 A 192.0.2.1', '60 A 192.0.2.2']);
  });

  it('that is there changes nothing but its TTL', async () => {
    const { apply, records } = await openExample([replace(WWW, 'A', 300, '192.0.2.1')]);
    expect(await apply(`add ${WWW} 300 A 192.0.2.1`)).toMatchObject({ changed: false });
    expect(await apply(`add ${WWW} 60 A 192.0.2.1`)).toMatchObject({ changed: true });
    expect(await records(WWW)).toEqual(['60 A 192.0.2.1']);
  });

  it('is ignored for a CNAME beside other data, and for other data beside a CNAME', async () => {
    const { apply, records } = await openExample([
      replace(WWW, 'A', 300, '192.0.2.1'),
      replace('alias.example.com.', 'CNAME', 300, WWW),
    ]);
    expect(await apply(`add ${WWW} 300 CNAME x.example.`)).toMatchObject({ changed: false });
    expect(await apply('add alias.example.com. 300 A 192.0.2.9')).toMatchObject({ changed: false });
    expect(await records('alias.example.com.')).toEqual(['300 CNAME www.example.com.']);
  });

  it('replaces the CNAME or DNAME that is there', async () => {
    const { apply, records } = await openExample([
      replace('alias.example.com.', 'CNAME', 300, WWW),
      replace('sub.example.com.', 'DNAME', 300, 'a.example.'),
    ]);
    await apply('add alias.example.com. 60 CNAME x.example.', 'add sub.example.com. 60 DNAME b.');
    expect(await records('alias.example.com.')).toEqual(['60 CNAME x.example.']);
    expect(await records('sub.example.com.')).toEqual(['60 DNAME b.']);
    expect(await apply('add sub.example.com. 60 CNAME c.')).toMatchObject({ changed: false });
  });

  it('does not mind a disabled CNAME, nor a CNAME disabled data', async () => {
    const alias = replace('alias.example.com.', 'CNAME', 300, 'x.example.');
    const address = replace(WWW, 'A', 300, '192.0.2.1');
    for (const off of [alias, address]) {
      if (off.kind === 'replace') off.records[0].disabled = true;
    }
    const { apply, records } = await openExample([alias, address]);
    await apply('add alias.example.com. 60 A 192.0.2.9', `add ${WWW} 60 CNAME x.example.`);
    expect(await records('alias.example.com.')).toContain('60 A 192.0.2.9');
    expect(await records(WWW)).toContain('60 CNAME x.example.');
  });

  it('enables a disabled one', async () => {
    const operation = replace(WWW, 'A', 300, '192.0.2.1');
    if (operation.kind === 'replace') operation.records[0].disabled = true;
    const { apply, records } = await openExample([operation]);
    expect(await apply(`add ${WWW} 300 A 192.0.2.1`)).toMatchObject({ newSerial: 3 });
    expect(await records(WWW)).toEqual(['300 A 192.0.2.1']);
  });

  it.each([
    ['of another zone', 'add www.example.org. 60 A 192.0.2.1', 'CHANGE_OUT_OF_ZONE', 'NOTZONE'],
    ['of a type that is signed for', `add ${WWW} 60 NSEC a.example. A`, 'CHANGE_TYPE', undefined],
    [
      'that no name may have',
      `add ${APEX} 60 DS 1 13 2 ${'00'.repeat(32)}`,
      'CHANGE_CONFLICT',
      undefined,
    ],
  ])('is refused %s, and takes its neighbours along', async (_what, step, code, rcode) => {
    const { zones, apply } = await openExample();
    const refusal = apply(`add ${WWW} 60 A 192.0.2.1`, step);
    const detail = { operation: 1, ...(rcode !== undefined && { rcode }) };
    await expect(refusal).rejects.toMatchObject({ code, detail });
    expect(zones.journal.last).toBe(1);
  });
});

describe('adding an SOA', () => {
  it('with a newer serial replaces the SOA, and that serial is the new one', async () => {
    const { apply, records } = await openExample();
    const outcome = await apply(`add ${APEX} 60 SOA ${SOA(70)}`, `add ${WWW} 60 A 192.0.2.1`);
    expect(outcome).toMatchObject({ oldSerial: 2, newSerial: 70 });
    expect(await records(APEX)).toContain(`60 SOA ${SOA(70)}`);
  });

  it.each([1, 2, 2 ** 31 + 2])('with serial %i, not newer than 2, is ignored', async (serial) => {
    const { apply } = await openExample();
    const ignored = await apply(`add ${APEX} 60 SOA ${SOA(serial)}`);
    expect(ignored).toMatchObject({ changed: false });
    const beside = await apply(`add ${APEX} 60 SOA ${SOA(serial)}`, `add ${WWW} 60 A 192.0.2.1`);
    expect(beside).toMatchObject({ newSerial: 3 });
  });

  it('below the apex is ignored', async () => {
    const { apply } = await openExample();
    expect(await apply(`add ${WWW} 60 SOA ${SOA(70)}`)).toMatchObject({ changed: false });
  });
});

describe('removing', () => {
  const apexRecords = [
    '3600 NS ns1.example.net.',
    '3600 NS ns2.example.net.',
    '3600 SOA ns1.example.com. hostmaster.example.com.',
  ];

  it('a record, an RRset and a name takes that and nothing else', async () => {
    const { apply, records } = await openExample([
      replace(WWW, 'A', 300, '192.0.2.1', '192.0.2.2'),
      replace(WWW, 'AAAA', 300, '2001:db8::1'),
      replace(WWW, 'MX', 300, '10 Mail.example.com.'),
    ]);
    await apply(`remove ${WWW} A 192.0.2.1`, `remove ${WWW} A 192.0.2.7`);
    expect(await records(WWW)).toHaveLength(3);
    await apply(`remove ${WWW} AAAA`, `remove ${WWW} TXT`);
    expect(await records(WWW)).toEqual(['300 A 192.0.2.2', '300 MX 10 Mail.example.com.']);
    await apply(`remove ${WWW} MX 10 mail.EXAMPLE.com.`);
    expect(await records(WWW)).toEqual(['300 A 192.0.2.2']);
    await apply(`remove ${WWW}`);
    expect(await records(WWW)).toEqual([]);
  });

  it('what is not there changes nothing', async () => {
    const { zones, apply } = await openExample();
    const outcome = await apply(`remove ${WWW}`, `remove ${WWW} A`, `remove ${WWW} A 192.0.2.1`);
    expect(outcome).toMatchObject({ changed: false, receipt: 'r-1' });
    expect(zones.journal.last).toBe(1);
  });

  it('all of the apex leaves its SOA and NS', async () => {
    const { apply, records } = await openExample([replace(APEX, 'TXT', 60, '"x"')]);
    await apply(`remove ${APEX}`);
    const left = (await records(APEX)).map((line) => line.replace(/ \d+ 7200.*/, ''));
    expect(left).toEqual(apexRecords);
    const more = [`remove ${APEX} NS`, `remove ${APEX} SOA`, `remove ${APEX} SOA ${SOA(3)}`];
    expect(await apply(...more)).toMatchObject({ changed: false });
  });

  it('NS records of the apex one by one leaves the last', async () => {
    const { apply, records } = await openExample();
    await apply(`remove ${APEX} NS ns1.example.net.`, `remove ${APEX} NS ns2.example.net.`);
    expect(await records(APEX)).toContain('3600 NS ns2.example.net.');
  });

  it('the NS of a delegation leaves none', async () => {
    const { apply, records } = await openExample([replace(WWW, 'NS', 60, 'ns.example.')]);
    await apply(`remove ${WWW} NS ns.example.`);
    expect(await records(WWW)).toEqual([]);
  });

  it('leaves disabled records, which no UPDATE sees', async () => {
    const operation = replace(WWW, 'A', 300, '192.0.2.1', '192.0.2.2');
    if (operation.kind === 'replace') operation.records[0].disabled = true;
    const { apply, records } = await openExample([operation]);
    expect(await apply(`remove ${WWW} A 192.0.2.1`)).toMatchObject({ changed: false });
    await apply(`remove ${WWW}`);
    expect(await records(WWW)).toEqual(['300 A 192.0.2.1 disabled']);
  });

  it('and adding in one message can change a CNAME to an address', async () => {
    const { apply, records } = await openExample([replace(WWW, 'CNAME', 60, 'x.example.')]);
    await apply(`remove ${WWW} CNAME`, `add ${WWW} 60 A 192.0.2.1`);
    expect(await records(WWW)).toEqual(['60 A 192.0.2.1']);
  });
});

describe('the serial after an UPDATE', () => {
  it.each([
    ['INCREASE', {}, 3],
    ['', {}, 3],
    ['INCREASE', { 'SOA-EDIT-DNSUPDATE': ['EPOCH'] }, Math.floor(Date.now() / 1000)],
  ])('of a zone with SOA-EDIT-API %j and metadata %j', async (soaEditApi, metadata, serial) => {
    const { apply, zones, zone } = await openExample();
    await zones.changeSettings(zone, { soaEditApi, metadata }, contextOf());
    const { newSerial } = await apply(`add ${WWW} 60 A 192.0.2.1`);
    expect(newSerial - serial).toBeLessThan(60);
    expect(newSerial).toBeGreaterThanOrEqual(serial);
  });
});
