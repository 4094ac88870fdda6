/** A TLS client for tests of length-framed messages, with whatever certificate the server has. */
import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { buildFrame, collectFrames } from './stream-client.ts';

export interface TlsClient {
  readonly socket: TLSSocket;
  /** Bodies of the frames received so far. */
  readonly frames: Uint8Array[];
  readonly isClosed: boolean;
  /** Sends a query and gives the next frame. */
  ask(query: Uint8Array, timeoutMs?: number): Promise<Uint8Array>;
}

/** Resolves after the handshake; rejects where there is none. Destroyed when the test ends. */
export async function openTlsClient(
  port: number,
  options: ConnectionOptions = {},
): Promise<TlsClient> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  onTestFinished(() => void socket.destroy());
  const frames = collectFrames(socket);
  let isClosed = false;
  socket.on('close', () => {
    isClosed = true;
  });
  await once(socket, 'secureConnect');
  socket.on('error', () => undefined);
  const ask = async (query: Uint8Array, timeoutMs = 5000): Promise<Uint8Array> => {
    const before = frames.length;
    socket.write(buildFrame(query));
    const signal = AbortSignal.timeout(timeoutMs);
    while (frames.length === before) await once(socket, 'data', { signal });
    return frames[before];
  };
  return {
    socket,
    frames,
    ask,
    get isClosed() {
      return isClosed;
    },
  };
}
