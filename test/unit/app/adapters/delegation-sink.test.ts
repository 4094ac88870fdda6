// From the register to a zone, with a real zone database: what is made, tried again, and held.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { DelegationPublisher } from '#app/adapters/delegation-sink.ts';
import { RemovalBrake } from '#app/adapters/removal-brake.ts';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import type { Delegation } from '#registry/model/delegation.ts';
import { DelegationTasks, testTld } from '../../../kit/delegation-tasks.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import {
  createExample,
  listRecords,
  openTestZoneDb,
  type TestZoneDb,
} from '../../../kit/zone-db.ts';

const clock = openClock({ kind: 'system' });
const NS = { nameservers: ['ns1.host.example', 'ns2.host.example'] };

interface Surroundings {
  db: TestZoneDb;
  register: DelegationTasks;
  publisher: DelegationPublisher;
  /** Changes what is to be at an owner and offers the task. */
  set: (owner: string, wanted: Partial<Delegation>) => void;
  settled: () => Promise<void>;
  /** Owners with NS in the zone, its apex aside. */
  delegated: () => Promise<string[]>;
}

async function openPublisher(
  db: TestZoneDb,
  register: DelegationTasks,
  keptMax?: number,
): Promise<Surroundings> {
  const brake = await RemovalBrake.open(db.store, clock);
  const limit = keptMax !== undefined && { keptMax };
  const parts = { register, zones: db.zones, brake, clock, log: silentLog(), ...limit };
  const publisher = new DelegationPublisher(parts);
  onTestFinished(() => publisher.close());
  publisher.start();
  return {
    db,
    register,
    publisher,
    set: (owner, wanted) => publisher.offer(register.set(owner, wanted)),
    settled: () => vi.waitFor(() => expect(register.open.size).toBe(0), { interval: 5 }),
    delegated: async () => {
      const lines = await listRecords(db.zones, (await tldApex(db)) ?? new Uint8Array());
      const owners = lines.filter((line) => / NS /.test(line)).map((line) => line.split(' ')[0]);
      return [...new Set(owners)].filter((owner) => owner !== 'tld.');
    },
  };
}

async function tldApex({ zones }: TestZoneDb): Promise<Uint8Array | undefined> {
  return zones.names().find((name) => name.length === 'tld.'.length + 1);
}

async function openTld(keptMax?: number): Promise<Surroundings> {
  const db = await openTestZoneDb(await temporaryFolder());
  await createExample(db.zones, [], {}, 'tld.');
  return openPublisher(db, new DelegationTasks(testTld('tld')), keptMax);
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `name-${String(at).padStart(3, '0')}.tld`);
}

async function openFull(): Promise<Surroundings> {
  const surroundings = await openTld();
  for (const name of names(120)) surroundings.set(name, NS);
  await surroundings.settled();
  return surroundings;
}

