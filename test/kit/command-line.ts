/** One command of the command line, run in this process, with what it printed. */
import { runCli } from '#app/cli/cli.ts';
import { openClock } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';

export interface CommandRun {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** What sits in front of a command: an editor, and the answers to its questions, one after another. */
export interface Terminal {
  editor?: string;
  answers?: string[];
}

export async function holdfast(...args: string[]): Promise<CommandRun> {
  return holdfastAt({}, ...args);
}

/** Where there are no answers (any more), nobody sits there. */
export async function holdfastAt(
  { editor, answers = [] }: Terminal,
  ...args: string[]
): Promise<CommandRun> {
  const run = { exitCode: 0, stdout: '', stderr: '' };
  const left = [...answers];
  run.exitCode = await runCli(args, {
    stdout: { write: (text) => void (run.stdout += text) },
    stderr: { write: (text) => void (run.stderr += text) },
    ask: async () => left.shift(),
    environment: { logLevel: 'silent', isSupervised: false, inheritedCount: 0, editor },
    clock: openClock({ kind: 'system' }),
    random: seededRandom(1),
  });
  return run;
}
