/**
 * The thread that makes backups is ended, or loses the store, in the middle of a backup: the store
 * goes on, nothing by halves counts as a backup, and the backup is made again.
 */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { BackupWorkerStart } from '#app/backup-worker.ts';
import { backupSection } from '#app/config/backup-section.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import type { CopyOutcome } from '#store/backup/backup-runner.ts';
import { BackupThread } from '#store/backup/backup-thread.ts';
import { listBackups } from '#store/backup/list-backups.ts';
import { verifyBackup } from '#store/backup/verify-backup.ts';
import type { StoreLender } from '#store/lent-store.ts';
import { openLevelStore } from '#store/level-store.ts';
import { DirectoryLocation } from '#store/locations/directory-location.ts';
import { numberedRow } from '../kit/numbered-row.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';

const MODULE = new URL('../../src/app/backup-worker.ts', import.meta.url);
/** Enough for a backup to be under way for a while. */
const ROWS = 8000;

async function threaded() {
  const folder = await temporaryFolder();
  const store = await openLevelStore(join(folder, 'store'));
  onTestFinished(() => store.close());
  await store.write(Array.from({ length: ROWS }, (_, index) => numberedRow(index)));
  const places = ['a', 'b'].map((name) => new DirectoryLocation(name, join(folder, name)));
  const locations = places.map(({ name }) => ({ name, directory: join(folder, name) }));
  const start: BackupWorkerStart = {
    backup: backupSection(folder).parse({ locations }),
    files: { data: folder, paths: [], folders: [], kept: [] },
    memory: join(folder, 'memory'),
    clock: { kind: 'system' },
  };
  const told: CopyOutcome[] = [];
  const borrowed = Promise.withResolvers<void>();
  const recalls: (() => void)[] = [];
  const lender: StoreLender = {
    lend: (recall) => {
      recalls.push(recall);
      borrowed.resolve();
      return store.lend(recall);
    },
  };
  const backups = new BackupThread({
    store: lender,
    module: MODULE,
    start,
    onOutcome: (copy) => void told.push(copy),
    random: seededRandom(1),
    log: silentLog(),
  });
  onTestFinished(() => backups.close());
  /** `borrowed` resolves when the thread is about to read the store. */
  return {
    store,
    backups,
    places,
    told,
    borrowed: borrowed.promise,
    askBack: () => recalls.at(-1)?.(),
  };
}

describe('the thread that makes backups', () => {
  it('makes them beside the writes, builds on its own, and checks them', async () => {
    const { store, backups, places, told } = await threaded();
    const first = await backups.run('full');
    expect(first.locations).toMatchObject([{ verified: true }, { verified: true }]);
    expect(told).toHaveLength(2);
    await store.write([numberedRow(7, 1)]);
    const second = await backups.run('incremental');
    expect(second.locations).toMatchObject([{ kind: 'incremental' }, { kind: 'incremental' }]);
    await backups.verify('a', second.id);
    await verifyBackup(places[1], second.id);
    await expect(backups.verify('a', 'no such id')).rejects.toHaveProperty('code');
  });

  it('is followed by another when it dies, which builds on what it made', async () => {
    const { store, backups, places } = await threaded();
    const { id } = await backups.run('full');
    await backups.kill();
    await store.write([numberedRow(7, 1)]);
    const next = await backups.run('incremental');
    expect(next.locations).toMatchObject([{ kind: 'incremental' }, { kind: 'incremental' }]);
    for (const place of places) {
      expect(await verifyBackup(place, next.id)).toMatchObject({ base: { id } });
    }
  });

  it('is followed by another when it dies, which begins the backup again', async () => {
    const { store, backups, places, told, borrowed } = await threaded();
    const run = backups.run('full').catch((error: unknown) => error);
    await borrowed;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    await backups.kill();
    expect(await run).toMatchObject({ code: 'BACKUP_THREAD' });
    await store.write([numberedRow(ROWS)]);
    for (const place of places) expect((await listBackups(place)).backups).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(told).toHaveLength(2), { timeout: 10_000 });
    // With the layout row of the store and the row of afterwards.
    for (const place of places) {
      expect((await listBackups(place)).backups).toMatchObject([{ rows: ROWS + 2 }]);
    }
  });

  it('gives the store back when that is closed, and its backup fails', async () => {
    const { store, backups, borrowed } = await threaded();
    const run = backups.run('full');
    const failed = run.then(
      ({ locations }) => locations.map((copy) => (copy.verified ? '' : copy.code)),
      (error: { code: string }) => [error.code],
    );
    await borrowed;
    await store.close();
    expect(new Set(await failed)).toEqual(new Set(['STORE_CLOSED']));
    await expect(backups.run('full')).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  });

  it('begins a backup again from which the store was taken', async () => {
    const { backups, places, told, borrowed, askBack } = await threaded();
    const run = backups.run('full').catch((error: unknown) => error);
    await borrowed;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    askBack();
    expect(await run).toMatchObject({ code: 'STORE_CLOSED' });
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(told).toHaveLength(2), { timeout: 10_000 });
    for (const place of places) expect((await listBackups(place)).backups).toHaveLength(1);
  });

  it('ends with what it was doing when it is closed', async () => {
    const { store, backups, places, borrowed } = await threaded();
    const run = backups.run('full').catch((error: { code: string }) => error.code);
    await borrowed;
    await backups.close();
    await run;
    await store.write([numberedRow(ROWS)]);
    for (const place of places) {
      for (const { id } of (await listBackups(place)).backups) await verifyBackup(place, id);
    }
    await expect(backups.run('full')).rejects.toMatchObject({ code: 'BACKUP_THREAD' });
  });
});
