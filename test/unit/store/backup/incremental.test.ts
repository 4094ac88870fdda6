import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BackupOutcome, BackupRunner } from '#store/backup/backup-runner.ts';
import { listBackups } from '#store/backup/list-backups.ts';
import { restoreBackup } from '#store/backup/restore.ts';
import { verifyBackup } from '#store/backup/verify-backup.ts';
import type { LevelStore } from '#store/level-store.ts';
import { backupFixture, countRows, keepNewest } from '../../../kit/backup-fixture.ts';
import { numberedRow } from '../../../kit/numbered-row.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { readAllRows, temporaryStore } from '../../../kit/temporary-store.ts';

const ROWS = Array.from({ length: 5000 }, (_, index) => numberedRow(index));

async function chained() {
  const fixture = await backupFixture();
  const runner = new BackupRunner(fixture.options);
  await fixture.store.write(ROWS);
  return { ...fixture, runner };
}

async function restoredRows(fixture: Awaited<ReturnType<typeof chained>>, id: string) {
  const into = join(await temporaryFolder(), 'restored');
  await restoreBackup({
    location: fixture.a,
    id,
    into,
    storeFolder: 's',
    describe: countRows,
  });
  return readAllRows(await temporaryStore(join(into, 's')));
}

function kinds({ locations }: BackupOutcome): (string | undefined)[] {
  return locations.map((outcome) => (outcome.verified ? outcome.kind : outcome.code));
}

/** Changed, new, and vanished rows, at both ends and in the middle. */
async function changeSome(store: LevelStore, round: number): Promise<void> {
  await store.write([
    numberedRow(3, round),
    numberedRow(2500 + round, round),
    numberedRow(7000 + round, round),
    { key: numberedRow(0).key, delete: true },
    { key: numberedRow(4999).key, delete: true },
    ...Array.from({ length: 300 }, (_, at) => ({
      key: numberedRow(1000 + 300 * round + at).key,
      delete: true as const,
    })),
  ]);
}

describe('an incremental backup', () => {
  it('restores to exactly the rows of its moment, through a chain of several', async () => {
    const fixture = await chained();
    const { store, runner, setNow, a } = fixture;
    const moments: { id: string; rows: Awaited<ReturnType<typeof readAllRows>> }[] = [];
    for (const round of [0, 1, 2, 3]) {
      setNow(`2026-11-22T0${round + 1}:00:00Z`);
      if (round > 0) await changeSome(store, round);
      const outcome = await runner.run('incremental');
      // There is nothing to build on at first.
      const kind = round === 0 ? 'full' : 'incremental';
      expect(kinds(outcome)).toEqual([kind, kind]);
      moments.push({ id: outcome.id, rows: await readAllRows(store) });
    }
    for (const { id, rows } of moments) {
      await expect(verifyBackup(a, id)).resolves.toMatchObject({ id, digest: expect.any(String) });
      expect(await restoredRows(fixture, id)).toEqual(rows);
    }
  });

  it('holds little when little changed', async () => {
    const { store, runner, a } = await chained();
    const full = await runner.run('full');
    await store.write([numberedRow(3, 1)]);
    const small = await runner.run('incremental');
    const sizes = [full, small].map(({ locations: [first] }) => (first.verified ? first.size : 0));
    expect(sizes[1]).toBeLessThan(sizes[0] / 10);
    const manifest = await verifyBackup(a, small.id);
    expect(manifest.base).toMatchObject({ id: full.id });
  });

  it('is a full one where more than half of the rows changed', async () => {
    const { store, runner } = await chained();
    await runner.run('full');
    await store.write(ROWS.slice(0, 4000).map((_, index) => numberedRow(index, 2)));
    expect(kinds(await runner.run('incremental'))).toEqual(['full', 'full']);
  });

  it('is a full one in a location that lost its base, and only there', async () => {
    const { store, runner, folder } = await chained();
    const { id } = await runner.run('full');
    await rm(join(folder, 'a', id), { recursive: true });
    await store.write([numberedRow(3, 1)]);
    expect(kinds(await runner.run('incremental'))).toEqual(['full', 'incremental']);
  });

  it('is refused by name when a link is missing, or is another than it was made from', async () => {
    const fixture = await chained();
    const { store, runner, folder, setNow, a } = fixture;
    const full = await runner.run('full');
    setNow('2026-11-22T02:00:00Z');
    await store.write([numberedRow(3, 1)]);
    const small = await runner.run('incremental');
    await rm(join(folder, 'a', full.id), { recursive: true });
    await expect(verifyBackup(a, small.id)).rejects.toMatchObject({
      code: 'BACKUP_CHAIN',
      message: expect.stringContaining(full.id),
    });
    await expect(restoredRows(fixture, small.id)).rejects.toMatchObject({ code: 'BACKUP_CHAIN' });
  });

  it('stays as long as the full one that it builds on is among those to keep', async () => {
    const { store, options, a, setNow } = await chained();
    const targets = [{ location: a, retention: keepNewest(1) }];
    const runner = new BackupRunner({ ...options, targets });
    const ids: string[] = [];
    for (const [hour, kind] of (
      ['full', 'incremental', 'incremental', 'full'] as const
    ).entries()) {
      setNow(`2026-11-22T1${hour}:00:00Z`);
      await store.write([numberedRow(3, hour)]);
      ids.push((await runner.run(kind)).id);
      const { backups } = await listBackups(a);
      const kept = hour < 3 ? ids.toReversed() : [ids[3]];
      expect(backups.map(({ id }) => id)).toEqual(kept);
    }
  });
});
