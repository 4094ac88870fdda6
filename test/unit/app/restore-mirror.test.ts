/**
 * A restore that goes on with the mirror of the lost store: everything confirmed after the backup
 * is there, and a large content that came whole, which the mirror does not have, is named.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeRows } from '#app/describe-rows.ts';
import { restoreData } from '#app/restore-data.ts';
import { utf8 } from '#base/bytes.ts';
import { openClock } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import { type Name, parseName } from '#dns/wire/name.ts';
import { buildNewZone } from '#dns/zonedb/new-zone.ts';
import { markWrite, readMark } from '#dns/zonedb/zone-file-mark.ts';
import { generationKey } from '#dns/zonedb/zone-keys.ts';
import { DEFAULT_SETTINGS, type ZoneSettings } from '#dns/zonedb/zone-row.ts';
import { BackupRunner } from '#store/backup/backup-runner.ts';
import { buildKey, KEYSPACE } from '#store/keyspace.ts';
import { backupFixture } from '../../kit/backup-fixture.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import {
  contextOf,
  createExample,
  listRecords,
  openTestZoneDb,
  remove,
  replace,
  SOA_CONTENT,
  type TestZoneDb,
} from '../../kit/zone-db.ts';

const clock = openClock({ kind: 'system' });
/** More than one batch of rows, so that most of them are written in bulk. */
const LARGE = 2500;

async function started() {
  const served = await openTestZoneDb(await temporaryFolder());
  const { options, a } = await backupFixture(served.store);
  const runner = new BackupRunner({ ...options, clock, describe: describeRows });
  const backUp = async (): Promise<string> => (await runner.run('full')).id;
  const restore = async (
    wish: { id?: string; atMs?: number; serialJump?: number } = {},
    lost: string = served.folder,
  ) => {
    const into = join(await temporaryFolder(), 'data');
    const mirrorFolder = join(lost, 'store', 'mirror');
    const source = { location: a, into, identities: [], clock, mirrorFolder };
    return { report: await restoreData({ ...wish, ...source }), db: await openTestZoneDb(into) };
  };
  return { ...served, backUp, restore };
}

/** Gives a zone a whole content with so many names. */
async function importLarge(
  { zones }: TestZoneDb | Awaited<ReturnType<typeof started>>,
  apex: Name,
  { file, settings }: { file?: string; settings?: Partial<ZoneSettings> } = {},
): Promise<void> {
  const whole = { ...DEFAULT_SETTINGS, ...settings };
  const names = Array.from({ length: LARGE }, (_, at) =>
    replace(`n${at}.large.example.`, 'A', 60, '192.0.2.1'),
  );
  const records = [
    replace('large.example.', 'SOA', 60, SOA_CONTENT.replace(' 1 ', ' 500 ')),
    replace('large.example.', 'NS', 60, 'ns1.example.net.'),
    ...names,
  ];
  const nodes = await buildNewZone(apex, records, whole, clock.nowMs());
  await zones.replace(apex, (state) => ({
    apex,
    content: { nodes },
    settings: state?.row.settings ?? whole,
    context: { ...contextOf(), ...(file !== undefined && { source: 'zonefile', actor: file }) },
    edited: false,
    marks: file === undefined ? [] : [markWrite(apex, [{ path: file, sha256: 'x', inode: 'y' }])],
  }));
}

const change = (
  served: Pick<TestZoneDb, 'zones'>,
  zone: Name,
  ...edits: ReturnType<typeof replace>[]
) => served.zones.apply({ zone, operations: edits, context: contextOf() });

async function contentsOf(served: Pick<TestZoneDb, 'zones'>): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const apex of served.zones.names()) {
    found[Buffer.from(apex).toString('latin1')] = await listRecords(served.zones, apex);
  }
  return found;
}

function withoutSerial(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/( SOA \S+ \S+) \d+/, '$1'));
}

const LARGE_APEX = parseName('large.example.');

/** A zone that is imported whole after the backup, and another one. @returns it as of before */
async function importSince(served: Awaited<ReturnType<typeof started>>) {
  const { zones, backUp } = served;
  await createExample(zones, [], {}, 'large.example.');
  const other = await createExample(zones, [], {}, 'other.example.');
  await backUp();
  await change(served, LARGE_APEX, replace('before.large.example.', 'A', 60, '192.0.2.1'));
  const before = await listRecords(zones, LARGE_APEX);
  await importLarge(served, LARGE_APEX);
  return { other, before };
}

