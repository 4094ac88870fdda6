/** A TLS client for tests of length-framed messages, with whatever certificate the server has. */
import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { buildFrame } from './stream-client.ts';

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
  const frames: Uint8Array[] = [];
  let held = Buffer.alloc(0);
  let isClosed = false;
  socket.on('data', (chunk: Uint8Array) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const end = 2 + held.readUInt16BE(0);
      frames.push(held.subarray(2, end));
      held = held.subarray(end);
    }
  });
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
