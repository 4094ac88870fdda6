/**
 * A restore to a moment, held against a model: after every step the records of every zone are kept
 * with the time, and later a restore to that time must bring exactly those back.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { describeRows } from '#app/describe-rows.ts';
import { restoreData } from '#app/restore-data.ts';
import { utf8 } from '#base/bytes.ts';
import { openClock } from '#base/clock.ts';
import { formatName, type Name, parseName } from '#dns/wire/name.ts';
import { compareSerials } from '#dns/zone/serial.ts';
import type { Operation } from '#dns/zonedb/change.ts';
import { BackupRunner } from '#store/backup/backup-runner.ts';
import { buildKey, KEYSPACE } from '#store/keyspace.ts';
import { backupFixture } from '../../kit/backup-fixture.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import {
  contextOf,
  createExample,
  listRecords,
  openTestZoneDb,
  replace,
  SOA_CONTENT,
  type TestZoneDb,
} from '../../kit/zone-db.ts';

const clock = openClock({ kind: 'system' });

interface Moment {
  readonly atMs: number;
  /** Records by zone, the serial left out. */
  readonly zones: Record<string, string[]>;
}

/** Records of all zones; the SOA's serial goes on and is no part of what was. */
async function readZones({ zones }: Pick<TestZoneDb, 'zones'>): Promise<Moment['zones']> {
  const found: Moment['zones'] = {};
  for (const apex of zones.names()) {
    const records = await listRecords(zones, apex);
    found[formatName(apex)] = records.map((line) => line.replace(/( SOA \S+ \S+) \d+/, '$1'));
  }
  return found;
}

async function started() {
  const served = await openTestZoneDb(await temporaryFolder());
  const { options, a } = await backupFixture(served.store);
  const runner = new BackupRunner({ ...options, clock, describe: describeRows });
  const moments: Moment[] = [];
  /** Makes a step, and keeps what there is after it. */
  const step = async (work: () => Promise<unknown>): Promise<Moment> => {
    await work();
    await sleep(4);
    const moment = { atMs: clock.nowMs(), zones: await readZones(served) };
    moments.push(moment);
    await sleep(4);
    return moment;
  };
  const apply = async (apex: Name, ...operations: Operation[]): Promise<unknown> =>
    served.zones.apply({ zone: apex, operations, context: contextOf() });
  const backUp = async (kind: 'full' | 'incremental' = 'incremental'): Promise<string> => {
    const { id, locations } = await runner.run(kind);
    expect(locations.map(({ verified }) => verified)).toEqual([true, true]);
    return id;
  };
  const restore = async (wish: { atMs?: number; id?: string; serialJump?: number }) => {
    const into = join(await temporaryFolder(), 'data');
    const report = await restoreData({ ...wish, location: a, into, identities: [], clock });
    return { report, db: await openTestZoneDb(into) };
  };
  return { ...served, a, moments, step, apply, backUp, restore };
}

function serialOf({ zones }: Pick<TestZoneDb, 'zones'>, apex: Name): number {
  return zones.find(apex)?.row.serial ?? 0;
}

