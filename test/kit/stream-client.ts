/** A TCP client for tests of length-framed messages: raw octets out, whole frames in. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface StreamClient {
  readonly socket: Socket;
  /** Bodies of the frames received so far. */
  readonly frames: Uint8Array[];
  /** Both directions have ended. */
  readonly isClosed: boolean;
  write(octets: Uint8Array): void;
}

/** Destroyed when the test ends. */
export async function openStreamClient(
  port: number,
  address = '127.0.0.1',
  localAddress?: string,
): Promise<StreamClient> {
  const socket = connect({ host: address, port, localAddress, allowHalfOpen: true, noDelay: true });
  onTestFinished(() => void socket.destroy());
  const frames = collectFrames(socket);
  let isClosed = false;
  socket.on('end', () => socket.end());
  socket.on('error', () => {
    isClosed = true;
  });
  socket.on('close', () => {
    isClosed = true;
  });
  await once(socket, 'connect');
  return {
    socket,
    frames,
    get isClosed() {
      return isClosed;
    },
    write: (octets) => void socket.write(octets),
  };
}

/** The message with its length in front. */
export function buildFrame(message: Uint8Array): Uint8Array {
  return Uint8Array.of(message.length >>> 8, message.length & 0xff, ...message);
}

/** Every message that comes, as it comes: cut at the lengths in front (RFC 1035 section 4.2.2). */
export function collectFrames(socket: Socket): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let held = Buffer.alloc(0);
  socket.on('data', (chunk: Uint8Array) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const end = 2 + held.readUInt16BE(0);
      frames.push(held.subarray(2, end));
      held = held.subarray(end);
    }
  });
  return frames;
}
