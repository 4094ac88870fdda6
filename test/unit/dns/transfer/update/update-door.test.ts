// The door over a real zone database: what conformance tests over the network cannot bring about.
import { describe, expect, it } from 'vitest';
import { openClock } from '#base/clock.ts';
import type { CheckedRequest } from '#dns/transfer/request-router.ts';
import type { UpdateReport } from '#dns/transfer/update/update-door.ts';
import { UPDATES_ACTIVE_MAX, UpdateDoor } from '#dns/transfer/update/update-door.ts';
import type { UpdatePolicy, WantedUpdate } from '#dns/transfer/update/update-policy.ts';
import { formatRcode } from '#dns/wire/header.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { parseName } from '#dns/wire/name.ts';
import { ChangeError } from '#dns/zonedb/change.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { temporaryFolder } from '../../../../kit/temporary-folder.ts';
import { KeptReplies } from '../../../../kit/transfer-request.ts';
import { type UpdateFields, writeUpdate } from '../../../../kit/update-message.ts';
import { createExample, listRecords, openTestZoneDb } from '../../../../kit/zone-db.ts';

const KEY = {
  name: parseName('acme.'),
  algorithm: 'hmac-sha256' as const,
  secret: new Uint8Array(32),
};
const ADD = 'add new.example.com. 60 A 192.0.2.1';

interface Sent extends Partial<UpdateFields> {
  transport?: 'udp' | 'tcp';
  mac?: number;
  port?: number;
}

function requestOf({ transport = 'udp', mac, port = 4711, ...fields }: Sent): CheckedRequest {
  const octets = writeUpdate({ zone: 'example.com.', ...fields });
  return {
    message: readMessage(octets),
    octets,
    key: mac === undefined ? undefined : KEY,
    mac: mac === undefined ? undefined : Uint8Array.of(mac, 1, 2, 3),
    peer: { address: '192.0.2.9', port, family: 4 },
    transport,
  };
}

async function openDoor(policy: UpdatePolicy = { findRefusal: () => undefined }) {
  const { zones } = await openTestZoneDb(await temporaryFolder());
  const apex = await createExample(zones);
  return { zones, apex, ...makeDoor(zones, policy) };
}

function makeDoor(zones: Pick<ZoneDb, 'find' | 'apply'>, policy: UpdatePolicy) {
  const reports: UpdateReport[] = [];
  const onDone = (report: UpdateReport): void => {
    reports.push(report);
  };
  const clock = openClock({ kind: 'system' });
  const door = new UpdateDoor({ zones, policy, clock, onDone });
  const send = async (sent: Sent): Promise<string> => {
    const replies = new KeptReplies();
    await door.handle(requestOf(sent), replies);
    return replies.status();
  };
  return { door, reports, send };
}

describe('an update that comes again', () => {
  const once = { prerequisites: ['nxdomain new.example.com.'], updates: [ADD], mac: 7 };

  it('is answered as the first time, and done and told once', async () => {
    const { send, zones, apex, reports } = await openDoor();
    expect(await Promise.all([send(once), send(once)])).toEqual(['NOERROR', 'NOERROR']);
    const serial = zones.find(apex)?.row.serial;
    expect(await send(once)).toBe('NOERROR');
    expect(await send({ ...once, transport: 'tcp', port: 9 })).toBe('NOERROR');
    expect(zones.find(apex)?.row.serial).toBe(serial);
    expect(reports).toHaveLength(1);
  });

  it('overheard and sent again does not bring back what was deleted since', async () => {
    const { send, zones, apex } = await openDoor();
    expect(await send({ updates: [ADD], mac: 1 })).toBe('NOERROR');
    expect(await send({ updates: ['delete new.example.com.'], mac: 2 })).toBe('NOERROR');
    expect(await send({ updates: [ADD], mac: 1, transport: 'tcp', port: 9 })).toBe('NOERROR');
    expect((await listRecords(zones, apex)).some((line) => line.startsWith('new.'))).toBe(false);
  });

  it('is another one with another signature', async () => {
    const { send } = await openDoor();
    expect(await send(once)).toBe('NOERROR');
    expect(await send({ ...once, mac: 8 })).toBe('YXDOMAIN');
  });

  it('unsigned, is one from the same port with the same octets', async () => {
    const { send } = await openDoor();
    const { mac: _mac, ...unsigned } = once;
    expect(await send(unsigned)).toBe('NOERROR');
    expect(await send(unsigned)).toBe('NOERROR');
    expect(await send({ ...unsigned, port: 4712 })).toBe('YXDOMAIN');
    expect(await send({ ...unsigned, id: 77 })).toBe('YXDOMAIN');
    expect(await send({ ...unsigned, transport: 'tcp' })).toBe('YXDOMAIN');
  });

  it('is tried again when it could not be done', async () => {
    let calls = 0;
    const { zones } = await openDoor();
    const failing = {
      find: (apex: Uint8Array) => zones.find(apex),
      apply: async () => {
        calls += 1;
        throw new ChangeError('CHANGE_BUSY', 'later');
      },
    };
    const { send } = makeDoor(failing, { findRefusal: () => undefined });
    expect(await send(once)).toMatch(/^SERVFAIL other: .*try later/);
    expect(await send(once)).toMatch(/^SERVFAIL/);
    expect(calls).toBe(2);
  });
});

