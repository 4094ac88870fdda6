/** One command of the command line, run in this process, with what it printed. */
import { runCli } from '#app/cli/cli.ts';
import { openClock } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';

export interface CommandRun {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export async function holdfast(...args: string[]): Promise<CommandRun> {
  const run = { exitCode: 0, stdout: '', stderr: '' };
  run.exitCode = await runCli(args, {
    stdout: { write: (text) => void (run.stdout += text) },
    stderr: { write: (text) => void (run.stderr += text) },
    environment: { logLevel: 'silent', isSupervised: false, inheritedCount: 0 },
    clock: openClock({ kind: 'system' }),
    random: seededRandom(1),
  });
  return run;
}
