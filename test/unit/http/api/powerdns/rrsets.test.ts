import { describe, expect, it } from 'vitest';
import {
  type AdminFixture,
  createExampleZone,
  read,
  startAdmin,
  ZONES,
} from '../../../../kit/admin/admin-fixture.ts';
import { FIRST_SERIAL, NOW } from '../../../../kit/admin/admin-parts.ts';

const ZONE = `${ZONES}/example.org.`;
const A = { name: 'www.example.org.', type: 'A', ttl: 60 };

function patch(admin: AdminFixture, ...rrsets: unknown[]): Promise<Response> {
  return admin.call('PATCH', ZONE, { rrsets });
}

async function rrsetOf(admin: AdminFixture, name: string, type: string): Promise<unknown> {
  const path = `${ZONE}?rrset_name=${name}&rrset_type=${type}`;
  const { body } = await read(await admin.call('GET', path));
  return (body as { rrsets: unknown[] }).rrsets[0];
}

describe('REPLACE', () => {
  it('sets the records and tells both serials', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const records = [{ content: '192.0.2.2' }, { content: '192.0.2.3', disabled: true }];
    const response = await patch(admin, { ...A, changetype: 'replace', records });
    expect(response.status).toBe(204);
    expect(response.headers.get('x-pdns-old-serial')).toBe(String(FIRST_SERIAL));
    expect(response.headers.get('x-pdns-new-serial')).toBe(String(FIRST_SERIAL + 1));
    expect(response.headers.get('holdfast-receipt')).toBe('r-2');
    expect(await rrsetOf(admin, A.name, 'A')).toMatchObject({
      ttl: 60,
      records: [
        { content: '192.0.2.2', disabled: false },
        { content: '192.0.2.3', disabled: true },
      ],
    });
  });

  it('tells no serials when nothing changed', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const same = { ...A, ttl: 300, changetype: 'REPLACE', records: [{ content: '192.0.2.1' }] };
    const response = await patch(admin, same);
    expect(response.status).toBe(204);
    expect(response.headers.get('x-pdns-new-serial')).toBeNull();
    expect(response.headers.get('holdfast-receipt')).not.toBeNull();
  });

  it('with an empty list deletes the set, no TTL needed', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const { name, type } = A;
    expect((await patch(admin, { name, type, changetype: 'REPLACE', records: [] })).status).toBe(
      204,
    );
    expect(await rrsetOf(admin, name, type)).toBeUndefined();
  });

  it('keeps comments that it does not mention and sets those that it does', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const comments = [{ content: 'why', account: 'me', modified_at: 12 }, { content: 'undated' }];
    await patch(admin, { ...A, changetype: 'REPLACE', comments });
    await patch(admin, { ...A, changetype: 'REPLACE', records: [{ content: '192.0.2.4' }] });
    expect(await rrsetOf(admin, A.name, 'A')).toMatchObject({
      comments: [
        { content: 'why', account: 'me', modified_at: 12 },
        { content: 'undated', account: '', modified_at: expect.any(Number) as number },
      ],
      records: [{ content: '192.0.2.4' }],
    });
  });

  it('hides disabled records from who does not want them', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const records = [{ content: '192.0.2.2', disabled: true }];
    await patch(admin, { ...A, changetype: 'REPLACE', records });
    const listed = async (query: string) => {
      const { body } = await read(await admin.call('GET', `${ZONE}?rrset_name=${A.name}${query}`));
      return (body as { rrsets: unknown[] }).rrsets.length;
    };
    expect(await listed('')).toBe(1);
    expect(await listed('&include_disabled=false')).toBe(0);
  });
});

