/**
 * What a test over a stream has in common, whatever is said in it: it has a time limit, ends when
 * the probe stops, and what goes wrong is a code and no exception. The time is up only after what
 * has arrived by then was read: timers go first after a stall.
 */
import { errorCode } from '#base/coded-error.ts';
import { type ProbeErrorCode, socketErrorCode } from './probe-error.ts';

/** Node's and OpenSSL's words for a handshake that failed or a certificate that is not taken. */
const TLS_CODES = /^ERR_TLS|^ERR_SSL|CERT|SELF_SIGNED|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH/;

/** A test that ends with a code; thrown inside of an attempt only. */
export class AttemptFailure extends Error {
  readonly code: ProbeErrorCode;

  constructor(code: ProbeErrorCode) {
    super(code);
    this.code = code;
  }
}

/**
 * Runs `attempt`, which gets a signal that is given when the time is up or the probe stops and must
 * then let go of what it holds. Never rejects.
 */
export async function attempt<T extends object>(
  timeoutMs: number,
  stop: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T | { failure: ProbeErrorCode }> {
  if (stop.aborted) return { failure: 'stopped' };
  const over = new AbortController();
  const { promise, resolve } = Promise.withResolvers<{ failure: ProbeErrorCode }>();
  const onStop = (): void => resolve({ failure: 'stopped' });
  const giveUp = (): void => void setImmediate(() => resolve({ failure: 'timeout' }));
  const timer = setTimeout(giveUp, timeoutMs);
  stop.addEventListener('abort', onStop, { once: true });
  const running = run(over.signal).catch((error: unknown) => ({ failure: failureCode(error) }));
  try {
    return await Promise.race([running, promise]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', onStop);
    over.abort();
    await running;
  }
}

function failureCode(error: unknown): ProbeErrorCode {
  if (error instanceof AttemptFailure) return error.code;
  const code = errorCode(error);
  if (TLS_CODES.test(code ?? '')) return 'tls-failed';
  if (code === 'ABORT_ERR') return 'timeout';
  return code?.startsWith('HPE_') === true ? 'malformed' : socketErrorCode(code);
}
