/**
 * A disk that is really full: a tmpfs of a few megabytes. Needs root to mount it; skipped, and
 * said so, elsewhere.
 */
import { spawnSync } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCode } from '#base/coded-error.ts';
import { openLevelStore } from '#store/level-store.ts';
import { DirectoryLocation } from '#store/locations/directory-location.ts';
import { backupFixture, keepNewest, runBackup } from '../../kit/backup-fixture.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { fillUp, smallDisk } from '../../kit/small-disk.ts';
import { readAllRows } from '../../kit/temporary-store.ts';

function remount(disk: string, mode: 'ro' | 'rw'): void {
  const { status, stderr } = spawnSync('mount', ['-o', `remount,${mode}`, disk]);
  if (status !== 0) throw new Error(`mount: ${stderr.toString()}`);
}

describe('a full disk', () => {
  it('stops writes and not reads, loses nothing acknowledged, and ends with a restart', async (test) => {
    const disk = await smallDisk();
    if (disk === undefined) return test.skip('needs root, to mount a small tmpfs');
    const store = await openLevelStore(join(disk, 'store'));
    const ballast = join(disk, 'ballast');
    let written = 0;
    await store.write([numberedRow(written++)]);
    await fillUp(disk, ballast);
    const refusal = await store.write(bigWrites()).catch((error: unknown) => error);
    expect(errorCode(refusal)).toBe('STORE_WRITE_FAILED');
    const later = await store.write([numberedRow(9999)]).catch((error: unknown) => error);
    expect(errorCode(later)).toBe('STORE_FAILED');
    const bulk = await store.writeBulk([numberedRow(9999)]).catch((error: unknown) => error);
    expect(errorCode(bulk)).toBe('STORE_FAILED');
    expect(await store.get(numberedRow(0).key)).toBeDefined();
    await rm(ballast);
    const stillRefused = await store.write([numberedRow(9999)]).catch((error: unknown) => error);
    expect(errorCode(stillRefused)).toBe('STORE_FAILED');
    await store.close();
    const again = await openLevelStore(join(disk, 'store'));
    await again.write([numberedRow(written++)]);
    const rows = await readAllRows(again);
    expect(rows.filter((row) => row.key.length === 5)).toHaveLength(written);
    await again.close();
    return undefined;
  });

  it('that is read-only at the start is refused as such, and nothing is changed', async (test) => {
    const disk = await smallDisk();
    if (disk === undefined) return test.skip('needs root, to mount a small tmpfs');
    const folder = join(disk, 'store');
    const store = await openLevelStore(folder, { mirror: true });
    await store.write([numberedRow(1)]);
    await store.close();
    const before = await readdir(folder, { recursive: true });
    remount(disk, 'ro');
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(openLevelStore(folder, { mirror: true })).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
      });
    }
    remount(disk, 'rw');
    expect(await readdir(folder, { recursive: true })).toEqual(before);
    const again = await openLevelStore(folder, { mirror: true });
    expect(await again.get(numberedRow(1).key)).toBeDefined();
    await again.close();
    return undefined;
  });

  it('fails the one backup location on it and leaves the others alone', async (test) => {
    const disk = await smallDisk();
    if (disk === undefined) return test.skip('needs root, to mount a small tmpfs');
    const { store, options, b } = await backupFixture();
    await store.write(bigWrites());
    await fillUp(disk, join(disk, 'ballast'));
    const full = new DirectoryLocation('full', disk);
    const targets = [full, b].map((location) => ({ location, retention: keepNewest(1) }));
    const { locations } = await runBackup({ ...options, targets });
    expect(locations).toMatchObject([
      { location: 'full', verified: false, code: 'ENOSPC' },
      { location: 'disk-b', verified: true },
    ]);
    return undefined;
  });
});

/** About a megabyte that zstd cannot shrink, in keys longer than those of numbered rows. */
function bigWrites(): { key: Uint8Array; value: Uint8Array }[] {
  let state = 1;
  const noise = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  };
  return Array.from({ length: 100 }, (_, index) => ({
    key: Buffer.concat([numberedRow(index).key, Buffer.from('big')]),
    value: Uint8Array.from({ length: 10_000 }, noise),
  }));
}
