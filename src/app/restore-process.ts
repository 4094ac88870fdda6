/**
 * A restore by the very command that an operator would use, in a process of its own with low
 * priority, so that it neither slows changes down nor can take the server with it. The command
 * reads everything back and compares digests; serials stay those of the backup.
 */
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '#app/config/environment.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/holdfast.mjs', import.meta.url));
/** A restore that takes longer has failed. */
const LIMIT_MS = 3_600_000;
/** Of what the command says on standard error. */
const SAID_MAX = 2_000;

export interface ScratchRestore {
  /** The configuration file whose locations are meant. */
  config: string;
  /** Name of one of them. */
  location: string;
  /** Which of its backups; left out: the newest. */
  id?: string;
  /** Folder to make; whatever is there goes. */
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
    return await use(await runRestore(restore));
  } finally {
    await removeScratch(restore.scratch);
  }
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
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status) => {
      resolve(status === 0 ? undefined : said.trim() || `it ended with status ${status}`);
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
