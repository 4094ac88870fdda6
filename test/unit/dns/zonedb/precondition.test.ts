/** What a change demands of its zone before it is made (RFC 2136 section 3.2). */
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { demand, update } from '../../../kit/zone-change.ts';
import { contextOf, createExample, openTestZoneDb, replace } from '../../../kit/zone-db.ts';

const STEP = 'add new.example.com. 60 A 192.0.2.9';

async function openExample() {
  const db = await openTestZoneDb(await temporaryFolder());
  const disabled = replace('off.example.com.', 'A', 60, '192.0.2.1');
  if (disabled.kind === 'replace') disabled.records[0].disabled = true;
  const zone = await createExample(db.zones, [
    replace('www.example.com.', 'A', 300, '192.0.2.1', '192.0.2.2'),
    replace('www.example.com.', 'MX', 300, '10 mail.example.com.'),
    replace('a.b.example.com.', 'TXT', 300, '"x"'),
    disabled,
  ]);
  const apply = (precondition: Parameters<typeof db.zones.apply>[0]['precondition'] & object) =>
    db.zones.apply({ zone, precondition, operations: [update(STEP)], context: contextOf() });
  return { ...db, zone, apply };
}

describe('a prerequisite', () => {
  it.each([
    'name-in-use www.example.com.',
    'name-in-use WWW.Example.COM.',
    'name-not-in-use x.example.com.',
    'name-not-in-use b.example.com.',
    'name-not-in-use off.example.com.',
    'rrset-exists www.example.com. A',
    'rrset-missing www.example.com. AAAA',
    'rrset-missing off.example.com. A',
    'rrset-equals www.example.com. A 192.0.2.2 | 192.0.2.1',
    'rrset-equals www.example.com. A 192.0.2.2 | 192.0.2.1 | 192.0.2.2',
    'rrset-equals www.example.com. MX 10 MAIL.example.com.',
  ])('is met: %s', async (text) => {
    const { apply } = await openExample();
    const outcome = await apply({ prerequisites: [demand(text)] });
    expect(outcome).toMatchObject({ changed: true });
  });

  it.each([
    ['name-in-use x.example.com.', 'NXDOMAIN'],
    ['name-in-use b.example.com.', 'NXDOMAIN'],
    ['name-in-use off.example.com.', 'NXDOMAIN'],
    ['name-not-in-use www.example.com.', 'YXDOMAIN'],
    ['rrset-exists www.example.com. AAAA', 'NXRRSET'],
    ['rrset-missing www.example.com. A', 'YXRRSET'],
    ['rrset-equals www.example.com. A 192.0.2.1', 'NXRRSET'],
    ['rrset-equals www.example.com. A 192.0.2.1 | 192.0.2.2 | 192.0.2.3', 'NXRRSET'],
    ['rrset-equals x.example.com. A 192.0.2.1', 'NXRRSET'],
    ['name-in-use www.example.org.', 'NOTZONE'],
  ])('fails: %s with %s', async (text, rcode) => {
    const { zones, apply } = await openExample();
    const prerequisites = ['name-in-use www.example.com.', text].map(demand);
    const refusal = apply({ prerequisites });
    const detail = { prerequisite: 1, rcode };
    await expect(refusal).rejects.toMatchObject({ code: 'PRECONDITION_FAILED', detail });
    expect(zones.journal.last).toBe(1);
  });

  it('sees what the change before it in the same batch has done', async () => {
    const { zones, zone } = await openExample();
    const context = contextOf();
    const precondition = { prerequisites: [demand('name-not-in-use new.example.com.')] };
    const change = { zone, precondition, operations: [update(STEP)], context };
    const results = await Promise.allSettled([zones.apply(change), zones.apply(change)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});

describe('serial and version', () => {
  it('let a change through that saw the newest', async () => {
    const { apply } = await openExample();
    expect(await apply({ serial: 2, version: 1 })).toMatchObject({ newSerial: 3 });
  });

  it('hold up one that saw an older, and say what there is', async () => {
    const { zones, zone, apply } = await openExample();
    await zones.changeSettings(zone, { account: 'a' }, contextOf());
    const code = 'PRECONDITION_FAILED';
    await expect(apply({ serial: 1 })).rejects.toMatchObject({ code, detail: { serial: 2 } });
    await expect(apply({ version: 1 })).rejects.toMatchObject({ code, detail: { version: 2 } });
  });
});
