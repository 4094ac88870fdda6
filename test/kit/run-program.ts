/** Runs a program of somebody else's to its end: how it ended, and all that it printed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { findPeer } from './peers.ts';

const TIMEOUT_MS = 50_000;

export interface ProgramRun {
  /** Added to the environment. */
  env?: Record<string, string>;
  /** Working directory. */
  cwd?: string;
}

/** Both streams in one text; `status` is `null` for one that did not end in 50 s. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { env = {}, cwd }: ProgramRun = {},
): Promise<{ status: number | null; printed: string }> {
  const child = spawn(findPeer(program) ?? program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    ...(cwd !== undefined && { cwd }),
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, printed };
}

/** What a program printed that had to end well; @throws with it where the program did not. */
export function printedBy({ status, printed }: { status: number | null; printed: string }): string {
  if (status !== 0) throw new Error(`ended with ${status}: ${printed}`);
  return printed;
}

/** `--name=value` for each, and a plain `--name` for `true`. */
export function longOptions(options: Record<string, string | true>): string[] {
  return Object.entries(options).map(([name, value]) =>
    value === true ? `--${name}` : `--${name}=${value}`,
  );
}
