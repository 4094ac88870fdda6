/**
 * A query over UDP from a socket of its own, so that each test has a fresh source port. The socket
 * is connected: the kernel drops what comes from elsewhere, and a closed port is said at once.
 * A datagram that answers another query is ignored, as a resolver ignores it.
 */
import { createSocket, type Socket } from 'node:dgram';
import { errorCode } from '#base/coded-error.ts';
import { type Exchange, type ExchangeOptions, isReplyTo } from './exchange.ts';
import { socketErrorCode } from './probe-error.ts';

/** Never rejects: what goes wrong is the result. */
export async function exchangeUdp(options: ExchangeOptions): Promise<Exchange> {
  const { server, query, timeoutMs, clock, signal } = options;
  if (signal.aborted) return { failure: 'stopped' };
  const { promise, resolve } = Promise.withResolvers<Exchange>();
  let startUs: number | undefined;
  const elapsed = (): { rttUs?: number } =>
    startUs === undefined ? {} : { rttUs: clock.monotonicUs() - startUs };
  const onError = (error: unknown): void => {
    resolve({ failure: socketErrorCode(errorCode(error)), ...elapsed() });
  };
  const onAbort = (): void => resolve({ failure: 'stopped' });
  // What has come by now is still read: timers go first after a stall.
  const giveUp = (): void => void setImmediate(() => resolve({ failure: 'timeout' }));
  const timer = setTimeout(giveUp, timeoutMs);
  signal.addEventListener('abort', onAbort, { once: true });
  let socket: Socket | undefined;
  try {
    socket = createSocket(server.family === 6 ? 'udp6' : 'udp4');
    const opened = socket;
    opened.on('error', onError);
    opened.on('message', (octets) => {
      const endUs = clock.monotonicUs();
      if (startUs === undefined || !isReplyTo(query, octets)) return;
      resolve({ reply: octets, rttUs: endUs - startUs });
    });
    opened.connect(server.port, server.address, () => {
      startUs = clock.monotonicUs();
      opened.send(query, (error) => {
        if (error !== null) onError(error);
      });
    });
    return await promise;
  } catch (error) {
    return { failure: socketErrorCode(errorCode(error)) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    socket?.close();
  }
}
