/**
 * A restore by the very command that an operator would use, in a process of its own with low
 * priority, so that it neither slows changes down nor can take the server with it. The command
 * reads everything back and compares digests; serials stay those of the backup.
 *
 * It must not be what fills the disk of the server: it is begun where twice the room of the store
 * is free, and ended where it takes more than three quarters of what is, as a backup that somebody
 * made up, a few octets that unpack to a million times as many, would.
 */
import { spawn } from 'node:child_process';
import { readdir, rm, stat, statfs } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '#app/config/environment.ts';
import { STORE_FOLDER } from './data-folder.ts';
import { repeatEvery } from './repeat-every.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/holdfast.mjs', import.meta.url));
/** A restore that takes longer has failed. */
const LIMIT_MS = 3_600_000;
/** Of what the command says on standard error. */
const SAID_MAX = 2_000;
/** From one look at the room that is left to the next. */
const ROOM_INTERVAL_MS = 100;
/** Of the room that was free at its start. */
const FREE_SHARE_LEFT = 0.25;
const OCTETS_PER_MEGABYTE = 1_000_000;

export interface ScratchRestore {
  /** The configuration file whose locations are meant. */
  config: string;
  /** Name of one of them. */
  location: string;
  /** Which of its backups; left out: the newest. */
  id?: string;
  /** The data folder of the server. */
  data: string;
  /** Folder to make in it; whatever is there goes. */
  scratch: string;
  /** Ends it early, which then has failed. */
  signal: AbortSignal;
}

/**
 * Restores into a scratch folder, has that used, and removes it, also one that a killed process
 * left.
 * @param use gets why the restore failed, in one line, or `undefined` for one that was good
 */
export async function withRestored<T>(
  restore: ScratchRestore,
  use: (why: string | undefined) => Promise<T>,
): Promise<T> {
  await removeScratch(restore.scratch);
  try {
    return await use(await restoreWithin(restore));
  } finally {
    await removeScratch(restore.scratch);
  }
}

async function restoreWithin(restore: ScratchRestore): Promise<string | undefined> {
  const { data, signal } = restore;
  const needed = 2 * (await storeOctets(data));
  const free = await freeOctets(data);
  if (free < needed) {
    const megabytes = Math.ceil(needed / OCTETS_PER_MEGABYTE);
    return `${data} has no room to restore a backup: ${megabytes} MB must be free; make room`;
  }
  const full = new AbortController();
  const watch = repeatEvery(ROOM_INTERVAL_MS, async () => {
    const left = await freeOctets(data).catch(() => free);
    if (left < free * FREE_SHARE_LEFT) full.abort();
  });
  try {
    const signals = AbortSignal.any([signal, full.signal]);
    const why = await runRestore({ ...restore, signal: signals });
    if (why === undefined || !full.signal.aborted) return why;
    return `it left less than a quarter of the room that there was on the disk of ${data}`;
  } finally {
    await watch.close();
  }
}

async function freeOctets(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function storeOctets(data: string): Promise<number> {
  let octets = 0;
  const store = join(data, STORE_FOLDER);
  // Without a store nothing is known; LevelDB removes files at any time.
  for (const name of await readdir(store, { recursive: true }).catch(() => [])) {
    const found = await stat(join(store, name)).catch(() => undefined);
    if (found?.isFile() === true) octets += found.size;
  }
  return octets;
}

async function runRestore(restore: ScratchRestore): Promise<string | undefined> {
  const { config, location, id, scratch, signal } = restore;
  const args = ['restore', '--config', config, '--from', location, '--into', scratch];
  if (id !== undefined) args.push('--id', id);
  const child = spawn(execPath, [LAUNCHER, ...args, '--serial-jump', '0'], {
    env: childEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    killSignal: 'SIGKILL',
  });
  lowerPriority(child.pid);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_MAX);
  });
  return new Promise((resolve) => {
    let failure: string | undefined;
    child.on('error', (error) => {
      failure = error.message;
      if (child.pid === undefined) resolve(failure);
    });
    // Not before it is gone: it may write what is about to be removed.
    child.on('close', (status) => {
      const why = failure ?? (said.trim() || `it ended with status ${status}`);
      resolve(status === 0 ? undefined : why);
    });
  });
}

/** A system that does not let it keeps the usual priority. */
function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // A restore at the usual priority is still a restore.
  }
}

async function removeScratch(scratch: string): Promise<void> {
  await rm(scratch, { recursive: true, force: true });
  await rm(`${scratch}.restoring`, { recursive: true, force: true });
}
