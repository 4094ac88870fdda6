/**
 * What a command of the command line may touch: its output, who sits in front of it, its settings
 * from the environment, time and chance. Tests hand in their own. A command fails by throwing:
 * UsageError is exit status 2, any other error 1, said in one line on standard error
 * (`report-failure.ts`).
 */
import type { Environment } from '#app/config/environment.ts';
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';

/** `process.stdout` is one. */
export interface TextWriter {
  write(text: string): unknown;
}

export interface CliContext {
  /** Results: what scripts read. */
  stdout: TextWriter;
  /** What went wrong, and warnings. */
  stderr: TextWriter;
  /** Puts a question to whoever sits there; `undefined` when nobody does. */
  ask: (question: string) => Promise<string | undefined>;
  environment: Environment;
  clock: Clock;
  random: Random;
}
