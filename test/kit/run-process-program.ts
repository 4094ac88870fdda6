/**
 * A process around `runProcess`, whose part does what the first argument says: `well`, `fail`
 * (cannot start), `slow` (starts after a second), `throw` (an error that nobody catches), `give-up`
 * (can no longer work), `stuck` (never closes), `fixed` (nothing to reload; prints its log), `mask`
 * (prints the mask of files that it makes). Prints one line per thing that happens to it.
 */
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { reportFailure } from '#app/cli/report-failure.ts';
import { runProcess } from '#app/cli/run-process.ts';
import type { RunningProcess } from '#app/running-process.ts';
import { CodedError } from '#base/coded-error.ts';
import { silentLog } from '#base/log.ts';

const mode = process.argv[2];
const say = (what: string): void => void process.stdout.write(`${what}\n`);

async function start(): Promise<RunningProcess> {
  say('starting');
  if (mode === 'fail') throw new CodedError('PORT_TAKEN', 'port 5300 is taken; choose another');
  if (mode === 'slow') await sleep(1_000);
  if (mode === 'throw') setTimeout(() => void Promise.reject(new Error('nobody caught this')), 10);
  if (mode === 'mask') say(`mask ${process.umask(0).toString(8)}`);
  say('ready');
  const failed = Promise.withResolvers<never>();
  if (mode === 'give-up') failed.reject(new CodedError('GAVE_UP', 'the disk is gone'));
  const alive = setInterval(() => undefined, 1_000);
  return {
    failed: failed.promise,
    ...(mode !== 'fixed' && { reload: async () => say('reloaded') }),
    close: async () => {
      if (mode === 'stuck') await failed.promise;
      clearInterval(alive);
      say('closed');
    },
  };
}

const sayMessage = (line: string): void => say((JSON.parse(line) as { msg: string }).msg);
const log = mode === 'fixed' ? pino({}, { write: sayMessage }) : silentLog();

try {
  await runProcess(start, { log, isSupervised: process.argv[3] === 'supervised' });
  say('ended');
} catch (error) {
  const { exitCode, lines } = reportFailure(error);
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(exitCode);
}
