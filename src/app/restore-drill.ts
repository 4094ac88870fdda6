/**
 * Restores on trial: the newest backup of a location becomes a scratch folder, by the very command
 * that an operator would use, in a process of its own with low priority, so that it neither slows
 * changes down nor can take the server with it. The command reads everything back and compares
 * digests; the scratch folder is removed afterwards, also one that a killed drill left.
 */
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '#app/config/environment.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/holdfast.mjs', import.meta.url));
/** A drill that takes longer has failed. */
const DRILL_LIMIT_MS = 3_600_000;
/** Of what the command says on standard error. */
const SAID_MAX = 2_000;

export interface DrillOptions {
  /** The configuration file whose locations are meant. */
  config: string;
  location: string;
  /** The data folder; the scratch folder is made in it. */
  data: string;
  /** Ends the drill early, which then has failed. */
  signal: AbortSignal;
}

/** @returns why it failed, in one line, or `undefined` for a restore that was good */
export async function drillRestore(options: DrillOptions): Promise<string | undefined> {
  const scratch = join(options.data, 'drill', options.location);
  await removeScratch(scratch);
  try {
    return await runRestore(scratch, options);
  } finally {
    await removeScratch(scratch);
  }
}

async function runRestore(
  scratch: string,
  { config, location, signal }: DrillOptions,
): Promise<string | undefined> {
  const args = ['restore', '--config', config, '--from', location, '--into', scratch];
  const child = spawn(execPath, [LAUNCHER, ...args, '--serial-jump', '0'], {
    env: childEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(DRILL_LIMIT_MS)]),
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
    // A drill at the usual priority is still a drill.
  }
}

async function removeScratch(scratch: string): Promise<void> {
  await rm(scratch, { recursive: true, force: true });
  await rm(`${scratch}.restoring`, { recursive: true, force: true });
}
