import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findAround, findBackup, listBackups } from '#store/backup/list-backups.ts';
import { restoreBackup } from '#store/backup/restore.ts';
import { verifyBackup } from '#store/backup/verify-backup.ts';
import type { BackupLocation } from '#store/locations/location.ts';
import {
  backupFixture,
  countRows,
  extrasOf,
  keepNewest,
  runBackup,
} from '../../../kit/backup-fixture.ts';
import { numberedRow } from '../../../kit/numbered-row.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { readAllRows, temporaryStore } from '../../../kit/temporary-store.ts';

const ROWS = Array.from({ length: 5000 }, (_, index) => numberedRow(index));

describe('a backup run', () => {
  it('puts a verified copy into every location', async () => {
    const { store, options, a, b } = await backupFixture();
    await store.write(ROWS);
    const outcome = await runBackup(options);
    expect(outcome.id).toMatch(/^20261122T010000000Z-[0-9a-f]{4}$/);
    expect(outcome.locations).toMatchObject([
      { location: 'disk-a', verified: true },
      { location: 'disk-b', verified: true },
    ]);
    for (const location of [a, b]) {
      const manifest = await verifyBackup(location, outcome.id);
      expect(manifest).toMatchObject({ rows: ROWS.length + 1, facts: { rows: ROWS.length } });
      expect(manifest.parts.map((part) => part.name)).toEqual(['store', 'admin.key']);
    }
  });

  it('copies one moment, however many changes go on', async () => {
    const { store, options, a } = await backupFixture();
    await store.write([...ROWS, ...pairOf(0)]);
    const stop = new AbortController();
    const writer = (async () => {
      for (let version = 1; !stop.signal.aborted; version++) await store.write(pairOf(version));
    })();
    const outcome = await runBackup(options);
    stop.abort();
    await writer;
    const into = join(await temporaryFolder(), 'restored');
    await restoreBackup({
      location: a,
      id: outcome.id,
      into,
      storeFolder: 's',
      describe: countRows,
    });
    const rows = await readAllRows(await temporaryStore(join(into, 's')));
    const versions = [1, 5000].map(
      (at) =>
        Buffer.from(rows[at]?.value ?? [])
          .toString()
          .split(' ')[3],
    );
    expect(versions[0]).toBe(versions[1]);
  });

  it('fails a location that cannot be written, alone, and says why', async () => {
    const { store, options, folder } = await backupFixture();
    await store.write(ROWS);
    await writeFile(join(folder, 'a'), 'a file where the directory should be');
    const { locations } = await runBackup(options);
    expect(locations).toMatchObject([
      { location: 'disk-a', verified: false, message: expect.stringContaining('disk-a') },
      { location: 'disk-b', verified: true },
    ]);
  });

  it('gives up on a location that hangs, and the others do not wait for it', async () => {
    const { store, options, b } = await backupFixture();
    await store.write(ROWS);
    const hanging: BackupLocation = {
      name: 'hanging',
      listIds: async () => [],
      hasFile: async () => false,
      writeFile: () => new Promise(() => {}),
      readFile: () => Promise.reject(new Error('nothing there')) as never,
      remove: async () => {},
    };
    const outcome = await runBackup({
      ...options,
      targets: [hanging, b].map((location) => ({ location, retention: keepNewest(1) })),
      locationTimeoutMs: 1500,
    });
    expect(outcome.locations).toMatchObject([
      { location: 'hanging', verified: false, code: 'BACKUP_TIMEOUT' },
      { location: 'disk-b', verified: true },
    ]);
  });

  it('leaves nothing of a copy that failed half-way', async () => {
    const { store, options, folder } = await backupFixture();
    await store.write(ROWS);
    const extras = extrasOf({ name: 'config', read: () => failing() });
    const { locations } = await runBackup({ ...options, extras });
    expect(locations.every((outcome) => !outcome.verified)).toBe(true);
    expect(await readdir(join(folder, 'a'))).toEqual([]);
  });

  it('does not begin when the rows do not hang together', async () => {
    const { options, folder } = await backupFixture();
    await expect(runBackup({ ...options, describe: refuseRows })).rejects.toThrow('a gap');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('retention', () => {
  it('keeps the newest and removes the rest, after the new one was verified', async () => {
    const { options, a, setNow } = await backupFixture();
    const ids: string[] = [];
    for (const day of ['01', '02', '03', '04']) {
      setNow(`2026-11-${day}T00:00:00Z`);
      ids.push(
        (await runBackup({ ...options, targets: [{ location: a, retention: keepNewest(2) }] })).id,
      );
    }
    const { backups } = await listBackups(a);
    expect(backups.map((backup) => backup.id)).toEqual([ids[3], ids[2]]);
  });

  it('removes nothing in a location where the new copy failed', async () => {
    const { options, a, setNow } = await backupFixture();
    const targets = [{ location: a, retention: keepNewest(1) }];
    await runBackup({ ...options, targets });
    setNow('2026-11-23T00:00:00Z');
    const extras = extrasOf({ name: 'config', read: () => failing() });
    await runBackup({ ...options, targets, extras });
    expect((await listBackups(a)).backups).toHaveLength(1);
  });

  it('clears away what a killed run left, a day later', async () => {
    const { options, a, setNow } = await backupFixture();
    await a.writeFile('20261122T005900000Z-dead', 'store.zst', someOctets());
    await runBackup(options);
    expect((await listBackups(a)).incomplete).toHaveLength(1);
    setNow('2026-11-23T01:00:00Z');
    await runBackup(options);
    expect((await listBackups(a)).incomplete).toHaveLength(0);
  });
});

describe('finding a backup', () => {
  it('takes the newest or the one named, and knows those around a moment', async () => {
    const { options, a, setNow } = await backupFixture();
    const first = (await runBackup(options)).id;
    setNow('2026-11-22T07:00:00Z');
    const second = (await runBackup(options)).id;
    expect(await findBackup(a, {})).toBe(second);
    const around = await findAround(a, Date.parse('2026-11-22T06:59:59Z'));
    expect([around.earlier?.id, around.later?.id]).toEqual([first, second]);
    const old = await findAround(a, Date.parse('2026-11-21T00:00:00Z'));
    expect([old.earlier, old.later?.id]).toEqual([undefined, first]);
    expect(await findBackup(a, { id: first })).toBe(first);
  });

  it('says which backup has a damaged manifest', async () => {
    const { options, a, folder } = await backupFixture();
    const { id } = await runBackup(options);
    const path = join(folder, 'a', id, 'manifest.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"rows": 1', '"rows": 2'));
    const listing = await listBackups(a);
    expect(listing.backups).toHaveLength(0);
    expect(listing.damaged).toMatchObject([{ id, message: expect.stringContaining(id) }]);
  });
});

/** Two rows far apart that always change together. */
function pairOf(version: number): ReturnType<typeof numberedRow>[] {
  return [1, 9999].map((index) => numberedRow(index, version));
}

async function refuseRows(): Promise<never> {
  throw new Error('a gap in the journal');
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield* someOctets();
  throw new Error('the file went away');
}

async function* someOctets(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(10);
}
