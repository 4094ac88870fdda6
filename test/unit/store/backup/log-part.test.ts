import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, it, onTestFinished } from 'vitest';
import { utf8 } from '#base/bytes.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import type { BackupRunnerOptions } from '#store/backup/backup-runner.ts';
import { type LoggedBatch, readLog } from '#store/backup/log-part.ts';
import { LOG_PART, type ReadOptions, readManifest, readPart } from '#store/backup/read-backup.ts';
import { verifyBackup } from '#store/backup/verify-backup.ts';
import type { Write } from '#store/key-value-store.ts';
import { type LevelStore, type LevelStoreOptions, openLevelStore } from '#store/level-store.ts';
import { formatRecord } from '#store/mirror/mirror-record.ts';
import { backupFixture, runBackup } from '../../../kit/backup-fixture.ts';
import { numberedRow } from '../../../kit/numbered-row.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const START_MS = Date.parse('2026-11-22T01:00:00Z');
const STEP_MS = 60_000;

/** A store whose backups log rows of even numbers; each is by a runner of its own. */
async function logged(more: Partial<BackupRunnerOptions> = {}) {
  const place = await temporaryFolder();
  const cell = makeClockCell(START_MS);
  const clock = openClock({ kind: 'cell', cell });
  const open = async (options: LevelStoreOptions): Promise<LevelStore> => {
    const opened = await openLevelStore(place, { clock, ...options });
    onTestFinished(() => opened.close());
    return opened;
  };
  let store = await open({ mirror: true });
  const fixture = await backupFixture(store);
  const memory = join(fixture.folder, 'memory');
  const options = { ...fixture.options, memory, logFilter: evenRows, clock, ...more };
  return {
    ...fixture,
    place,
    clock,
    /** A minute later. */
    write: async (...indexes: number[]) => {
      setClockCell(cell, clock.nowMs() + STEP_MS);
      await store.write(indexes.map((index) => numberedRow(index, clock.nowMs() - START_MS)));
      return clock.nowMs();
    },
    backUp: async () => {
      setClockCell(cell, clock.nowMs() + STEP_MS);
      const { id } = await runBackup({ ...options, store }, 'incremental');
      return readManifest(fixture.a, id);
    },
    /** @param meanwhile done while the store is closed */
    reopen: async (changed: LevelStoreOptions, meanwhile?: () => Promise<void>) => {
      await store.close();
      await meanwhile?.();
      store = await open(changed);
    },
    readBatches: async (id: string, how: ReadOptions = {}) => {
      const manifest = await readManifest(fixture.a, id);
      const part = manifest.parts.find(({ name }) => name === LOG_PART);
      if (part === undefined) return undefined;
      return readAll(readLog(readPart(fixture.a, manifest, part, how), 'it'));
    },
  };
}

