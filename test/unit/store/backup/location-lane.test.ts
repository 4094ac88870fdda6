import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { BackupRunner, type CopyOutcome, retryDelayMs } from '#store/backup/backup-runner.ts';
import { listBackups } from '#store/backup/list-backups.ts';
import type { BackupLocation } from '#store/locations/location.ts';
import { backupFixture, keepNewest } from '../../../kit/backup-fixture.ts';
import { numberedRow } from '../../../kit/numbered-row.ts';

/** A location whose files are not taken before they are let through. */
function gated(inner: BackupLocation) {
  const gate = Promise.withResolvers<void>();
  const location: BackupLocation = {
    name: inner.name,
    listIds: async () => inner.listIds(),
    hasFile: async (id, file) => inner.hasFile(id, file),
    writeFile: async (id, file, content) => {
      await gate.promise;
      await inner.writeFile(id, file, content);
    },
    readFile: (id, file) => inner.readFile(id, file),
    remove: async (id) => inner.remove(id),
  };
  return { location, open: gate.resolve };
}

async function laned() {
  const { options, store, a, b, folder, setNow } = await backupFixture();
  await store.write(Array.from({ length: 100 }, (_, index) => numberedRow(index)));
  const slow = gated(a);
  const told: CopyOutcome[] = [];
  const runner = new BackupRunner({
    ...options,
    targets: [slow.location, b].map((location) => ({ location, retention: keepNewest(5) })),
    onOutcome: (copy) => void told.push(copy),
  });
  onTestFinished(() => runner.close());
  return { runner, slow, told, a, b, folder, setNow };
}

describe('locations', () => {
  it('do not wait for each other, and one that is behind takes only the newest', async () => {
    const { runner, slow, told, a, b, setNow } = await laned();
    const runs = [];
    for (const hour of [1, 2, 3]) {
      setNow(`2026-11-22T0${hour}:00:00Z`);
      runs.push(runner.run('full'));
      await vi.waitFor(() => expect(told.filter(isGood)).toHaveLength(hour), { timeout: 5000 });
    }
    expect((await listBackups(b)).backups).toHaveLength(3);
    slow.open();
    const outcomes = await Promise.all(runs);
    const [first, second, third] = outcomes.map(({ locations }) => locations[0]);
    expect(first).toMatchObject({ location: 'disk-a', verified: true });
    expect(second).toMatchObject({ verified: false, code: 'BACKUP_SUPERSEDED' });
    expect(third).toMatchObject({ verified: true });
    const kept = (await listBackups(a)).backups.map(({ id }) => id);
    expect(kept).toEqual([outcomes[2].id, outcomes[0].id]);
  });

  it('that hang refuse further backups at once, until they come back', async () => {
    const { options, b } = await backupFixture();
    const { location, open } = gated(b);
    const targets = [{ location, retention: keepNewest(5) }];
    const runner = new BackupRunner({ ...options, targets, locationTimeoutMs: 200 });
    onTestFinished(() => runner.close());
    const [late] = (await runner.run('full')).locations;
    expect(late).toMatchObject({ code: 'BACKUP_TIMEOUT' });
    const [again] = (await runner.run('full')).locations;
    expect(again).toMatchObject({ message: expect.stringContaining('still hangs') });
    expect(again.durationMs).toBeLessThan(200);
    open();
    await vi.waitFor(async () => {
      const [after] = (await runner.run('full')).locations;
      expect(after.verified).toBe(true);
    });
    // What was given up has left nothing that could be taken for a backup.
    expect((await listBackups(b)).incomplete).toEqual([]);
  });

  it('that failed are tried again alone, with what there is by then', async () => {
    const { options, a, b, folder, store } = await backupFixture();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const told: CopyOutcome[] = [];
    const runner = new BackupRunner({
      ...options,
      targets: [a, b].map((location) => ({ location, retention: keepNewest(5) })),
      onOutcome: (copy) => void told.push(copy),
    });
    onTestFinished(() => runner.close());
    await writeFile(join(folder, 'a'), 'a file where the directory should be');
    await runner.run('full');
    expect(told.filter(isGood)).toHaveLength(1);
    expect(told).toHaveLength(2);
    await rm(join(folder, 'a'));
    await store.write([numberedRow(7)]);
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(told).toHaveLength(3), { timeout: 5000 });
    expect(told[2].outcome).toMatchObject({ location: 'disk-a', verified: true });
    expect((await listBackups(a)).backups[0].rows).toBe(2);
    expect((await listBackups(b)).backups).toHaveLength(1);
  });

  it('are tried again after times that double up to half an hour, never all at once', () => {
    const random = seededRandom(3);
    const delays = [0, 1, 2, 3, 4, 5, 6, 20].map((failures) => retryDelayMs(failures, random));
    const wholes = [1, 2, 4, 8, 16, 30, 30, 30].map((minutes) => minutes * 60_000);
    for (const [index, whole] of wholes.entries()) {
      expect(delays[index]).toBeGreaterThanOrEqual(whole / 2);
      expect(delays[index]).toBeLessThanOrEqual(whole);
    }
    expect(new Set(delays).size).toBe(delays.length);
  });
});

function isGood({ outcome }: CopyOutcome): boolean {
  return outcome.verified;
}
