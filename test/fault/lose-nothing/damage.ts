/**
 * What disks and people do to files. A tear is what a crash leaves: everything behind the last octet
 * that was synced may be gone, zero or noise, in each file on its own. A wound is what no crash does:
 * an octet flipped anywhere, a file cut short or gone.
 */
import { appendFileSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '#base/random.ts';

/** Octets by file below the data folder that were synced when somebody was last told so. */
export type SyncedSizes = ReadonlyMap<string, number>;

/** Torn tails are at most so much longer than the file was. */
const NOISE_MAX = 3000;

/** Files that are appended to and synced: LevelDB's newest log, the mirror's newest segment. */
function findTails(data: string): string[] {
  const tails: string[] = [];
  for (const [folder, suffix] of [
    ['store/level', '.log'],
    ['store/mirror', '.mirror'],
  ]) {
    const newest = listFolder(join(data, folder))
      .filter((name) => name.endsWith(suffix))
      .sort()
      .at(-1);
    if (newest !== undefined) tails.push(join(folder, newest));
  }
  return tails;
}

/** At once, so that nothing comes between an answer and this. */
export function noteSynced(data: string): SyncedSizes {
  return new Map(findTails(data).map((path) => [path, statSync(join(data, path)).size]));
}

/** Tears the tails of a store whose process is dead; says how. */
export function tearTails(data: string, synced: SyncedSizes, random: Random): string {
  const said = findTails(data).map((name) => {
    const path = join(data, name);
    const { size } = statSync(path);
    const floor = synced.get(name) ?? 0;
    const kept = floor + random.below(size - floor + 1);
    const noise = random.below(3) === 0 ? 0 : random.below(NOISE_MAX);
    const kind = random.below(2) === 0 ? 'zeros' : 'noise';
    truncateSync(path, kept);
    appendFileSync(path, kind === 'zeros' ? Buffer.alloc(noise) : random.bytes(noise));
    return `${name}: ${kept} of ${size} octets, then ${noise} of ${kind}`;
  });
  return said.join('; ');
}

/** Wounds one file below a folder; says how. @param pattern of the paths that may be */
export async function wound(folder: string, random: Random, pattern = /./): Promise<string> {
  const files = await listFiles(folder, pattern);
  const path = files[random.below(files.length)];
  const { size } = await stat(join(folder, path));
  const chance = random.below(10);
  if (chance === 0) {
    await rm(join(folder, path));
    return `${path} vanished`;
  }
  if (chance === 1 && size > 0) {
    const kept = random.below(size);
    await truncate(join(folder, path), kept);
    return `${path} was cut to ${kept} of ${size} octets`;
  }
  return flip(folder, path, random);
}

/** Flips one to eight bits of one octet; says which. */
export async function flip(folder: string, path: string, random: Random): Promise<string> {
  const file = await open(join(folder, path), 'r+');
  try {
    const { size } = await file.stat();
    if (size === 0) return `${path} is empty`;
    // Ends matter more than their share: what was acknowledged last lies there.
    const at =
      random.below(3) === 0 ? size - 1 - random.below(Math.min(size, 200)) : random.below(size);
    const octet = Buffer.alloc(1);
    await file.read(octet, 0, 1, at);
    const mask = 1 + random.below(255);
    octet[0] ^= mask;
    await file.write(octet, 0, 1, at);
    return `octet ${at} of ${size} in ${path} was flipped by ${mask}`;
  } finally {
    await file.close();
  }
}

/** Relative paths that match, sorted; LevelDB's diary and locks hold nothing of value. */
export async function listFiles(folder: string, pattern = /./): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !/^(?:LOCK|LOG|LOG\.old)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => pattern.test(path))
    .sort();
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