describe('the log of a backup', () => {
  it('is what was written since the backup before it, batch by batch with its time', async () => {
    const { write, backUp, readBatches } = await logged();
    await write(0, 1);
    const first = await backUp();
    expect(first).toMatchObject({ noLog: expect.stringContaining('no backup before') });
    const second = await write(2, 3);
    await write(5);
    const fourth = await write(4, 6);
    const { id, log } = await backUp();
    expect(log).toEqual({ id: first.id, rows: first.rows, digest: first.digest });
    const batches = await readBatches(id);
    expect(batches?.map(({ atMs, writes }) => ({ atMs, keys: writes.map(keyOf) }))).toEqual([
      { atMs: second, keys: [2] },
      { atMs: fourth, keys: [4, 6] },
    ]);
    const next = await backUp();
    expect(next.log).toMatchObject({ id });
    expect(await readBatches(next.id)).toEqual([]);
  });

  it('goes on over restarts, also with full backups', async () => {
    const { write, backUp, readBatches, reopen } = await logged();
    await write(0);
    await backUp();
    await write(2);
    await reopen({ mirror: true });
    // More than half of all rows.
    const at = await write(4, 6, 8);
    const { id, kind } = await backUp();
    expect(kind).toBe('full');
    expect((await readBatches(id))?.at(-1)?.atMs).toBe(at);
    expect(await readBatches(id)).toHaveLength(2);
  });

  it('is left out, and the manifest says why, where the mirror does not have all', async () => {
    const { write, backUp, reopen, place } = await logged();
    await write(0);
    await backUp();
    // The mirror is off for a while: numbers go on as if nothing had been.
    await reopen({ mirror: false });
    await write(2);
    await reopen({ mirror: true });
    await write(4);
    expect(await backUp()).toMatchObject({ noLog: expect.stringContaining('has no batch') });
    await write(6);
    expect((await backUp()).log).toBeDefined();
    // Its oldest files are dropped.
    await reopen({ mirror: { segmentOctetsMax: 100, octetsMax: 300 } });
    for (let index = 0; index < 20; index++) await write(index);
    expect(await backUp()).toMatchObject({ noLog: expect.stringContaining('has no batch') });
    // One in the middle is gone.
    for (let index = 0; index < 2; index++) await write(index);
    const files = (await readdir(join(place, 'mirror'))).filter((name) => name.endsWith('.mirror'));
    await write(4);
    await rm(join(place, 'mirror', files.sort().at(-1) ?? ''));
    expect(await backUp()).toMatchObject({ noLog: expect.stringContaining('has no batch') });
    await reopen({ mirror: false });
    expect(await backUp()).toMatchObject({ noLog: 'the store has no mirror' });
  });

  it('is left out where an older copy of the store went another way meanwhile', async () => {
    const { write, backUp, reopen, readBatches, place, folder } = await logged();
    const older = join(folder, 'older');
    await write(0, 2, 4, 6, 8);
    await reopen({ mirror: true }, () => cp(place, older, { recursive: true }));
    await write(2);
    await backUp();
    await reopen({ mirror: true }, async () => {
      await rm(place, { recursive: true });
      await cp(older, place, { recursive: true });
    });
    await write(4);
    await write(6);
    const { id, noLog } = await backUp();
    expect(noLog).toContain('is another one');
    expect(await readBatches(id)).toBeUndefined();
    expect(await readdir(join(folder, 'a', id))).not.toContain('log.zst');
  });

  it('is left out where the backup before it is gone from the location', async () => {
    const { write, backUp, folder } = await logged();
    await write(0);
    const { id } = await backUp();
    await rm(join(folder, 'a', id), { recursive: true });
    await write(2);
    expect(await backUp()).toMatchObject({ noLog: expect.stringContaining('no backup before') });
  });

  it('is encrypted as the rest, and verified with it', async () => {
    const identity = await generateX25519Identity();
    const recipients = [await identityToRecipient(identity)];
    const { write, backUp, reopen, readBatches, a, folder } = await logged({ recipients });
    await write(0);
    await backUp();
    await write(2);
    const { id, parts } = await backUp();
    const { file } = parts.find(({ name }) => name === LOG_PART) ?? { file: '' };
    expect(file).toBe('log.zst.age');
    const identities = [identity];
    expect(await readBatches(id, { identities })).toHaveLength(1);
    await verifyBackup(a, id, { identities });
    await verifyBackup(a, id);
    const path = join(folder, 'a', id, file);
    const octets = await readFile(path);
    octets[octets.length - 20] ^= 1;
    await writeFile(path, octets);
    await expect(verifyBackup(a, id)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    await expect(verifyBackup(a, id, { identities })).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
    });
    await reopen({ mirror: false });
    await reopen({ mirror: true });
    await write(4);
    const without = await backUp();
    expect(without.noLog).toContain('has no batch');
    expect(await readdir(join(folder, 'a', without.id))).not.toContain('log.zst.age');
    await verifyBackup(a, without.id, { identities });
  });

  it('reads the same however its octets come, and no batch without an end', async () => {
    const records = [1, 5, 6].map((number) => {
      const row = { key: numberedRow(number).key, value: new Uint8Array(number * 200) };
      return formatRecord(number, START_MS + number, [row]).octets;
    });
    const octets = Buffer.concat([utf8('HFLOG1\n\n'), ...records]);
    for (const size of [1, 7, 100, 1300, octets.length]) {
      const batches = await readAll(readLog(piecesOf(octets, size), 'it'));
      expect(batches.map(({ number }) => number)).toEqual([1, 5, 6]);
    }
    for (const end of [0, 3, 8 + 10, octets.length - 1]) {
      const torn = readAll(readLog(piecesOf(octets.subarray(0, end), 100), 'it'));
      await expect(torn).rejects.toThrow('its log ends early');
    }
    octets.writeUInt32BE(65 << 20, 8);
    await expect(readAll(readLog(piecesOf(octets, 100), 'it'))).rejects.toThrow('impossible size');
  });
});

async function* piecesOf(octets: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

async function readAll(log: AsyncIterable<LoggedBatch>): Promise<LoggedBatch[]> {
  const batches: LoggedBatch[] = [];
  for await (const batch of log) batches.push(batch);
  return batches;
}

function evenRows(write: Write): Write | undefined {
  return keyOf(write) % 2 === 0 ? write : undefined;
}

function keyOf({ key }: { readonly key: Uint8Array }): number {
  return key.at(-1) ?? 1;
}