describe('a restore with the mirror', () => {
  it('brings back every change, zone, removal and row of others after the backup', async () => {
    const served = await started();
    const { zones, store, backUp, restore } = served;
    const random = seededRandom(5);
    const apexes = [];
    for (let at = 0; at < 4; at++)
      apexes.push(await createExample(zones, [], {}, `z${at}.example.`));
    await backUp();
    for (let step = 0; step < 60; step++) {
      const at = random.below(4);
      const apex = apexes[at];
      if (random.below(12) === 0) {
        await zones.remove(apex, contextOf());
        await createExample(zones, [], {}, `z${at}.example.`);
      }
      const owner = `h${random.below(5)}.z${at}.example.`;
      const operation =
        random.below(3) === 0 ? remove(owner, 'A') : replace(owner, 'A', 60, `192.0.2.${step}`);
      await change(served, apex, operation);
    }
    await zones.remove(apexes[3], contextOf());
    await createExample(zones, [], {}, 'young.example.');
    const token = { key: buildKey(KEYSPACE.token, utf8('t')), value: utf8('{}') };
    await store.write([token]);
    const { report, db } = await restore();
    expect(await contentsOf(db)).toEqual(await contentsOf(served));
    expect(db.zones.faults()).toEqual([]);
    expect(await db.store.get(token.key)).toEqual(token.value);
    expect(report.mirror).toMatchObject({ unsettled: [], zones: zones.names().length });
    expect(report.mirror?.batches).toBeGreaterThan(60);
    expect(report.mirror?.stopped).toBeUndefined();
    // Nobody has seen a later serial, so none is raised.
    expect(report.serials).toBeUndefined();
  });

  it('takes numbers of generations that were swept for what they are now', async () => {
    const first = await started();
    await createExample(first.zones, [replace('old.example.com.', 'A', 60, '192.0.2.1')]);
    await first.backUp();
    await first.zones.remove(parseName('example.com.'), contextOf());
    const mark = generationKey(1);
    await expect.poll(() => first.store.get(mark), { interval: 2 }).toBeUndefined();
    await first.close();
    const again = await openTestZoneDb(first.folder);
    await createExample(again.zones, [replace('new.example.com.', 'A', 60, '192.0.2.2')]);
    const { row } = again.zones.find(parseName('example.com.')) ?? {};
    expect(row?.generation).toBe(1);
    const { report, db } = await first.restore();
    expect(report.mirror?.unsettled).toEqual([]);
    expect(await contentsOf(db)).toEqual(await contentsOf(again));
  });

  it('goes to a moment after the newest backup', async () => {
    const served = await started();
    const apex = await createExample(served.zones);
    await served.backUp();
    await change(served, apex, replace('a.example.com.', 'A', 60, '192.0.2.1'));
    const then = await contentsOf(served);
    const atMs = clock.nowMs();
    await new Promise((resolve) => void setTimeout(resolve, 5));
    await change(served, apex, replace('b.example.com.', 'A', 60, '192.0.2.1'));
    const { report, db } = await served.restore({ atMs, serialJump: 0 });
    expect(await contentsOf(db)).toEqual(then);
    expect(report).toMatchObject({ isBehindNewest: true, mirror: { batches: 1 } });
    expect(report.mirror?.stopped).toMatch(/^the next is of /);
    await served.backUp();
    await expect(served.restore({ atMs })).rejects.toMatchObject({ code: 'RESTORE_MOMENT' });
  });

  it('names a large zone that was imported since, and gives it the content of before', async () => {
    const served = await started();
    const { zones, restore } = served;
    const { other, before } = await importSince(served);
    await change(served, LARGE_APEX, replace('after.large.example.', 'A', 60, '192.0.2.1'));
    await change(served, other, replace('www.other.example.', 'A', 60, '192.0.2.9'));
    const { report, db } = await restore();
    expect(report.mirror?.unsettled).toEqual([
      {
        zone: 'large.example.',
        replacedAtMs: expect.any(Number),
        changes: 1,
        isRebuilt: true,
        isFetched: false,
      },
    ]);
    expect(withoutSerial(await listRecords(db.zones, LARGE_APEX))).toEqual(withoutSerial(before));
    expect(await listRecords(db.zones, other)).toEqual(await listRecords(zones, other));
    expect(db.zones.faults()).toEqual([]);
    await db.close();
    // Nothing is left of the rows that the mirror had of the import.
    const again = await openTestZoneDb(db.folder);
    await change(again, LARGE_APEX, replace('more.large.example.', 'A', 60, '192.0.2.1'));
    expect(again.zones.faults()).toEqual([]);
  });

  it('does so again from the same backup, after the restored store was lost as well', async () => {
    const served = await started();
    const { restore } = served;
    const { other, before } = await importSince(served);
    await change(served, other, replace('a.other.example.', 'A', 60, '192.0.2.9'));
    const { db: first } = await restore();
    await change(first, other, replace('b.other.example.', 'A', 60, '192.0.2.9'));
    await createExample(first.zones, [], {}, 'third.example.');
    const contents = await contentsOf(first);
    await first.close();
    const { db: second, report } = await restore({}, first.folder);
    expect(report.mirror).toMatchObject({ unsettled: [] });
    expect(report.mirror?.stopped).toBeUndefined();
    expect(await contentsOf(second)).toEqual(contents);
    expect(withoutSerial(await listRecords(second.zones, LARGE_APEX))).toEqual(
      withoutSerial(before),
    );
  });

  it('leaves a large zone of a master file for the start to import', async () => {
    const served = await started();
    const { backUp, restore } = served;
    await backUp();
    await importLarge(served, LARGE_APEX, { file: '/zones/large.example.zone' });
    await change(served, LARGE_APEX, replace('after.large.example.', 'A', 60, '192.0.2.1'));
    const { report, db } = await restore();
    const file = '/zones/large.example.zone';
    expect(report.mirror?.unsettled).toMatchObject([{ file, isRebuilt: false, changes: 1 }]);
    // Without its file it is refused by name; with it, it counts as untouched and the file as new.
    expect(db.zones.faults()).toMatchObject([{ zone: 'large.example.' }]);
    expect(db.zones.find(LARGE_APEX)?.row).toMatchObject({
      edited: false,
      contentSource: 'zonefile',
    });
    const [mark] = (await readMark(db.store, LARGE_APEX)) ?? [];
    expect(mark).toEqual({ path: file, sha256: '', inode: '' });
  });

  it('leaves a large zone that is fetched for its primaries to renew', async () => {
    const served = await started();
    const settings = { kind: 'Slave' as const, masters: ['192.0.2.1'] };
    await served.backUp();
    await importLarge(served, LARGE_APEX, { settings });
    const { report, db } = await served.restore({ serialJump: 10 });
    expect(report.mirror?.unsettled).toMatchObject([{ isFetched: true, isRebuilt: false }]);
    expect(db.zones.find(LARGE_APEX)?.row).toMatchObject({ records: 0, serial: 0, settings });
    expect(db.zones.faults()).toEqual([]);
  });
});
