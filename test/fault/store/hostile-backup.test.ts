/** Backups that somebody wrote who may write to the location: checksums fit, contents do not. */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { utf8 } from '#base/bytes.ts';
import { CodedError } from '#base/coded-error.ts';
import { listBackups } from '#store/backup/list-backups.ts';
import { readLog } from '#store/backup/log-part.ts';
import { formatManifest } from '#store/backup/manifest.ts';
import { readManifest, readPart, readStored } from '#store/backup/read-backup.ts';
import { restoreBackup } from '#store/backup/restore.ts';
import type { BackupLocation } from '#store/locations/location.ts';
import { formatRecord } from '#store/mirror/mirror-record.ts';
import { backupFixture, countRows, runBackup } from '../../kit/backup-fixture.ts';
import { numberedRow } from '../../kit/numbered-row.ts';

type Changes = Record<string, unknown>;

async function forged(changes: (manifest: Changes) => Changes) {
  const fixture = await backupFixture();
  await fixture.store.write([numberedRow(1)]);
  const { id } = await runBackup(fixture.options);
  const path = join(fixture.folder, 'a', id, 'manifest.json');
  const { manifest } = JSON.parse(await readFile(path, 'utf8')) as { manifest: Changes };
  const forgery = { ...manifest, ...changes(manifest) };
  const sha256 = createHash('sha256').update(JSON.stringify(forgery)).digest('hex');
  await writeFile(path, JSON.stringify({ sha256, manifest: forgery }));
  return { ...fixture, id, into: join(fixture.folder, 'restored') };
}

function partsWith(changes: Changes) {
  return ({ parts }: Changes): Changes => ({
    parts: (parts as Changes[]).map((part) => ({ ...part, ...changes })),
  });
}

describe('a manifest that fits its checksum', () => {
  it.each<[string, (manifest: Changes) => Changes]>([
    ['has no parts', () => ({ parts: null })],
    ['has a number among its parts', () => ({ parts: [7] })],
    ['has parts of one name', partsWith({ name: 'store', file: 'store.zst' })],
    ['has a part elsewhere', partsWith({ file: '../../other/store.zst' })],
    ['has a part that is a device', partsWith({ file: '../../../../../dev/zero' })],
    ['has a part that would be written elsewhere', partsWith({ name: '../store' })],
    ['has a part without an end', partsWith({ size: 1e300 })],
    ['has a part of fewer than no octets', partsWith({ rawSize: -1 })],
    ['builds on a backup elsewhere', () => ({ kind: 'incremental', base: { id: '../x' } })],
    ['builds on nothing', () => ({ kind: 'incremental' })],
    ['is of no time', () => ({ at: 'yesterday' })],
    [
      'writes to the terminal',
      ({ facts }) => ({ facts: { ...Object(facts), zones: '\u001b[2J' } }),
    ],
    ['has a version in words', () => ({ formatVersion: 'four' })],
    ['has no facts', () => ({ facts: null })],
    ['has no number of rows', () => ({ rows: '4' })],
  ])('is refused where it %s', async (_what, changes) => {
    const { a, folder, id, into } = await forged(changes);
    const { backups, damaged } = await listBackups(a);
    expect(backups).toEqual([]);
    expect(damaged).toMatchObject([{ id }]);
    const restoring = restoreBackup({
      location: a,
      id,
      into,
      storeFolder: 'store',
      describe: countRows,
    });
    await expect(restoring).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    expect((await readdir(folder)).sort()).toEqual(['a', 'b']);
  });

  it('is taken where nothing is wrong with it', async () => {
    const { a, id } = await forged(() => ({}));
    expect((await listBackups(a)).backups).toMatchObject([{ id }]);
  });

  it('is refused where it is nested deeper than the stack', async () => {
    const { a, folder, id } = await forged(() => ({}));
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const path = join(folder, 'a', id, 'manifest.json');
    await writeFile(path, `{ "sha256": "", "manifest": { "facts": ${deep} } }`);
    await expect(readManifest(a, id)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
  });
});

describe('a location that goes on without an end', () => {
  it.each([
    ['compressed', readPart],
    ['sealed', readStored],
  ] as const)('is read no further than a %s part has octets', async (_what, read) => {
    const { a, id } = await forged(() => ({}));
    const manifest = await readManifest(a, id);
    const [part] = manifest.parts;
    let octets = 0;
    // Skippable frames, of which zstd makes nothing (RFC 8878, section 3.1.2).
    const frame = Buffer.concat([Buffer.from('502a4d1800000100', 'hex'), Buffer.alloc(65_536)]);
    const endless: BackupLocation = {
      name: a.name,
      listIds: () => a.listIds(),
      hasFile: (...names) => a.hasFile(...names),
      writeFile: (...file) => a.writeFile(...file),
      remove: (gone) => a.remove(gone),
      async *readFile() {
        for (; octets < 1 << 30; octets += frame.length) yield frame;
      },
    };
    const reading = Array.fromAsync(read(endless, manifest, part));
    await expect(reading).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    expect(octets).toBeLessThan(1 << 20);
  });
});

describe('a location with manifests without an end', () => {
  it('is not listed', { timeout: 60_000 }, async () => {
    const { a, id } = await forged(() => ({}));
    const manifest = await readManifest(a, id);
    const facts = Object.fromEntries(
      Array.from({ length: 240 }, (_, at) => [`fact ${at}`, 'x'.repeat(4000)]),
    );
    let asked = 0;
    const endless: BackupLocation = {
      name: 'endless',
      listIds: async () =>
        Array.from(
          { length: 1000 },
          (_, at) => `20261122T010000${String(at).padStart(3, '0')}Z-0000`,
        ),
      hasFile: async () => true,
      writeFile: (...file) => a.writeFile(...file),
      remove: (gone) => a.remove(gone),
      async *readFile(asId) {
        asked += 1;
        yield utf8(formatManifest({ ...manifest, facts, id: asId }));
      },
    };
    await expect(listBackups(endless)).rejects.toMatchObject({ code: 'BACKUP_LOCATION' });
    expect(asked).toBeLessThan(200);
  });
});

describe('a log whose checksums fit', () => {
  it('is refused where a write ends outside of its batch', async () => {
    const { octets } = formatRecord(1, 0, [numberedRow(1)]);
    const cut = formatRecord(1, 0, []).octets;
    const body = octets.subarray(cut.length, cut.length + 2);
    const torn = Buffer.concat([cut, body]);
    torn.writeUInt32BE(body.length, 0);
    const { crc32 } = await import('node:zlib');
    torn.writeUInt32BE(crc32(torn.subarray(8)), 4);
    const log = (async function* () {
      yield utf8('HFLOG1\n\n');
      yield torn;
    })();
    const failure = await Array.fromAsync(readLog(log, 'here')).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CodedError);
    expect(failure).toMatchObject({ code: 'BACKUP_DAMAGED' });
  });
});
