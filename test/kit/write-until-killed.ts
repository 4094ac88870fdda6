/** Runs a script that says a number for each thing that was acknowledged, and kills it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/**
 * kill -9 so long after it first said something.
 * @returns the numbers on its standard output, one a line, up to the last whole one
 */
export async function writeUntilKilled(
  script: string,
  args: readonly string[],
  delayMs: number,
): Promise<number[]> {
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data').then(() => sleep(delayMs)), closed]);
  child.kill('SIGKILL');
  await closed;
  if (child.signalCode !== 'SIGKILL') throw new Error(`${script} ended with ${child.exitCode}`);
  return said.split('\n').slice(0, -1).map(Number);
}