describe('the policy', () => {
  it('is asked before anything is told, then for every name and type', async () => {
    const asked: WantedUpdate[] = [];
    const policy: UpdatePolicy = {
      findRefusal: (wanted) => {
        asked.push(wanted);
        return wanted.touches.length > 0 ? 'not that' : undefined;
      },
    };
    const { send, zones, apex } = await openDoor(policy);
    const updates = [ADD, 'delete a.example.com.', 'delete b.example.com. TXT'];
    expect(await send({ updates, mac: 1 })).toBe('REFUSED prohibited: not that');
    expect(asked.map(({ touches }) => touches.map(({ type }) => type))).toEqual([
      [],
      [1, undefined, 16],
    ]);
    expect((await listRecords(zones, apex)).some((line) => line.startsWith('new.'))).toBe(false);
  });

  it('that refuses hides malformed sections and prerequisites, and from strangers the reason', async () => {
    const { send } = await openDoor({ findRefusal: () => 'because' });
    const prerequisites = ['yxdomain nobody.example.com.', 'yxdomain www.other.test.'];
    expect(await send({ prerequisites })).toBe('REFUSED prohibited: ');
    expect(await send({ prerequisites, mac: 1 })).toBe('REFUSED prohibited: because');
  });
});

describe('a zone that cannot take it', () => {
  it.each([
    [
      'DS at the apex',
      `add example.com. 60 DS 1 13 2 ${'00'.repeat(32)}`,
      /^REFUSED invalid_data: .*DS/,
    ],
    ['an NSEC record', 'add a.example.com. 60 NSEC b.example.com. A', /^REFUSED invalid_data/],
  ])('refuses %s with the reason, and nothing is done', async (_what, step, said) => {
    const { send, zones, apex } = await openDoor();
    const before = await listRecords(zones, apex);
    expect(await send({ updates: [ADD, step] })).toMatch(said);
    expect(await listRecords(zones, apex)).toEqual(before);
  });

  it.each(['Slave', 'Consumer'] as const)('is one of kind %s', async (kind) => {
    const { send, zones, apex } = await openDoor();
    const context = { source: 'api', actor: 'test', transactionId: 't', receivedAtMs: 0 } as const;
    await zones.changeSettings(apex, { kind }, context);
    expect(await send({ updates: [ADD] })).toMatch(/^REFUSED not_supported: .*primary/);
  });
});

describe('too many at once', () => {
  it('are answered SERVFAIL, and later ones are done', async () => {
    const { zones } = await openDoor();
    const gate = Promise.withResolvers<void>();
    const slow = {
      find: (apex: Uint8Array) => zones.find(apex),
      apply: async () => {
        await gate.promise;
        return { receipt: 'r-1', oldSerial: 1, newSerial: 2, changed: true };
      },
    };
    const { send } = makeDoor(slow, { findRefusal: () => undefined });
    const waiting = Array.from({ length: UPDATES_ACTIVE_MAX }, async (_, id) =>
      send({ id, updates: [ADD] }),
    );
    expect(await send({ id: 5000, updates: [ADD] })).toMatch(/^SERVFAIL/);
    gate.resolve();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['NOERROR']));
    expect(await send({ id: 5001, updates: [ADD] })).toBe('NOERROR');
  });
});

describe('what is told', () => {
  it('names key, address, zone, RCODE and what was done', async () => {
    const { send, reports } = await openDoor();
    await send({ id: 9, updates: [ADD], mac: 1 });
    await send({ id: 10, zone: 'other.test.', mac: 1 });
    expect(reports).toMatchObject([
      {
        id: 9,
        key: 'acme.',
        address: '192.0.2.9',
        zone: 'example.com.',
        rcode: formatRcode(0),
        outcome: { changed: true },
      },
      { id: 10, zone: 'other.test.', rcode: 'NOTAUTH', error: { code: 'UPDATE_NOTAUTH' } },
    ]);
  });
});
