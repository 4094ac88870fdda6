// Database B follows the register: in order, resumed where it stopped, by copy where it must.
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeClockCell, openClock } from '#base/clock.ts';
import { ReplicaStore } from '#registry/rdds/replica/replica-store.ts';
import { domainOf, hostOf } from '../../../kit/rdds/directory-content.ts';
import {
  committer,
  followerOf,
  followRegister,
  openFilledRegister,
  START_MS,
  until,
} from '../../../kit/rdds/followed-register.ts';
import { openRegisterDoor, REPLICA_KEY } from '../../../kit/rdds/register-door.ts';
import { temporaryStore } from '../../../kit/temporary-store.ts';

const clock = openClock({ kind: 'cell', cell: makeClockCell(START_MS) });

/** Lines of the stream as they come. */
async function readLines(url: string, query: string, count: number): Promise<unknown[]> {
  const stop = new AbortController();
  const response = await fetch(`${url}/api/holdfast/v1/registry/changes${query}`, {
    headers: { 'x-api-key': REPLICA_KEY },
    signal: stop.signal,
  });
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString('utf8');
    if (text.split('\n').length > count) break;
  }
  stop.abort();
  return text
    .split('\n')
    .slice(0, count)
    .map((line) => JSON.parse(line) as unknown);
}

describe('the follower', () => {
  it('goes on after its last change when the register is back', async () => {
    const { door, replica, register, commit, caughtUp } = await followRegister();
    await door.shut();
    await commit((draft) => draft.putDomain(domainOf('late.tld')));
    const behind = replica.mark?.sequence;
    await door.open();
    await caughtUp();
    expect(behind).toBe(register.sequence - 1);
    const view = replica.view();
    expect(await view?.find('domain', 'late.tld')).toMatchObject({ name: 'late.tld' });
    await view?.close();
    // A copy would have begun a new generation.
    expect(replica.mark?.generation).toBe(1);
  });

  it('forgets what is gone, and finds hosts by the addresses that they have now', async () => {
    const { directory, commit, caughtUp } = await followRegister();
    await commit((draft) => {
      draft.deleteDomain('bare.tld');
      draft.putHost(hostOf('ns1.example.tld', ['192.0.2.99']));
    });
    await caughtUp();
    expect((await directory.findDomain('bare.tld')).objects).toEqual([]);
    expect((await directory.findHostsByAddress('192.0.2.1')).objects).toEqual([]);
    expect((await directory.findHostsByAddress('192.0.2.99')).objects).toHaveLength(1);
  });

  it('takes a copy where its history is not the register’s, and answers meanwhile', async () => {
    const store = await temporaryStore();
    const first = await openFilledRegister(clock);
    const other = await openFilledRegister(clock);
    await committer(first)((draft) => draft.putDomain(domainOf('first.tld')));
    await other.run(
      { registrar: 'OPERATOR', svTrid: 'another', receivedAtMs: START_MS },
      'domain:create',
      ['domain/other.tld'],
      async (draft) => draft.putDomain(domainOf('other.tld')),
    );
    expect(other.sequence).toBe(first.sequence);
    const replica = await ReplicaStore.open(store);
    for (const register of [first, other]) {
      const door = await openRegisterDoor(register, clock);
      const follower = followerOf(replica, door);
      follower.start();
      onTestFinished(() => follower.close());
      await until(() => follower.isConnected);
      await follower.close();
      await door.shut();
    }
    const view = replica.view();
    expect(await view?.find('domain', 'first.tld')).toBeUndefined();
    expect(await view?.find('domain', 'other.tld')).toBeDefined();
    await view?.close();
    expect(replica.mark?.generation).toBe(2);
  });
});

describe('the stream', () => {
  it('sends a copy, then heartbeats, to a replica that has nothing', async () => {
    const register = await openFilledRegister(clock);
    const { url } = await openRegisterDoor(register, clock);
    const lines = (await readLines(url, '', 7)) as { kind: string }[];
    expect(lines.map(({ kind }) => kind)).toEqual([
      'copy',
      ...Array.from({ length: 4 }, () => 'rows'),
      'copied',
      'heartbeat',
    ]);
    expect(lines[0]).toEqual({ kind: 'copy', atMs: START_MS, sequence: 1, svTrid: 'SV-1' });
    expect(lines.at(-1)).toEqual({ kind: 'heartbeat', sequence: 1, atMs: START_MS });
    const text = JSON.stringify(lines);
    expect(text).not.toMatch(/secret|ffff|eeee|aaaa|123456789,|balance|authInfo|networks/);
  });

  it('sends what came after a change to who has that', async () => {
    const register = await openFilledRegister(clock);
    const { url } = await openRegisterDoor(register, clock);
    await committer(register)((draft) => draft.deleteDomain('bare.tld'));
    expect(await readLines(url, '?after=1&svTrid=SV-1', 2)).toEqual([
      {
        kind: 'change',
        sequence: 2,
        svTrid: 'SV-2',
        atMs: START_MS,
        rows: [{ type: 'domain', key: 'bare.tld', value: null }],
      },
      { kind: 'heartbeat', sequence: 2, atMs: START_MS },
    ]);
    const [line] = (await readLines(url, '?after=1&svTrid=SV-9', 1)) as { kind: string }[];
    expect(line?.kind).toBe('copy');
  });

  it('is for the replica’s key, and for so many at a time', async () => {
    const register = await openFilledRegister(clock);
    const { url } = await openRegisterDoor(register, clock);
    const address = `${url}/api/holdfast/v1/registry/changes`;
    const wrong = await fetch(address, { headers: { 'x-api-key': 'wrong' } });
    expect([wrong.status, await wrong.json()]).toMatchObject([401, { code: 'API_KEY_WRONG' }]);
    const stop = new AbortController();
    const ask = () =>
      fetch(address, { headers: { 'x-api-key': REPLICA_KEY }, signal: stop.signal });
    const open = await Promise.all(Array.from({ length: 8 }, ask));
    expect(open.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    const ninth = await ask();
    expect([ninth.status, ninth.headers.get('retry-after')]).toEqual([503, '10']);
    stop.abort();
    const again = new AbortController();
    await until(async () => {
      const response = await fetch(address, {
        headers: { 'x-api-key': REPLICA_KEY },
        signal: again.signal,
      });
      return response.status === 200;
    });
    again.abort();
  });
});
