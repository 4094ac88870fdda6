/**
 * A name server that gives, over UDP and TCP, whatever a function makes of the query's octets.
 * Closed with the test.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type ListenAddress, parseListenAddress } from '#net/listen-address.ts';
import { freePort } from './free-port.ts';
import { buildFrame } from './stream-client.ts';

/** `undefined`: silence. */
export type AnswerScript = (query: Buffer) => Promise<Uint8Array | undefined>;

export async function startScriptedAnswers(answer: AnswerScript): Promise<ListenAddress> {
  const port = await freePort();
  const sendTo = async (query: Buffer, send: (reply: Uint8Array) => void): Promise<void> => {
    const reply = await answer(query);
    if (reply !== undefined) send(reply);
  };
  const udp = createSocket('udp4');
  udp.on('message', (query, { port: from, address }) => {
    void sendTo(query, (reply) => udp.send(reply, from, address));
  });
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.once('data', (framed: Uint8Array) => {
      void sendTo(Buffer.from(framed).subarray(2), (reply) => socket.write(buildFrame(reply)));
    });
  });
  tcp.listen(port, '127.0.0.1');
  await once(tcp, 'listening');
  onTestFinished(() => {
    udp.close();
    for (const socket of sockets) socket.destroy();
    tcp.close();
  });
  return parseListenAddress(`127.0.0.1:${port}`);
}
