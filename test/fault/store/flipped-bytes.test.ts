/**
 * What becomes of a store when one octet of one of its files changes. Allowed: nothing, a refusal
 * with a code, or a row that is missing or old, which then shows in the digest of all rows. Never:
 * a value that was never written, or a difference that the digest does not show.
 */
import { cp, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CodedError, errorCode } from '#base/coded-error.ts';
import { seededRandom } from '#base/random.ts';
import { addRow, emptyDigest, formatDigest } from '#store/digest.ts';
import type { Entry } from '#store/key-value-store.ts';
import { openLevelStore } from '#store/level-store.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { readAllRows } from '../../kit/temporary-store.ts';

const ROWS = 1200;
const VERSIONS = 3;
const FLIPS_PER_FILE = 20;
const SEED = 20_261_122;

type Fate = 'unharmed' | 'refused' | 'shown by the digest' | 'WRONG';

describe('an octet that changed', () => {
  it('in a store that was closed is refused or shows in the digest', async () => {
    const folder = await temporaryFolder();
    const sound = join(folder, 'sound');
    for (let version = 0; version < VERSIONS; version++) await writeVersion(sound, version);
    // Opening moves the newest version from the log to a table; a last write gives a new log.
    const store = await openLevelStore(sound);
    await store.write([numberedRow(ROWS)]);
    await store.close();
    const fates = await flipAround(sound, join(folder, 'bent'));
    expect([...fates.values()].flat()).not.toContain('WRONG');
    // A table's footer has some octets of padding; nothing else may pass unnoticed.
    for (const found of fates.values()) {
      const unnoticed = found.filter((fate) => fate !== 'refused');
      expect(unnoticed.length).toBeLessThanOrEqual(1);
    }
  }, 60_000);

  it('in a store that was killed is refused, or is the last write torn, or shows in the digest', async () => {
    const folder = await temporaryFolder();
    const live = join(folder, 'live');
    const sound = join(folder, 'sound');
    const store = await openLevelStore(live);
    for (let at = 0; at < ROWS; at += 100) {
      await store.write(Array.from({ length: 100 }, (_, index) => numberedRow(at + index, 2)));
    }
    await cp(live, sound, { recursive: true });
    await store.close();
    const fates = await flipAround(sound, join(folder, 'bent'));
    expect([...fates.values()].flat()).not.toContain('WRONG');
    const [, log = []] = [...fates].find(([file]) => file.endsWith('.log')) ?? [];
    const refused = log.filter((fate) => fate === 'refused').length;
    // Only the last of twelve writes may pass for torn.
    expect(refused).toBeGreaterThan(log.length * 0.8);
  }, 60_000);

  it('in a table of a store that is open never becomes a value', async () => {
    const sound = join(await temporaryFolder(), 'sound');
    for (let version = 0; version < VERSIONS; version++) await writeVersion(sound, version);
    const store = await openLevelStore(sound);
    const fates = new Set<Fate>();
    try {
      const expected = await readAllRows(store);
      const random = seededRandom(SEED);
      const tables = (await listFiles(sound)).filter((file) => file.endsWith('.ldb'));
      for (const table of tables) {
        const path = join(sound, table);
        const { size } = await stat(path);
        for (let flip = 0; flip < FLIPS_PER_FILE; flip++) {
          const [at, bit] = [random.below(size), random.below(8)];
          await flipBit(path, at, bit);
          const found = await readAllRows(store).catch((error: unknown) => error as Error);
          fates.add(judge(found, expected));
          await flipBit(path, at, bit);
        }
      }
    } finally {
      await store.close();
    }
    expect(fates).toContain('refused');
    expect(fates).not.toContain('WRONG');
  }, 60_000);
});

/** Overwrites every row, deletes some; reopening between versions leaves several tables. */
async function writeVersion(folder: string, version: number): Promise<void> {
  const store = await openLevelStore(folder);
  await store.write(Array.from({ length: ROWS }, (_, index) => numberedRow(index, version)));
  await store.write([{ key: numberedRow(version).key, delete: true }]);
  await store.close();
}

