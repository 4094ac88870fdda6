/**
 * The door: hands argv to the command line with the real output, clock, randomness and environment.
 * The exit status is set, not forced, so that output is flushed; only what still holds the process
 * open after its command has ended is cut off, threads that hang in the system included.
 */
import process from 'node:process';
import { askTerminal } from '#app/cli/ask-terminal.ts';
import { runCli } from '#app/cli/cli.ts';
import { endWithoutReader } from '#app/cli/lost-reader.ts';
import { readEnvironment } from '#app/config/environment.ts';
import { exitAtOnce } from '#app/exit-at-once.ts';
import { openClock } from '#base/clock.ts';
import { systemRandom } from '#base/random.ts';

const EXIT_GRACE_MS = 250;

endWithoutReader(process.stdout, process.stderr, (exitCode) => {
  process.exitCode = exitCode;
  exitAtOnce();
});

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  ask: askTerminal,
  environment: readEnvironment(),
  clock: openClock({ kind: 'system' }),
  random: systemRandom(),
});
setTimeout(exitAtOnce, EXIT_GRACE_MS).unref();