describe('DELETE', () => {
  it('needs neither TTL nor records, and nothing to be there', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const { name, type } = A;
    expect((await patch(admin, { name, type, changetype: 'DELETE' })).status).toBe(204);
    expect(await rrsetOf(admin, name, type)).toBeUndefined();
    expect((await patch(admin, { name, type, changetype: 'DELETE', ttl: 0 })).status).toBe(204);
    const outside = { name: 'a.example.net.', type, changetype: 'DELETE' };
    expect((await patch(admin, outside)).status).toBe(204);
  });

  it('before REPLACE makes room for a CNAME in one request', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const records = [{ content: 'example.org.' }];
    const cname = { name: A.name, type: 'CNAME', ttl: 60, changetype: 'REPLACE', records };
    const conflict = await read(await patch(admin, cname));
    expect(conflict.status).toBe(422);
    expect(conflict.body).toEqual({
      error: expect.stringContaining('Conflicts with pre-existing RRset') as string,
    });
    const { name, type } = A;
    expect((await patch(admin, { name, type, changetype: 'DELETE' }, cname)).status).toBe(204);
  });
});

/** The one record of an EXTEND or PRUNE. */
function record(content: string) {
  return { records: [{ content }] };
}

describe('EXTEND and PRUNE', () => {
  it('add and remove one record, at the TTL of its set', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const { name, type } = A;
    const extended = await patch(
      admin,
      { name, type, changetype: 'extend', ...record('192.0.2.2') },
      { name, type, changetype: 'EXTEND', ttl: 300, ...record('192.0.2.3') },
    );
    expect(extended.status).toBe(204);
    expect(await rrsetOf(admin, name, type)).toMatchObject({
      ttl: 300,
      records: ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((content) => ({ content })),
    });
    const pruned = { name, type, changetype: 'PRUNE', ...record('192.0.2.2') };
    expect((await patch(admin, pruned)).status).toBe(204);
    expect(await rrsetOf(admin, name, type)).toMatchObject({
      records: [{ content: '192.0.2.1' }, { content: '192.0.2.3' }],
    });
  });

  it('of what is there, or is not, change nothing', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const mx = { name: A.name, type: 'MX', ttl: 60, changetype: 'EXTEND' };
    await patch(admin, { ...mx, ...record('10 mail.example.org.') });
    const response = await patch(
      admin,
      { ...mx, ...record('10  MAIL.example.org') },
      { ...A, changetype: 'PRUNE', ...record('192.0.2.77') },
      { ...A, name: 'none.example.org.', changetype: 'PRUNE', ...record('192.0.2.77') },
    );
    expect(response.status).toBe(204);
    expect(response.headers.get('x-pdns-new-serial')).toBeNull();
    expect(await rrsetOf(admin, A.name, 'MX')).toMatchObject({
      records: [{ content: '10 mail.example.org.' }],
    });
  });

  it('make the RRset with its first record and end it with its last', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const txt = { name: '_acme-challenge.example.org.', type: 'TXT', ttl: 60 };
    await patch(admin, { ...txt, changetype: 'EXTEND', ...record('"one"') });
    await patch(admin, { ...txt, changetype: 'EXTEND', ...record('"two"') });
    expect(await rrsetOf(admin, txt.name, 'TXT')).toMatchObject({
      records: [{ content: '"one"' }, { content: '"two"' }],
    });
    for (const content of ['"one"', '"two"']) {
      await patch(admin, { ...txt, changetype: 'PRUNE', ...record(content) });
    }
    expect(await rrsetOf(admin, txt.name, 'TXT')).toBeUndefined();
  });
});

describe('contents', () => {
  it.each([
    ['MX', '10 mail.org', '10 mail.org.'],
    ['TXT', 'not quoted', '"not" "quoted"'],
    ['AAAA', '2001:DB8:0::1', '2001:db8::1'],
    ['TYPE1', '\\# 4 c0000209', '192.0.2.9'],
  ])('of %s are taken as %s and given as %s', async (type, given, canonical) => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const rrset = { name: 'new.example.org.', type, ttl: 60, changetype: 'REPLACE' };
    expect((await patch(admin, { ...rrset, records: [{ content: given }] })).status).toBe(204);
    const { body } = await read(await admin.call('GET', `${ZONE}?rrset_name=new.example.org.`));
    expect(body).toMatchObject({ rrsets: [{ records: [{ content: canonical }] }] });
  });
});

