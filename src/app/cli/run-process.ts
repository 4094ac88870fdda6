/**
 * The life of a long-running command: start, wait for a signal, stop. SIGTERM and SIGINT stop
 * within STOP_LIMIT_MS, also while it is still starting; a stop that takes longer is cut off with
 * status 1. SIGHUP reloads. A process that `up` started also stops when its standard input closes,
 * so that it cannot outlive its parent.
 */
import process from 'node:process';
import { type RunningProcess, STOP_LIMIT_MS } from '#app/running-process.ts';
import { CodedError, errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import { goOnWithoutReader } from './lost-reader.ts';
import { keepFilesPrivate } from './private-files.ts';

/** The process did not stop in time. */
class StopLateError extends CodedError {
  constructor() {
    super('STOP_LATE', `did not stop within ${STOP_LIMIT_MS} ms; what was confirmed is on disk`);
  }
}

/**
 * Resolves when the process has stopped in order; rejects with why it could not start or go on.
 * @param start its signal is aborted when the process is to stop before it has started
 */
export async function runProcess(
  start: (stopping: AbortSignal) => Promise<RunningProcess>,
  { log, isSupervised }: { log: Log; isSupervised: boolean },
): Promise<void> {
  keepFilesPrivate();
  goOnWithoutReader(process.stdout);
  const stop = Promise.withResolvers<string>();
  const stopping = new AbortController();
  const running = Promise.withResolvers<RunningProcess>();
  const onSignal = (signal: NodeJS.Signals): void => stop.resolve(signal);
  const onHangUp = (): void => void running.promise.then((it) => reload(it, log));
  const onParentGone = (): void => stop.resolve('parent gone');
  const onUncaught = (error: unknown): void => {
    log.fatal({ err: error }, 'uncaught error; ending');
    stop.reject(error);
  };
  // From the first moment: a signal without a handler would end the process at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, onSignal);
  process.on('SIGHUP', onHangUp);
  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onUncaught);
  if (isSupervised) process.stdin.on('end', onParentGone).on('error', onParentGone).resume();
  try {
    const started = start(stopping.signal);
    started.then(running.resolve, () => undefined);
    const early = await Promise.race([started, stop.promise]);
    if (typeof early === 'string') {
      log.info({ reason: early }, 'stopping before ready');
      stopping.abort();
      await inTime(closeStarted(started, log));
      log.info('stopped');
      return;
    }
    const waits = early.failed === undefined ? [stop.promise] : [stop.promise, early.failed];
    try {
      log.info({ reason: await Promise.race(waits) }, 'stopping');
    } finally {
      await inTime(early.close());
    }
    log.info('stopped');
  } finally {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, onSignal);
    process.off('SIGHUP', onHangUp);
    process.off('uncaughtException', onUncaught);
    process.off('unhandledRejection', onUncaught);
    if (isSupervised) process.stdin.destroy();
  }
}

async function reload(running: RunningProcess, log: Log): Promise<void> {
  if (running.reload === undefined) {
    log.info('nothing to read again here; restart to put a changed configuration into effect');
    return;
  }
  try {
    await running.reload();
    log.info('reloaded');
  } catch (error) {
    log.error({ reason: errorMessage(error) }, 'reload refused; going on as before');
  }
}

/** For a stop that came during the start: a start that fails now has stopped by itself. */
async function closeStarted(started: Promise<RunningProcess>, log: Log): Promise<void> {
  let running: RunningProcess;
  try {
    running = await started;
  } catch (error) {
    log.info({ reason: errorMessage(error) }, 'start given up');
    return;
  }
  await running.close();
}

/** @throws StopLateError STOP_LATE */
async function inTime(closed: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new StopLateError()), STOP_LIMIT_MS);
  try {
    await Promise.race([closed, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
