/** Restores on trial whose backup would fill the disk of the server. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { repeatEvery } from '#app/repeat-every.ts';
import { drillRestore } from '#app/restore-drill.ts';
import { backupFixture, runBackup } from '../kit/backup-fixture.ts';
import { smallDisk } from '../kit/small-disk.ts';

const DISK_MB = 64;
const BOMB_OCTETS = 1 << 30;

const sha256 = (octets: Uint8Array | string) => createHash('sha256').update(octets).digest('hex');

/** A location whose backup has a file of a few octets that unpacks to far more than the disk has. */
async function bombed(disk: string) {
  const { options, folder } = await backupFixture();
  const { id } = await runBackup(options);
  const bomb = zstdCompressSync(Buffer.alloc(BOMB_OCTETS));
  await writeFile(join(folder, 'a', id, 'bomb.zst'), bomb);
  const path = join(folder, 'a', id, 'manifest.json');
  const { manifest } = JSON.parse(await readFile(path, 'utf8')) as {
    manifest: { facts: object; parts: object[] };
  };
  const size = { size: bomb.length, sha256: sha256(bomb), rawSize: BOMB_OCTETS };
  manifest.facts = {};
  manifest.parts.push({ name: 'bomb', file: 'bomb.zst', ...size });
  const text = JSON.stringify({ sha256: sha256(JSON.stringify(manifest)), manifest });
  await writeFile(path, text);
  const config = join(folder, 'holdfast.yaml');
  const data = join(disk, 'data');
  await mkdir(data);
  const location = `{ name: a, directory: ${join(folder, 'a')} }`;
  await writeFile(config, `data: ${data}\nbackup:\n  locations: [${location}]\n`);
  return { config, location: 'a', data, signal: AbortSignal.timeout(60_000) };
}

async function freeOctets(disk: string): Promise<number> {
  const { bavail, bsize } = await statfs(disk);
  return bavail * bsize;
}

it('end before the disk is full, and leave nothing', { timeout: 60_000 }, async () => {
  const disk = await smallDisk(DISK_MB);
  if (disk === undefined) return;
  const drill = await bombed(disk);
  let least = Number.POSITIVE_INFINITY;
  const watch = repeatEvery(5, async () => {
    least = Math.min(least, await freeOctets(disk));
  });
  onTestFinished(() => watch.close());
  expect(await drillRestore(drill)).toContain('less than a quarter of the room');
  expect(least).toBeLessThan((DISK_MB << 20) / 4);
  expect(await freeOctets(disk)).toBeGreaterThan((DISK_MB - 1) << 20);
});

it('are not begun where the store has taken most of the room', { timeout: 60_000 }, async () => {
  const disk = await smallDisk(DISK_MB);
  if (disk === undefined) return;
  const drill = await bombed(disk);
  await mkdir(join(drill.data, 'store', 'level'), { recursive: true });
  await writeFile(join(drill.data, 'store', 'level', '000005.ldb'), Buffer.alloc(25 << 20));
  expect(await drillRestore(drill)).toContain('has no room to restore a backup: 53 MB');
});
