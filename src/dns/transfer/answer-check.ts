/** Whether a name server answers, found out by asking it: health is never an internal flag. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { errorMessage } from '#base/coded-error.ts';
import type { Random } from '#base/random.ts';
import type { Name } from '#dns/wire/name.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import { readSoaAnswer, type SoaAnswer, soaQuery } from './soa-exchange.ts';

export type CheckTransport = 'udp' | 'tcp' | 'tls';

export type AnswerCheck = { answer: SoaAnswer } | { reason: string };

/** Asks for the SOA of `apex` once; a reason instead of an answer after `timeoutMs`. */
export async function checkAnswer(
  server: ListenAddress,
  transport: CheckTransport,
  apex: Name,
  timeoutMs: number,
  random: Random,
): Promise<AnswerCheck> {
  const query = soaQuery(random.below(0x1_0000), apex);
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const message =
      transport === 'udp'
        ? await exchangeUdp(server, query, signal)
        : await exchangeStream(openStream(server, transport), query, signal);
    const answer = readSoaAnswer(message);
    return answer === undefined ? { reason: 'the answer is not a DNS message' } : { answer };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'AbortError';
    return { reason: timedOut ? `no answer within ${timeoutMs} ms` : errorMessage(error) };
  }
}

async function exchangeUdp(
  server: ListenAddress,
  query: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const socket = createSocket(server.family === 6 ? 'udp6' : 'udp4');
  try {
    socket.connect(server.port, server.address);
    await once(socket, 'connect', { signal });
    socket.send(query);
    const [message] = (await once(socket, 'message', { signal })) as [Uint8Array];
    return message;
  } finally {
    socket.close();
  }
}

interface OpeningStream {
  socket: Socket;
  /** The event after which it can be written to. */
  ready: string;
}

/** Whether it answers is the question, not whom its certificate is for. */
function openStream(server: ListenAddress, transport: 'tcp' | 'tls'): OpeningStream {
  const place = { host: server.address, port: server.port };
  return transport === 'tcp'
    ? { socket: connect(place), ready: 'connect' }
    : {
        socket: connectTls({ ...place, rejectUnauthorized: false, ALPNProtocols: ['dot'] }),
        ready: 'secureConnect',
      };
}

async function exchangeStream(
  { socket, ready }: OpeningStream,
  query: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  try {
    await once(socket, ready, { signal });
    socket.write(Buffer.of(query.length >>> 8, query.length & 0xff));
    socket.write(query);
    let received = Buffer.alloc(0);
    while (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) {
      const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
      received = Buffer.concat([received, chunk]);
    }
    return received.subarray(2, 2 + received.readUInt16BE(0));
  } finally {
    socket.destroy();
  }
}
