// Contacts (RFC 5733): fields, who may do what, transfers, and with which result the rest is refused.
import { describe, expect, it } from 'vitest';
import { approveDueContact } from '#registry/flow/contact-transfer.ts';
import { OPERATOR, REGISTER } from '#registry/model/caller.ts';
import type { PostalInfo } from '#registry/model/contact.ts';
import type { ContactCreate, ContactUpdate } from '#registry/model/contact-commands.ts';
import type { RegistryError } from '#registry/model/result.ts';
import type { TransferOperation } from '#registry/model/transfer.ts';
import {
  ALPHA,
  BETA,
  callerOf,
  contactCommand,
  DAY_MS,
  openRegister,
  type RegisterFixture,
  START_MS,
} from '../../../kit/two-registrars.ts';

const SECRET = 'a-secret-of-one';

function postal(changes: Partial<PostalInfo>): Partial<ContactCreate> {
  const [first] = contactCommand('x').postal as [PostalInfo];
  return { postal: [{ ...first, ...changes }] };
}

function update(id: string, changes: Partial<Omit<ContactUpdate, 'kind' | 'id'>>): ContactUpdate {
  const empty = { add: { statuses: [] }, remove: { statuses: [] }, change: {} };
  return { kind: 'contact:update', id, ...empty, ...changes };
}

function status<S extends string>(name: S) {
  return { status: name, remark: '', language: 'en' };
}

function transfer(id: string, operation: TransferOperation, authInfo?: string) {
  const kind = 'contact:transfer' as const;
  return { kind, id, operation, ...(authInfo !== undefined && { authInfo }) };
}

/** Alpha's `person1`. */
async function openWithContact(): Promise<RegisterFixture> {
  const fixture = await openRegister();
  await fixture.send(contactCommand('person1'));
  return fixture;
}

