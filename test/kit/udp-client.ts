/** A UDP client for tests: one socket, replies matched to queries by message id. */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

export interface UdpReply {
  message: Uint8Array;
  from: RemoteInfo;
}

export interface UdpClient {
  readonly port: number;
  /** Every reply so far, oldest first. */
  readonly replies: UdpReply[];
  send(message: Uint8Array, port: number, address: string): Promise<void>;
  /** The reply with the query's id; rejects after `timeoutMs`. */
  ask(message: Uint8Array, port: number, address: string, timeoutMs?: number): Promise<UdpReply>;
}

/** Closed when the test ends. */
export async function openUdpClient(family: 4 | 6 = 4): Promise<UdpClient> {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const replies: UdpReply[] = [];
  socket.on('message', (message, from) => {
    replies.push({ message, from });
    socket.emit('reply');
  });
  socket.bind(0);
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  const send = async (message: Uint8Array, port: number, address: string): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.send(message, port, address, (error) => (error === null ? resolve() : reject(error)));
    await promise;
  };
  return {
    port: socket.address().port,
    replies,
    send,
    ask: async (message, port, address, timeoutMs = 5000) => {
      const signal = AbortSignal.timeout(timeoutMs);
      await send(message, port, address);
      for (;;) {
        const isMine = (reply: UdpReply): boolean =>
          reply.message[0] === message[0] && reply.message[1] === message[1];
        const reply = replies.find(isMine);
        if (reply !== undefined) return reply;
        await once(socket, 'reply', { signal });
      }
    },
  };
}

/** A query of one question, type A unless said, RD set; `name` without final dot. */
export function buildQuery(id: number, name: string, type = 1): Uint8Array {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Uint8Array.of(
    id >>> 8,
    id & 0xff,
    1,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    ...labels,
    0,
    0,
    type,
    0,
    1,
  );
}
