/** A register with content, and a database B that follows it, both in the test's own process. */
import { onTestFinished } from 'vitest';
import { type Clock, makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom, systemRandom } from '#base/random.ts';
import { StoredRegister } from '#registry/db/stored-register.ts';
import type { ObjectKey, RegisterDraft } from '#registry/model/register.ts';
import { Directory } from '#registry/rdds/directory.ts';
import { RegisterFollower } from '#registry/rdds/replica/register-follower.ts';
import { ReplicaStore } from '#registry/rdds/replica/replica-store.ts';
import { temporaryStore } from '../temporary-store.ts';
import { operatorCaller, putContent } from './directory-content.ts';
import { openRegisterDoor, REPLICA_KEY, type RegisterDoor } from './register-door.ts';

export const START_MS = Date.parse('2026-11-22T00:00:00Z');
const WAIT_MS = 10_000;

export interface FollowedRegister {
  register: StoredRegister;
  clock: Clock;
  /** Moves the clock, which is both's. */
  setTime: (nowMs: number) => void;
  door: RegisterDoor;
  replica: ReplicaStore;
  follower: RegisterFollower;
  directory: Directory;
  /** Commits what `write` drafts. */
  commit: (write: (draft: RegisterDraft) => void) => Promise<void>;
  /** Resolves when database B has everything. */
  caughtUp: () => Promise<void>;
}

/** A register with the content of directory-content.ts. */
export async function openFilledRegister(clock: Clock): Promise<StoredRegister> {
  const store = await temporaryStore();
  const random = seededRandom(1);
  const register = await StoredRegister.open({ store, clock, random, log: silentLog() });
  await committer(register)(putContent);
  return register;
}

/** Commits as the operator, each under a transaction id of its own. */
export function committer(register: StoredRegister): FollowedRegister['commit'] {
  return (write) => {
    const caller = operatorCaller(`SV-${register.sequence + 1}`);
    return register.run(caller, 'domain:update', writtenKeys(write), async (draft) => write(draft));
  };
}

/** What has to be locked, found by a draft that only takes down what is written. */
function writtenKeys(write: (draft: RegisterDraft) => void): ObjectKey[] {
  const keys: ObjectKey[] = [];
  const record = (type: 'domain' | 'host' | 'contact' | 'registrar') => (object: unknown) => {
    const { name, id } = object as { name: string; id: string };
    const key = type === 'domain' || type === 'host' ? name : id;
    keys.push(`${type}/${typeof object === 'string' ? object : key}`);
  };
  const recorder = {
    putDomain: record('domain'),
    deleteDomain: record('domain'),
    putHost: record('host'),
    deleteHost: record('host'),
    putContact: record('contact'),
    deleteContact: record('contact'),
    putRegistrar: record('registrar'),
  };
  write(recorder as unknown as RegisterDraft);
  return keys;
}

/** With that content, already caught up. */
export async function followRegister(): Promise<FollowedRegister> {
  const cell = makeClockCell(START_MS);
  const clock = openClock({ kind: 'cell', cell });
  const register = await openFilledRegister(clock);
  const commit = committer(register);
  const door = await openRegisterDoor(register, clock);
  const replica = await ReplicaStore.open(await temporaryStore());
  const follower = followerOf(replica, door);
  const caughtUp = (): Promise<void> =>
    until(() => replica.mark?.sequence === register.sequence && follower.isConnected);
  const directory = new Directory({ replica, clock: clock, onDamaged: fail });
  follower.start();
  onTestFinished(() => follower.close());
  await caughtUp();
  const setTime = (nowMs: number): void => setClockCell(cell, nowMs);
  return { register, clock, setTime, door, replica, follower, directory, commit, caughtUp };
}

export function followerOf(replica: ReplicaStore, { url }: { url: string }): RegisterFollower {
  return new RegisterFollower({
    replica,
    primary: url,
    readKey: async () => REPLICA_KEY,
    onDamaged: fail,
    random: systemRandom(),
    log: silentLog(),
  });
}

/** Looks until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not so within ${WAIT_MS} ms`);
    await new Promise((resolve) => void setTimeout(resolve, 10));
  }
}

function fail(error: unknown): never {
  throw error;
}