describe('a PATCH', () => {
  const good = { ...A, changetype: 'REPLACE', records: [{ content: '192.0.2.8' }] };

  it.each([
    [{ ...A, records: [] }, "Key 'changetype' not present or not a String"],
    [{ ...good, changetype: 'MERGE' }, 'Changetype not understood'],
    [{ ...good, name: undefined }, "Key 'name' not present or not a String"],
    [{ ...good, name: 'www.example.org' }, 'is not canonical'],
    [{ ...good, name: 'w ww.example.org.' }, 'contains unsupported characters'],
    [{ ...good, name: 'www.example.net.' }, 'Name is out of zone'],
    [{ ...good, type: undefined }, "Key 'type' not present or not a String"],
    [{ ...good, type: 'BOGUS' }, 'unknown type given'],
    [{ ...good, type: 'OPT' }, 'invalid type given'],
    [{ ...good, ttl: undefined }, "Key 'ttl' not an Integer or not present"],
    [{ ...good, ttl: 'soon' }, "Key 'ttl' not an Integer or not present"],
    [{ ...good, ttl: 1.5 }, "Key 'ttl' not an Integer or not present"],
    [{ ...good, ttl: -1 }, 'is not a positive Integer'],
    [{ ...good, ttl: 2 ** 31 }, 'is not a positive Integer'],
    [{ ...good, records: null }, 'No change for RRset'],
    [{ ...good, records: [{}] }, "Key 'content' not present or not a String"],
    [{ ...good, records: ['192.0.2.1'] }, "Key 'content' not present or not a String"],
    [{ ...good, records: [{ content: '192.0.2.1', disabled: 'no' }] }, "Key 'disabled'"],
    [{ ...good, records: [{ content: '192.0.2.1', priority: 10 }] }, 'priority'],
    [
      {
        ...good,
        type: 'AAAA',
        records: [{ content: '2001:db8::1' }, { content: '2001:DB8:0::1' }],
      },
      'duplicate record with content "2001:DB8:0::1"',
    ],
    [{ ...good, comments: [{ content: 'x', modified_at: 2 ** 32 }] }, 'out of range'],
    [{ ...good, type: 'MX', records: [{ content: 'mail.org.' }] }, 'Not in expected format'],
    [
      { ...good, type: 'SOA', records: [{ content: 'a. b. 1 2 3 4 5' }] },
      'is only allowed at apex',
    ],
    [
      { ...good, name: 'example.org.', type: 'DS', records: [{ content: '1 8 5 00ff' }] },
      'is not allowed at apex',
    ],
    [{ ...good, changetype: 'EXTEND', records: [] }, 'needs exactly one record'],
    [{ ...good, changetype: 'PRUNE', records: null }, 'needs exactly one record'],
    [
      {
        ...good,
        changetype: 'EXTEND',
        records: [{ content: '192.0.2.1' }, { content: '192.0.2.2' }],
      },
      'needs exactly one record',
    ],
    [{ ...good, changetype: 'EXTEND', ttl: 61 }, 'uses a different TTL value'],
    [{ ...good, changetype: 'EXTEND', ttl: null, name: 'new.example.org.' }, 'needs a TTL'],
    [
      { ...good, changetype: 'EXTEND', type: 'CNAME', records: [{ content: 'a.' }] },
      'Conflicts with pre-existing RRset',
    ],
    [
      {
        ...good,
        name: 'c.example.org.',
        type: 'CNAME',
        records: [{ content: 'a.' }, { content: 'b.' }],
      },
      'only one such record allowed',
    ],
  ])('is refused whole: %j', async (bad, phrase) => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const first = { ...good, name: 'first.example.org.' };
    const { status, body } = await read(await patch(admin, first, bad));
    expect(status).toBe(422);
    expect((body as { error: string }).error).toContain(phrase);
    expect(await rrsetOf(admin, 'first.example.org.', 'A')).toBeUndefined();
  });

  it('names a set twice only in different ways', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const other = { ...good, name: 'WWW.example.org.', type: 'a' };
    const { status, body } = await read(await patch(admin, good, other));
    expect(status).toBe(422);
    expect(body).toEqual({
      error: 'Duplicate RRset www.example.org. IN A with changetype: REPLACE',
    });
    expect((await patch(admin, { ...good, changetype: 'DELETE' }, good)).status).toBe(204);
  });

  it.each([
    ['DEFAULT', '', FIRST_SERIAL + 1],
    ['increase', '', FIRST_SERIAL + 1],
    ['EPOCH', '', Date.parse(NOW) / 1000],
    ['SOA-EDIT', 'EPOCH', Date.parse(NOW) / 1000],
    ['SOA-EDIT', 'INCEPTION-INCREMENT', FIRST_SERIAL + 1],
    ['SOA-EDIT', '', FIRST_SERIAL],
    ['SOA-EDIT-INCREASE', 'INCREMENT-WEEKS', FIRST_SERIAL + 1],
    ['SOA-EDIT-INCREASE', '', FIRST_SERIAL + 1],
    ['', '', FIRST_SERIAL],
    ['whatever', '', FIRST_SERIAL],
  ])('by the rule %s with SOA-EDIT "%s" makes the serial %i', async (rule, edit, serial) => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    if (serial < FIRST_SERIAL) {
      // What it counts from must be less than the time.
      const content = 'ns1.example.org. host.example.org. 1 6 7 8 9';
      await admin.call('PUT', ZONE, { soa_edit_api: '' });
      await patch(admin, { ...good, name: 'example.org.', type: 'SOA', records: [{ content }] });
    }
    await admin.call('PUT', ZONE, { soa_edit_api: rule, soa_edit: edit });
    expect((await patch(admin, { ...good, ttl: 77 })).status).toBe(204);
    expect((await read(await admin.call('GET', ZONE))).body).toMatchObject({ serial });
  });

  it('may bring a disabled CNAME to a name with others, and not enable it there', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const cname = (disabled: boolean) => ({
      ...good,
      type: 'CNAME',
      records: [{ content: 'other.example.org.', disabled }],
    });
    expect((await patch(admin, cname(true))).status).toBe(204);
    const enabled = await read(await patch(admin, cname(false)));
    expect(enabled.status).toBe(422);
    expect((enabled.body as { error: string }).error).toContain(
      'Conflicts with pre-existing RRset',
    );
    expect((await patch(admin, { ...good, changetype: 'DELETE' }, cname(false))).status).toBe(204);
  });

  it.each([
    ['DS', '1 13 2 ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789', 'abcdef'],
    ['SSHFP', '1 1 ABCDEF0123456789ABCDEF0123456789ABCDEF01', 'abcdef'],
    ['TYPE65281', '\\# 3 0A0B0C', '0a0b0c'],
  ])('of %s gives hexadecimal digits back in lower case', async (type, content, shown) => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    expect((await patch(admin, { ...good, type, records: [{ content }] })).status).toBe(204);
    const path = `${ZONE}?rrset_name=${good.name}&rrset_type=${type}`;
    const { body } = await read(await admin.call('GET', path));
    const [rrset] = (body as { rrsets: { records: { content: string }[] }[] }).rrsets;
    expect(rrset?.records[0]?.content).toContain(shown);
  });

  it('without an array of RRsets is refused, with an empty one it is done', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    for (const body of ['{}', '[]', '{"rrsets":{}}', '{"rrsets":null}']) {
      expect((await admin.call('PATCH', ZONE, body)).status).toBe(422);
    }
    expect((await patch(admin)).status).toBe(204);
  });
});
