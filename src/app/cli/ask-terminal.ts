/** A question on the terminal, where there is one. */
import process from 'node:process';
import { createInterface } from 'node:readline/promises';

/** The line that was typed; `undefined` where input or output is no terminal, and at its end. */
export async function askTerminal(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<undefined>((resolve) =>
    terminal.once('close', () => resolve(undefined)),
  );
  try {
    return await Promise.race([terminal.question(question), closed]);
  } finally {
    terminal.close();
  }
}