describe('a restore to a moment', () => {
  it('brings back what every zone was between two backups', async () => {
    const { zones, moments, step, apply, backUp, restore } = await started();
    const apex = await createExample(zones, [replace('www.example.com.', 'A', 60, '192.0.2.1')]);
    const doomed = await createExample(zones, [], {}, 'doomed.example.');
    await backUp('full');
    await step(() => apply(apex, replace('www.example.com.', 'A', 60, '192.0.2.2')));
    await step(() => apply(apex, replace('new.example.com.', 'TXT', 60, '"new"')));
    await step(() => apply(doomed, replace('a.doomed.example.', 'A', 60, '192.0.2.9')));
    await step(() => zones.changeSettings(apex, { account: 'later' }, contextOf()));
    await step(() => createExample(zones, [], {}, 'young.example.'));
    await step(() => apply(doomed, replace('b.doomed.example.', 'A', 60, '192.0.2.9')));
    await step(() => zones.remove(doomed, contextOf()));
    await step(() => apply(apex, replace('www.example.com.', 'A', 60)));
    await backUp();
    for (const { atMs, zones: then } of moments) {
      const { report, db } = await restore({ atMs });
      expect(await readZones(db)).toEqual(then);
      expect(report.rewind).toBeDefined();
      for (const { row } of [db.zones.find(apex)].filter((state) => state !== undefined)) {
        expect(row.settings.account).toBe(atMs < moments[3].atMs ? '' : 'later');
      }
      await db.close();
    }
  }, 60_000);

  it('gives every zone a later serial than it ever had, and a journal without gaps', async () => {
    const { zones, moments, step, apply, backUp, restore } = await started();
    const apex = await createExample(zones);
    await backUp('full');
    for (const last of [1, 2, 3]) {
      await step(() => apply(apex, replace('www.example.com.', 'A', 60, `192.0.2.${last}`)));
    }
    const id = await backUp();
    const serial = zones.find(apex)?.row.serial ?? 0;
    const { db } = await restore({ atMs: moments[0].atMs, serialJump: 1 });
    expect(compareSerials(serialOf(db, apex), serial)).toBeGreaterThan(0);
    const [newest] = await db.zones.history(apex, { limit: 1 });
    expect(newest).toMatchObject({ source: 'restore', newSerial: serialOf(db, apex) });
    // Secondaries that have the last version get there step by step.
    expect(await db.zones.changesSince(apex, serial)).toBeDefined();
    await db.close();
    const ahead = await restore({ id, serialJump: 5000 });
    expect(serialOf(ahead.db, apex) - serial).toBeGreaterThanOrEqual(5000);
    const same = await restore({ id, serialJump: 0 });
    expect(serialOf(same.db, apex)).toBe(serial);
    expect(same.report.serials).toBeUndefined();
  });

  it('says which moments cannot be reached for a zone that was replaced on both sides', async () => {
    const { zones, step, backUp, restore, moments } = await started();
    const apex = await createExample(zones);
    await backUp('full');
    const replaceAll = async (address: string): Promise<unknown> => {
      await zones.remove(apex, contextOf());
      return createExample(zones, [replace('www.example.com.', 'A', 60, address)]);
    };
    await step(async () => {});
    await step(() => replaceAll('192.0.2.1'));
    await step(() => replaceAll('192.0.2.2'));
    await backUp();
    const refused = restore({ atMs: moments[1].atMs });
    await expect(refused).rejects.toMatchObject({
      code: 'RESTORE_MOMENT',
      message: expect.stringMatching(/example\.com\. is known until \S+Z and from \S+Z on/),
    });
    for (const moment of [moments[0], moments[2]]) {
      const { db } = await restore({ atMs: moment.atMs });
      expect(await readZones(db)).toEqual(moment.zones);
      await db.close();
    }
  });

  it('is refused where the register of names changed around it', async () => {
    const { zones, store, step, backUp, restore, moments } = await started();
    await createExample(zones);
    const before = await backUp('full');
    await step(async () => {});
    const row = { key: buildKey(KEYSPACE.registryTld, utf8('tld.')), value: utf8('{}') };
    await store.write([row]);
    const after = await backUp();
    await expect(restore({ atMs: moments[0].atMs })).rejects.toMatchObject({
      code: 'RESTORE_MOMENT',
      message: expect.stringMatching(new RegExp(`Restore ${before} of .* or ${after} of`)),
    });
    await step(async () => {});
    await backUp();
    const { report } = await restore({ atMs: moments[1].atMs });
    expect(report.rewind).toBeDefined();
  });

  it('takes the newest backup for a moment that none reaches, and says so', async () => {
    const { zones, backUp, restore } = await started();
    await createExample(zones);
    const id = await backUp('full');
    const { report } = await restore({ atMs: clock.nowMs() + 60_000 });
    expect(report).toMatchObject({ isBehindNewest: true, manifest: { id, facts: { zones: 1 } } });
    expect(report.manifest.parts.map(({ name }) => name)).toContain('contents.ndjson');
  });

  it('leaves zones that are fetched, and those that came signed, their serials', async () => {
    const { zones, backUp, restore, step, apply, moments } = await started();
    const apex = await createExample(zones, [], { kind: 'Slave', masters: ['192.0.2.1'] });
    await backUp('full');
    await step(async () => {});
    await apply(apex, replace('example.com.', 'SOA', 60, SOA_CONTENT.replace(' 1 ', ' 77 ')));
    const id = await backUp();
    const serial = zones.find(apex)?.row.serial;
    const { db, report } = await restore({ atMs: moments[0].atMs });
    expect(report.rewind?.fetched).toEqual(['example.com.']);
    expect(serialOf(db, apex)).toBe(serial);
    await db.close();
    const whole = await restore({ id });
    expect(whole.report.serials).toEqual({ raised: 0, signed: [] });
    expect(whole.db.zones.find(parseName('example.com.'))?.row.serial).toBe(serial);
  });
});