describe('contact:create', () => {
  it('makes a contact of the caller, its secret kept as a digest', async () => {
    const { register, send } = await openRegister();
    const { result, data } = await send(contactCommand('Person-1'));
    expect(result).toBe(1000);
    expect(data).toEqual({ kind: 'contact:create', id: 'Person-1', createdAtMs: START_MS });
    const contact = await register.contact('Person-1');
    expect(contact).toMatchObject({ sponsor: ALPHA, email: 'jan@example.org', statuses: [] });
    expect(JSON.stringify(contact)).not.toContain(SECRET);
    expect(contact?.authInfo?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<
    [string, Partial<Omit<ContactCreate, 'voice'>> & { voice?: ContactCreate['voice'] | undefined }]
  >([
    [
      'both postal addresses',
      {
        postal: [
          { type: 'int', name: 'Jan', street: [], city: 'Praha', country: 'CZ' },
          {
            type: 'loc',
            name: 'Jan Novák',
            street: ['Dlouhá 1', 'b', 'c'],
            city: '東京',
            country: 'JP',
          },
        ],
      },
    ],
    ['no telephone number', { voice: undefined }],
    [
      'a telephone number with an extension',
      { voice: { number: '+1.7035555555', extension: '1234' } },
    ],
    ['a fax number', { fax: { number: '+44.2079460000' } }],
    ['mail with a plus', { email: 'jan+epp@example.org' }],
    ['mail in Unicode', { email: 'josé@bücher.example' }],
    ['no secret', { authInfo: '' }],
    ['a disclosure', { disclosure: { show: false, fields: ['voice', 'email', 'name:int'] } }],
    ['a postal code and a province', postal({ postalCode: '110 00', province: 'Praha 1' })],
  ])('takes %s', async (_what, changes) => {
    const { resultOf } = await openRegister();
    const { voice, ...rest } = { ...contactCommand('person2'), ...changes };
    expect(await resultOf({ ...rest, ...(voice && { voice }) })).toBe(1000);
  });

  it('refuses what cannot be, and writes nothing', async () => {
    const fixture = await openWithContact();
    const before = fixture.register.sequence;
    const cases: readonly [string, Partial<ContactCreate>, number][] = [
      ['an id of two characters', { id: 'ab' }, 2005],
      ['an id of 17 characters', { id: 'a'.repeat(17) }, 2005],
      ['an id with a blank', { id: 'a b c' }, 2005],
      ['an id with a slash', { id: 'a/b/c' }, 2005],
      ['an id that begins with a hyphen', { id: '-abc' }, 2005],
      ['an id in other letters', { id: 'žabka' }, 2005],
      ['an id that is taken', { id: 'person1' }, 2302],
      ['no postal address', { postal: [] }, 2003],
      [
        'two of one type',
        { postal: [...contactCommand('x').postal, ...contactCommand('x').postal] },
        2306,
      ],
      ['no name', postal({ name: ' ' }), 2003],
      ['no city', postal({ city: '' }), 2003],
      ['a name of 256 characters', postal({ name: 'a'.repeat(256) }), 2005],
      ['a postal code of 17 characters', postal({ postalCode: '1'.repeat(17) }), 2005],
      ['four street lines', postal({ street: ['a', 'b', 'c', 'd'] }), 2306],
      ['other letters in an int name', postal({ name: 'Novák' }), 2005],
      ['other letters in an int street', postal({ street: ['Dlouhá'] }), 2005],
      ['other letters in an int organisation', postal({ organisation: 'Škoda' }), 2005],
      ['a control character', postal({ type: 'loc', name: 'Jan\u0007' }), 2005],
      ['a line end', postal({ type: 'loc', name: 'Jan\nDomain Name: x' }), 2005],
      ['writing turned around', postal({ type: 'loc', name: 'Jan\u202enavoN' }), 2005],
      ['half a surrogate pair', postal({ type: 'loc', name: 'Jan\ud800' }), 2005],
      ['a country in lower case', postal({ country: 'cz' }), 2306],
      ['a country that is not there', postal({ country: 'XX' }), 2306],
      ['a code that is reserved only', postal({ country: 'UK' }), 2306],
      ['an empty country', postal({ country: '' }), 2306],
      ['a number without a plus', { voice: { number: '420.123456789' } }, 2005],
      ['a number without a dot', { voice: { number: '+420123456789' } }, 2005],
      ['a number with a country of four digits', { voice: { number: '+4201.23' } }, 2005],
      ['a country code that begins with 0', { voice: { number: '+0.123' } }, 2005],
      ['a number of 16 digits', { voice: { number: '+420.1234567890123' } }, 2005],
      ['a number with blanks', { voice: { number: '+420.123 456' } }, 2005],
      ['a fax number that is none', { fax: { number: 'none' } }, 2005],
      ['an extension of letters', { voice: { number: '+1.7035555555', extension: 'x12' } }, 2005],
      ['mail without @', { email: 'example.org' }, 2005],
      ['mail without a local part', { email: '@example.org' }, 2005],
      ['mail of a single label', { email: 'jan@localhost' }, 2005],
      ['mail with two dots', { email: 'jan..novak@example.org' }, 2005],
      ['mail with a dot at the end', { email: 'jan@example.org.' }, 2005],
      ['mail with a blank', { email: 'jan novak@example.org' }, 2005],
      ['mail with a line end', { email: 'jan@example.org\r\nBcc: x@y.z' }, 2005],
      ['mail with two @', { email: 'a@b@example.org' }, 2005],
      ['mail at an address', { email: 'jan@192.0.2.1' }, 2005],
      ['mail of 255 characters', { email: `a@${'b.'.repeat(126)}` }, 2005],
      ['a local part of 65 characters', { email: `${'a'.repeat(65)}@example.org` }, 2005],
      ['empty mail', { email: '' }, 2005],
      ['a secret of 256 characters', { authInfo: 'a'.repeat(256) }, 2306],
      ['a disclosure of nothing', { disclosure: { show: true, fields: [] } }, 2003],
      ['a field disclosed twice', { disclosure: { show: true, fields: ['fax', 'fax'] } }, 2306],
    ];
    const results = await Promise.all(
      cases.map(async ([what, changes]) => [
        what,
        await fixture.resultOf(contactCommand('person2', changes)),
      ]),
    );
    expect(results).toEqual(cases.map((each) => [each[0], each[2]]));
    expect(fixture.register.sequence, 'nothing was written').toBe(before);
  });
});

describe('contact:check and contact:info', () => {
  it('say of each id whether it is free, and why not', async () => {
    const { send } = await openWithContact();
    const { data } = await send({ kind: 'contact:check', ids: ['person1', 'person2', 'x'] });
    expect(data).toMatchObject({
      contacts: [
        { id: 'person1', available: false, reason: 'In use' },
        { id: 'person2', available: true },
        { id: 'x', available: false, reason: expect.any(String) },
      ],
    });
  });

  it.each<[string, string, string | undefined, boolean | number]>([
    ['the sponsor', ALPHA, undefined, true],
    ['the operator', OPERATOR, undefined, true],
    ['another registrar', BETA, undefined, false],
    ['another with the secret', BETA, SECRET, true],
    ['another with a wrong secret', BETA, 'wrong', 2202],
    ['another with an empty secret', BETA, '', 2202],
  ])('shows %s as much as it may see', async (_what, from, authInfo, expected) => {
    const { send } = await openWithContact();
    const command = {
      kind: 'contact:info',
      id: 'person1',
      ...(authInfo !== undefined && { authInfo }),
    } as const;
    const shown = await send(command, from).catch((error: RegistryError) => error.result);
    const seen = typeof shown === 'number' ? shown : (shown.data as { isWhole: boolean }).isWhole;
    expect(seen).toBe(expected);
  });
});

describe('contact:update', () => {
  it('replaces an address as one thing, and keeps what is not named', async () => {
    const { send, register } = await openRegister();
    await send(contactCommand('person1', postal({ organisation: 'Org', province: 'Old' })));
    const change = { postal: [{ type: 'int', street: [], city: 'Brno', country: 'CZ' }] } as const;
    await send(update('person1', { change: { postal: [{ ...change.postal[0], street: [] }] } }));
    const { postal: after, email } = (await register.contact('person1')) ?? {};
    expect(after).toEqual([
      {
        type: 'int',
        name: 'Jan Novak',
        organisation: 'Org',
        street: [],
        city: 'Brno',
        country: 'CZ',
      },
    ]);
    expect(email).toBe('jan@example.org');
  });

  it('takes away what is set to null or empty', async () => {
    const { send, register } = await openRegister();
    await send(contactCommand('person1', postal({ organisation: 'Org' })));
    await send(
      update('person1', {
        change: { voice: null, authInfo: '', postal: [{ type: 'int', organisation: '' }] },
      }),
    );
    const contact = await register.contact('person1');
    expect(contact).not.toHaveProperty('voice');
    expect(contact).not.toHaveProperty('authInfo');
    expect(contact?.postal[0]).not.toHaveProperty('organisation');
  });

  it('refuses what cannot be, and writes nothing', async () => {
    const fixture = await openWithContact();
    const before = fixture.register.sequence;
    const cases: readonly [
      string,
      Partial<Omit<ContactUpdate, 'kind' | 'id'>>,
      number,
      string?,
      string?,
    ][] = [
      ['nothing', {}, 2003],
      ['a contact that is not there', { change: { email: 'a@b.cz' } }, 2303, ALPHA, 'person9'],
      ['a contact of another', { change: { email: 'a@b.cz' } }, 2201, BETA],
      ['an id that is none', { change: { email: 'a@b.cz' } }, 2005, ALPHA, 'x'],
      ['wrong mail', { change: { email: 'a' } }, 2005],
      [
        'a wrong country',
        { change: { postal: [{ type: 'int', city: 'a', country: 'XX' }] } },
        2306,
      ],
      ['half a postal address', { change: { postal: [{ type: 'loc', name: 'a' }] } }, 2003],
      ['an address without a city', { change: { postal: [{ type: 'int', street: ['a'] }] } }, 2003],
      [
        'one postal address twice',
        {
          change: {
            postal: [
              { type: 'int', name: 'a' },
              { type: 'int', name: 'b' },
            ],
          },
        },
        2306,
      ],
      ['a status of the server', { add: { statuses: [status('serverUpdateProhibited')] } }, 2306],
      ['a status that is not there', { remove: { statuses: ['clientDeleteProhibited'] } }, 2306],
      ['a secret that is too long', { change: { authInfo: 'a'.repeat(256) } }, 2306],
    ];
    const results = await Promise.all(
      cases.map(async ([what, changes, , from = ALPHA, id = 'person1']) => [
        what,
        await fixture.resultOf(update(id, changes), from),
      ]),
    );
    expect(results).toEqual(cases.map((each) => [each[0], each[2]]));
    expect(fixture.register.sequence, 'nothing was written').toBe(before);
  });
});

describe('contact:delete', () => {
  it('takes a contact that no domain names, and no other', async () => {
    const { send, resultOf, register } = await openWithContact();
    await register.run(callerOf(REGISTER), 'test', ['domain/one.tld'], async (draft) => {
      draft.putDomain({
        roid: 'D1-TEST',
        name: 'one.tld',
        tld: 'tld',
        registrant: 'person1',
        contacts: [],
        nameservers: [],
        ds: [],
        statuses: [],
        periods: [],
        sponsor: ALPHA,
        createdBy: ALPHA,
        createdAtMs: START_MS,
        expiresAtMs: START_MS + DAY_MS,
      });
    });
    await send(contactCommand('person2'));
    const kind = 'contact:delete' as const;
    expect(await resultOf({ kind, id: 'person1' })).toBe(2305);
    expect(await resultOf({ kind, id: 'person2' }, BETA)).toBe(2201);
    expect(await resultOf({ kind, id: 'person9' })).toBe(2303);
    expect(await resultOf({ kind, id: '?' })).toBe(2005);
    await send(update('person2', { add: { statuses: [status('clientDeleteProhibited')] } }));
    expect(await resultOf({ kind, id: 'person2' })).toBe(2304);
    expect(await resultOf({ kind, id: 'person2' }, OPERATOR)).toBe(1000);
  });
});

describe('contact:transfer', () => {
  it('goes by request and approval; the secret and the prohibitions end with it', async () => {
    const { send, register } = await openWithContact();
    const asked = await send(transfer('person1', 'request', SECRET), BETA);
    expect(asked.result).toBe(1001);
    expect(asked.data).toMatchObject({
      transfer: {
        status: 'pending',
        gaining: BETA,
        losing: ALPHA,
        actsAtMs: START_MS + 5 * DAY_MS,
      },
    });
    const told = await send({ kind: 'poll:req' });
    expect(told.data).toMatchObject({ message: { data: { transfer: { status: 'pending' } } } });
    const approved = await send(transfer('person1', 'approve'));
    expect(approved).toMatchObject({
      result: 1000,
      data: { transfer: { status: 'clientApproved' } },
    });
    const contact = await register.contact('person1');
    expect(contact).toMatchObject({ sponsor: BETA, statuses: [], transferredAtMs: START_MS });
    expect(contact).not.toHaveProperty('authInfo');
    const heard = await send({ kind: 'poll:req' }, BETA);
    expect(heard.data).toMatchObject({
      message: { data: { transfer: { status: 'clientApproved' } } },
    });
  });

  it.each([
    ['reject', ALPHA, 'clientRejected', BETA],
    ['cancel', BETA, 'clientCancelled', ALPHA],
  ] as const)('stays with the losing registrar after %s', async (operation, from, ended, other) => {
    const { send, register } = await openWithContact();
    await send(transfer('person1', 'request', SECRET), BETA);
    await send(transfer('person1', operation), from);
    expect(await register.contact('person1')).toMatchObject({
      sponsor: ALPHA,
      statuses: [],
      transfer: { status: ended },
      authInfo: {},
    });
    const messages = await register.nextMessage(other);
    expect(messages?.count).toBe(other === ALPHA ? 2 : 1);
  });

  it('is approved when nobody decides, once and not before its time', async () => {
    const { send, register, context, setTime } = await openWithContact();
    await send(transfer('person1', 'request', SECRET), BETA);
    const job = callerOf(REGISTER);
    const dueMs = START_MS + 5 * DAY_MS;
    setTime(dueMs - 1);
    expect(await register.dueContacts(dueMs - 1, 10)).toEqual([]);
    expect(await approveDueContact(context, 'person1', job)).toBe(false);
    setTime(dueMs);
    expect(await register.dueContacts(dueMs, 10)).toEqual([{ dueMs, key: 'person1' }]);
    expect(await approveDueContact(context, 'person1', job)).toBe(true);
    expect(await approveDueContact(context, 'person1', job)).toBe(false);
    expect(await register.contact('person1')).toMatchObject({
      sponsor: BETA,
      transfer: { status: 'serverApproved' },
    });
    expect(await register.dueContacts(dueMs, 10)).toEqual([]);
  });

  it.each<[string, TransferOperation, string, string | undefined, number]>([
    ['a request without the secret', 'request', BETA, undefined, 2003],
    ['a request with a wrong secret', 'request', BETA, 'wrong', 2202],
    ['a request with an empty secret', 'request', BETA, '', 2202],
    ['a request by the sponsor', 'request', ALPHA, SECRET, 2106],
    ['an approval of nothing', 'approve', ALPHA, undefined, 2301],
    ['a rejection of nothing', 'reject', ALPHA, undefined, 2301],
    ['a cancellation of nothing', 'cancel', BETA, undefined, 2301],
    ['a query of nothing', 'query', ALPHA, undefined, 2301],
    ['a query by another without the secret', 'query', BETA, undefined, 2003],
  ])('refuses %s', async (_what, operation, from, authInfo, result) => {
    const { resultOf } = await openWithContact();
    expect(await resultOf(transfer('person1', operation, authInfo), from)).toBe(result);
  });

  it('is under way once, its decisions belong to who they belong to, and it forbids changes', async () => {
    const { send, resultOf } = await openWithContact();
    await send(transfer('person1', 'request', SECRET), BETA);
    expect(await resultOf(transfer('person1', 'request', SECRET), BETA)).toBe(2300);
    expect(await resultOf(transfer('person1', 'approve'), BETA)).toBe(2201);
    expect(await resultOf(transfer('person1', 'reject'), BETA)).toBe(2201);
    expect(await resultOf(transfer('person1', 'cancel'), ALPHA)).toBe(2201);
    expect(await resultOf(transfer('person1', 'query'), BETA)).toBe(1000);
    expect(await resultOf(update('person1', { change: { email: 'a@b.cz' } }))).toBe(2304);
    expect(await resultOf({ kind: 'contact:delete', id: 'person1' })).toBe(2304);
  });

  it.each(['clientTransferProhibited', 'serverTransferProhibited'] as const)(
    'is forbidden by %s',
    async (name) => {
      const { send, resultOf } = await openWithContact();
      const from = name.startsWith('server') ? OPERATOR : ALPHA;
      await send(update('person1', { add: { statuses: [status(name)] } }), from);
      expect(await resultOf(transfer('person1', 'request', SECRET), BETA)).toBe(2304);
    },
  );
});

describe('poll', () => {
  it('gives the oldest message until it is acknowledged', async () => {
    const { send, resultOf, register } = await openRegister();
    expect((await send({ kind: 'poll:req' })).result).toBe(1300);
    await register.run(callerOf(REGISTER), 'test', [], async (draft) => {
      draft.queue(ALPHA, 'first');
      draft.queue(ALPHA, 'second');
    });
    const first = await register.nextMessage(ALPHA);
    const id = String(first?.message.id);
    for (const _again of [1, 2]) {
      expect(await send({ kind: 'poll:req' })).toMatchObject({
        result: 1301,
        data: { count: 2, message: { text: 'first' } },
      });
    }
    expect(await resultOf({ kind: 'poll:ack', id }, BETA), 'not theirs').toBe(2303);
    const done = await send({ kind: 'poll:ack', id });
    expect(done.data).toMatchObject({ count: 1, nextId: (first?.message.id ?? 0) + 1 });
    expect(await resultOf({ kind: 'poll:ack', id })).toBe(2303);
  });

  it.each(['', '0', '-1', '1.5', 'x', '1e3', '99999999999999999999'])(
    'refuses the id %j',
    async (id) => {
      const { resultOf } = await openRegister();
      expect(await resultOf({ kind: 'poll:ack', id })).toBe(2005);
    },
  );
});