/** The fates of seeded flips, by file. */
async function flipAround(sound: string, bent: string): Promise<Map<string, Fate[]>> {
  const random = seededRandom(SEED);
  const expected = await readCopy(sound, bent);
  if (expected instanceof Error) throw expected;
  const fates = new Map<string, Fate[]>();
  for (const file of await listFiles(sound)) {
    const { size } = await stat(join(sound, file));
    const flips = Math.min(FLIPS_PER_FILE, size);
    const found: Fate[] = [];
    for (let flip = 0; flip < flips; flip++) {
      const at = Math.floor((flip * size) / flips) + random.below(Math.ceil(size / flips));
      found.push(
        await fateOf(sound, bent, file, Math.min(at, size - 1), expected, random.below(8)),
      );
    }
    fates.set(file, found);
  }
  return fates;
}

async function fateOf(
  sound: string,
  bent: string,
  file: string,
  at: number,
  expected: readonly Entry[],
  bit: number,
): Promise<Fate> {
  const found = await readCopy(sound, bent, async () => flipBit(join(bent, file), at, bit));
  return judge(found, expected);
}

/** What reading a store gave, against what it should give. */
function judge(found: readonly Entry[] | Error, expected: readonly Entry[]): Fate {
  if (found instanceof Error) {
    const isCoded = found instanceof CodedError && errorCode(found)?.startsWith('STORE_') === true;
    return isCoded ? 'refused' : 'WRONG';
  }
  if (found.some((row) => !wasWritten(row))) return 'WRONG';
  const isSame = JSON.stringify(found.map(plain)) === JSON.stringify(expected.map(plain));
  if (isSame) return 'unharmed';
  return digestOf(found) === digestOf(expected) ? 'WRONG' : 'shown by the digest';
}

/** All rows of a copy of the store, read as a range and again one by one, or the error. */
async function readCopy(
  sound: string,
  bent: string,
  change: () => Promise<void> = async () => {},
): Promise<Entry[] | Error> {
  await rm(bent, { recursive: true, force: true });
  await cp(sound, bent, { recursive: true });
  await change();
  try {
    const store = await openLevelStore(bent);
    try {
      const rows = await readAllRows(store);
      for (let index = 0; index < ROWS; index += 7) {
        const { key } = numberedRow(index);
        const value = await store.get(key);
        if (value !== undefined && !wasWritten({ key, value })) rows.push({ key, value });
      }
      return rows;
    } finally {
      await store.close();
    }
  } catch (error) {
    return error as Error;
  }
}

async function flipBit(path: string, at: number, bit: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const octet = Buffer.alloc(1);
    await file.read(octet, 0, 1, at);
    octet[0] = (octet[0] ?? 0) ^ (1 << bit);
    await file.write(octet, 0, 1, at);
  } finally {
    await file.close();
  }
}

async function listFiles(folder: string): Promise<string[]> {
  const files = (await readdir(join(folder, 'level'))).map((name) => join('level', name));
  const hasSeal = (await readdir(folder)).includes('seal');
  const isText = /LOCK|LOG/;
  return [...files.filter((name) => !isText.test(name)), ...(hasSeal ? ['seal'] : [])];
}

/** True for a value that this key had at some time. */
function wasWritten(row: Entry): boolean {
  const index = Buffer.from(row.key).readUInt32BE(1);
  const version = Number(Buffer.from(row.value).toString('latin1').split(' ')[3]);
  const isKnown = index <= ROWS && version >= 0 && version < VERSIONS;
  return isKnown && plain(row).join() === plain(numberedRow(index, version)).join();
}

function digestOf(rows: readonly Entry[]): string {
  const digest = emptyDigest();
  for (const { key, value } of rows) addRow(digest, key, value);
  return formatDigest(digest);
}

function plain(row: Entry): string[] {
  return [Buffer.from(row.key).toString('hex'), Buffer.from(row.value).toString('hex')];
}
