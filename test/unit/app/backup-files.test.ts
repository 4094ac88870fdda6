// Files that go along with a backup: read as they are, told of where they cannot be, and put back.
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type BackupFiles, placeFiles, readBackupFiles } from '#app/backup-files.ts';
import { TimedFileReader } from '#app/timed-file-reader.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const run = promisify(execFile);

async function made() {
  const folder = await temporaryFolder();
  const data = join(folder, 'data');
  const epp = join(data, 'epp');
  for (const path of [epp, join(folder, 'a'), join(folder, 'b')]) {
    await mkdir(path, { recursive: true });
  }
  const write = async (...at: string[]): Promise<string> => {
    const path = join(folder, ...at);
    await writeFile(path, at.join('/'));
    return path;
  };
  const files = (...paths: string[]): BackupFiles => ({ data, paths, folders: [epp], kept: [] });
  return { folder, data, write, files };
}

/** The parts of a backup as a restore finds them in the folder that it makes. */
async function restore(wanted: BackupFiles) {
  const into = await temporaryFolder();
  const extras = await readBackupFiles(wanted, new TimedFileReader());
  for (const extra of extras.files) {
    await writeFile(join(into, extra.name), extra.read(), { mode: 0o600 });
  }
  return { into, ...extras };
}

describe('files that go along', () => {
  it('lie where they lay: in the data folder, and all others below elsewhere/', async () => {
    const { folder, write, files } = await made();
    const paths = [
      await write('data', 'admin.key'),
      await write('a', 'key.pem'),
      await write('b', 'key.pem'),
      await write('b', 'Über STORE'),
      await write('b', 'store'),
    ];
    await write('data', 'epp', 'ca.key');
    const { into, leftOut } = await restore(files(...paths));
    expect(leftOut).toEqual([]);
    const placed = await placeFiles(into);
    expect(placed.inData).toEqual(['admin.key', 'epp/ca.key']);
    expect(placed.elsewhere).toEqual(paths.slice(1));
    for (const path of placed.elsewhere) {
      const place = join(into, 'elsewhere', path);
      expect(await readFile(place, 'utf8')).toBe(path.slice(folder.length + 1));
      expect((await stat(place)).mode & 0o777).toBe(0o600);
    }
    expect(await readFile(join(into, 'epp', 'ca.key'), 'utf8')).toBe('data/epp/ca.key');
    expect((await readdir(into)).sort()).toEqual(['admin.key', 'elsewhere', 'epp', 'files.ndjson']);
  });

  it('go along once where the configuration names one in a folder that goes along', async () => {
    const { write, files } = await made();
    const paths = [await write('data', 'epp', 'ca.pem'), await write('a', 'key.pem')];
    const { into, ...extras } = await restore(files(...paths, ...paths));
    expect(extras.files.map(({ name }) => name)).toEqual(['ca.pem', 'key.pem', 'files.ndjson']);
    expect(await placeFiles(into)).toMatchObject({ inData: ['epp/ca.pem'], elsewhere: [paths[1]] });
  });

  it('come back from a backup that has one twice', async () => {
    const into = await temporaryFolder();
    const parts = ['ca.pem', 'ca-2.pem'];
    for (const part of parts) await writeFile(join(into, part), 'ca');
    const line = { path: '/data/epp/ca.pem', inData: 'epp/ca.pem' };
    const text = parts.map((part) => JSON.stringify({ ...line, part })).join('\n');
    await writeFile(join(into, 'files.ndjson'), text);
    expect((await placeFiles(into)).inData).toEqual(['epp/ca.pem']);
    expect(await readFile(join(into, 'epp', 'ca.pem'), 'utf8')).toBe('ca');
    expect((await readdir(into)).sort()).toEqual(['epp', 'files.ndjson']);
  });

  it('are left out and told of where they cannot be read', async () => {
    const { folder, data, write, files } = await made();
    const good = await write('a', 'key.pem');
    const large = await write('a', 'large.pem');
    await truncate(large, 5 << 20);
    const pipe = join(folder, 'pipe');
    await run('mkfifo', [pipe]);
    const gone = join(folder, 'gone.pem');
    const notMadeYet = join(data, 'probe.token');
    const wanted = files(good, large, pipe, gone, notMadeYet, join(folder, 'b'));
    const kept = [{ path: '/identity', reason: 'kept away' }];
    const { into, leftOut } = await restore({ ...wanted, kept });
    expect(leftOut.map(({ path }) => path)).toEqual([large, pipe, gone, join(folder, 'b')]);
    expect(leftOut.every(({ reason }) => reason !== '')).toBe(true);
    const placed = await placeFiles(into);
    expect(placed).toEqual({ inData: [], elsewhere: [good], leftOut: [...kept, ...leftOut] });
  });

  it('change nothing outside of the folder, whatever a backup says', async () => {
    const lines = [
      { path: '/etc/../../x', part: 'x' },
      { path: '/x', part: 'x', inData: '../x' },
      { path: '/x', part: 'x', inData: '/x' },
      { path: '/x', part: 'x', inData: 'store/level/CURRENT' },
      { path: '/x', part: 'x', inData: './store/level/CURRENT' },
      { path: '/x', part: 'x', inData: 'a//x' },
      { path: '/x', part: 'x', inData: '' },
      { path: '/x\u0000', part: 'x' },
      { path: '/x', part: '../x' },
      { path: '/x', part: './store' },
      { path: '/x', part: 7 },
    ];
    for (const line of lines) {
      const into = await temporaryFolder();
      await writeFile(join(into, 'x'), 'x');
      await writeFile(join(into, 'files.ndjson'), JSON.stringify(line));
      await expect(placeFiles(into)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
      expect((await readdir(into)).sort()).toEqual(['files.ndjson', 'x']);
    }
  });

  it.each([
    ['one place', 'epp/ca.key', 'epp/ca.key'],
    ['a place in a file', 'epp', 'epp/ca.key'],
    ['a place that is a folder', 'epp/ca.key', 'epp'],
    ['the place where they wait', 'placing/x', 'y'],
  ])('are refused where two have %s', async (_what, ...places) => {
    const into = await temporaryFolder();
    const parts = ['x', 'y'];
    for (const part of parts) await writeFile(join(into, part), part);
    const lines = parts.map((part, at) => ({ path: `/${part}`, part, inData: places[at] }));
    const text = lines.map((line) => JSON.stringify(line)).join('\n');
    await writeFile(join(into, 'files.ndjson'), text);
    await expect(placeFiles(into)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
  });

  it('are refused where one is not there', async () => {
    const into = await temporaryFolder();
    await writeFile(join(into, 'files.ndjson'), JSON.stringify({ path: '/x', part: 'x' }));
    await expect(placeFiles(into)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
  });

  it('are refused with a list that would fill memory', async () => {
    const into = await temporaryFolder();
    await writeFile(join(into, 'files.ndjson'), '');
    await truncate(join(into, 'files.ndjson'), 1e9);
    await expect(placeFiles(into)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
  });

  it('stay as they are in a backup from before there was a list', async () => {
    const into = await temporaryFolder();
    await writeFile(join(into, 'admin.key'), 'x');
    expect(await placeFiles(into)).toEqual({ inData: [], elsewhere: [], leftOut: [] });
    expect(await readdir(into)).toEqual(['admin.key']);
  });
});
