/**
 * What every worker's entry module does: take its start, run its body, say `ready` or why not, and
 * let the event loop run dry when the body returns. An exception after `ready` kills the thread;
 * the control thread logs it and starts a successor.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '#base/assert.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { QueryAnswerer } from './query-answerer.ts';
import { post, type ThreadOrder, type ThreadReport, type ThreadStart } from './thread-start.ts';

/** Opens the image and the answer path in this thread. */
export type MakeAnswerer = (start: ThreadStart) => QueryAnswerer;

export interface ThreadPort {
  report(report: ThreadReport): void;
  /** Orders keep the thread's event loop alive until `stop` has come. */
  onOrder(take: (order: ThreadOrder) => void): void;
}

export type ThreadBody<S extends ThreadStart> = (
  start: S,
  port: ThreadPort,
  makeAnswerer: MakeAnswerer,
) => Promise<void>;

/** `S`: the kinds of start that the body can be given. */
export async function runThread<S extends ThreadStart>(
  body: ThreadBody<S>,
  makeAnswerer: MakeAnswerer,
): Promise<void> {
  const parent = parentPort;
  assert(parent !== null, 'runs in a worker thread');
  let isReady = false;
  const port: ThreadPort = {
    report: (report) => {
      isReady ||= report.kind === 'ready';
      post(parent, report);
    },
    onOrder: (take) => parent.on('message', take),
  };
  try {
    await body(workerData as S, port, makeAnswerer);
  } catch (error) {
    if (isReady) throw error;
    const code = errorCode(error) ?? 'NET_THREAD_FAILED';
    port.report({ kind: 'failed', code, message: errorMessage(error) });
  } finally {
    parent.unref();
  }
}