describe('a delegation', () => {
  it('is in the zone with all that belongs to it, under the id of its command', async () => {
    const { db, set, settled } = await openTld();
    set('a.tld', {
      ...NS,
      ds: [{ keyTag: 7, algorithm: 13, digestType: 2, digest: 'AB'.repeat(32) }],
    });
    set('ns1.a.tld', { addresses: ['192.0.2.1', '2001:db8::1'] });
    await settled();
    const apex = (await tldApex(db)) ?? new Uint8Array();
    const records = await listRecords(db.zones, apex);
    expect(
      records.filter((line) => / (?:NS|DS|A|AAAA) /.test(line) && !line.startsWith('tld. ')),
    ).toEqual([
      `a.tld. 86400 DS 7 13 2 ${'AB'.repeat(32)}`,
      'a.tld. 86400 NS ns1.host.example.',
      'a.tld. 86400 NS ns2.host.example.',
      'ns1.a.tld. 86400 A 192.0.2.1',
      'ns1.a.tld. 86400 AAAA 2001:db8::1',
    ]);
    const [newest] = await db.zones.history(apex, { limit: 1 });
    expect(newest).toMatchObject({ source: 'epp', actor: 'rar-1', transactionId: 'sv-2' });
  });

  it('is one version of the zone, however often it is asked for', async () => {
    const { db, register, publisher, set, settled } = await openTld();
    const before = db.published.length;
    set('a.tld', { nameservers: ['ns1.old.example'] });
    set('a.tld', NS);
    await settled();
    expect(db.published.length - before).toBe(1);
    const { receipts } = db.zones;
    const [first] = await receipts.ofTransaction('sv-1');
    expect(await receipts.get(first)).toMatchObject({ transactionId: 'sv-1', source: 'epp' });
    expect(await receipts.ofTransaction('sv-2')).toEqual([first]);
    expect(await receipts.ofTransaction('sv-3')).toEqual([]);
    await publisher.close();
    register.set('a.tld', NS);
    const again = await openPublisher(db, register);
    await again.settled();
    expect(db.published.length - before).toBe(1);
  });

  it('never touches the apex or what is outside of the zone', async () => {
    const { db, register, publisher, settled } = await openTld();
    const before = db.published.length;
    for (const owner of ['tld', 'a.example']) {
      publisher.offer({ ...register.set(owner, NS), tld: 'tld' });
    }
    await settled();
    expect(db.published.length).toBe(before);
  });

  it('waits for a zone that is not there, and others do not wait with it', async () => {
    const db = await openTestZoneDb(await temporaryFolder());
    await createExample(db.zones, [], {}, 'tld.');
    const register = new DelegationTasks(testTld('tld'), testTld('late'));
    const { set, settled, delegated, publisher } = await openPublisher(db, register);
    set('a.late', NS);
    set('b.tld', NS);
    await vi.waitFor(async () => expect(await delegated()).toEqual(['b.tld.']));
    expect([...register.open.values()].map(({ tld }) => tld)).toEqual(['late']);
    expect(publisher.failures).toBeGreaterThan(0);
    await createExample(db.zones, [], {}, 'late.');
    await settled();
  });

  it('is made after a restart, and from the store when there are more than memory takes', async () => {
    const { register, publisher, set, settled, delegated } = await openTld(10);
    for (const name of names(100)) set(name, NS);
    const open = publisher.figures().reduce((sum, { openCount }) => sum + openCount, 0);
    expect(open).toBeLessThanOrEqual(10);
    await settled();
    expect(await delegated()).toHaveLength(100);
    expect(register.open.size).toBe(0);
  });
});

describe('the brake', () => {
  it('lets a share of the names go, and holds what would be more', async () => {
    const { register, publisher, set, settled, delegated } = await openFull();
    for (const name of names(12)) set(name, {});
    await settled();
    expect(await delegated()).toHaveLength(108);
    set('name-100.tld', {});
    set('new.tld', NS);
    await vi.waitFor(async () => expect(await delegated()).toContain('new.tld.'));
    expect(await delegated()).toHaveLength(109);
    expect(register.open.size).toBe(1);
    expect(publisher.figures()).toMatchObject([{ tld: 'tld', heldCount: 1, isHeld: true }]);
  });

  it('stays on over a restart until an operator lets what it held pass', async () => {
    const { db, register, publisher, set } = await openFull();
    for (const name of names(13)) set(name, {});
    await vi.waitFor(() => expect(publisher.figures()[0].isHeld).toBe(true));
    await publisher.close();
    const again = await openPublisher(db, register);
    await vi.waitFor(() => expect(again.publisher.figures()[0]?.heldCount).toBe(13));
    expect(await again.delegated()).toHaveLength(120);
    expect(await again.publisher.letGo('tld', 'release')).toBe(true);
    await again.settled();
    expect(await again.delegated()).toHaveLength(107);
    expect(await again.publisher.letGo('tld', 'release')).toBe(false);
  });

  it('leaves in the zone what an operator drops', async () => {
    const { publisher, set, settled, delegated } = await openFull();
    for (const name of names(13)) set(name, {});
    await vi.waitFor(() => expect(publisher.figures()[0].isHeld).toBe(true));
    await publisher.letGo('tld', 'drop');
    await settled();
    expect(await delegated()).toHaveLength(120);
    set('name-000.tld', {});
    await settled();
    expect(await delegated()).toHaveLength(119);
  });
});
