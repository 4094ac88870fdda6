/**
 * A primary that answers as a test says, over UDP and TCP (or TLS) on one port. Its messages are made
 * with dns-packet, so that it shares nothing with the secondary under test. Closed with the test.
 */
import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { type Answer, decode, encode, type OptAnswer } from 'dns-packet';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';
import { buildFrame, collectFrames } from './stream-client.ts';

export interface AskedPrimary {
  id: number;
  /** `SOA`, `AXFR`, `IXFR`. */
  type: string;
  transport: 'udp' | 'stream';
  /** The serial that an IXFR question names. */
  ownSerial: number | undefined;
  /** The query as it came. */
  octets: Uint8Array;
  /** Of a stream. */
  socket: Socket | undefined;
}

/** One answer section per message; a Buffer is sent as it is; `undefined` sends nothing. */
export type PrimaryScript = (
  asked: AskedPrimary,
) => AsyncIterable<Answer[] | Buffer> | Iterable<Answer[] | Buffer>;

export interface ScriptedPrimary {
  address: string;
  port: number;
  script: PrimaryScript;
  /** Questions so far, as `transport type`. */
  asked: string[];
}

export const PRIMARY_ZONE = 'example.com';

/** @param tls as the options of Node's TLS server; left out: TCP */
export async function startScriptedPrimary(
  script: PrimaryScript,
  tls?: TlsOptions,
): Promise<ScriptedPrimary> {
  const port = await freePort();
  const primary: ScriptedPrimary = { address: '127.0.0.1', port, script, asked: [] };
  if (tls === undefined) await listenUdp(primary);
  await listenStream(primary, tls);
  return primary;
}

async function listenUdp(primary: ScriptedPrimary): Promise<void> {
  const udp = createSocket('udp4');
  const answerDatagram = async (octets: Buffer, port: number, address: string): Promise<void> => {
    const asked = readQuestion(primary, octets, 'udp', undefined);
    for await (const message of primary.script(asked)) {
      udp.send(toOctets(asked, message), port, address);
    }
  };
  udp.on('message', (octets, from) => void answerDatagram(octets, from.port, from.address));
  const { promise, resolve } = Promise.withResolvers<void>();
  udp.bind(primary.port, primary.address, resolve);
  onTestFinished(() => void udp.close());
  await promise;
}

async function listenStream(primary: ScriptedPrimary, tls: TlsOptions | undefined): Promise<void> {
  const sockets = new Set<Socket>();
  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    const frames = collectFrames(socket);
    socket.on('data', () => {
      for (const octets of frames.splice(0)) void answer(primary, octets, socket);
    });
  };
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  server.on('tlsClientError', () => undefined);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(primary.port, primary.address, resolve);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await promise;
}

async function answer(primary: ScriptedPrimary, octets: Uint8Array, socket: Socket): Promise<void> {
  const asked = readQuestion(primary, octets, 'stream', socket);
  for await (const message of primary.script(asked)) {
    if (socket.destroyed) return;
    socket.write(buildFrame(toOctets(asked, message)));
  }
}

function readQuestion(
  primary: ScriptedPrimary,
  octets: Uint8Array,
  transport: 'udp' | 'stream',
  socket: Socket | undefined,
): AskedPrimary {
  const { id = 0, questions, authorities } = decode(Buffer.from(octets));
  const type = String(questions?.[0]?.type);
  const own = authorities?.find((record) => record.type === 'SOA');
  primary.asked.push(`${transport} ${type}`);
  return { id, type, transport, ownSerial: own?.data.serial, octets, socket };
}

function toOctets(asked: AskedPrimary, message: Answer[] | Buffer): Uint8Array {
  return Buffer.isBuffer(message) ? message : encodeReply(asked, message);
}

/** A reply with these answers; `changes` to its header and question, and EDNS options. */
export function encodeReply(
  { id, type }: AskedPrimary,
  answers: Answer[],
  changes: {
    id?: number;
    rcode?: number;
    zone?: string;
    flags?: number;
    options?: { code: number; data: Buffer }[];
  } = {},
): Buffer {
  const AUTHORITATIVE = 0x0400;
  const { options } = changes;
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options } as OptAnswer;
  return encode({
    type: 'response',
    id: changes.id ?? id,
    flags: (changes.flags ?? AUTHORITATIVE) | (changes.rcode ?? 0),
    questions: [{ type: type as 'A', name: changes.zone ?? PRIMARY_ZONE }],
    answers,
    ...(options !== undefined && { additionals: [opt] }),
  });
}

export function soaAnswer(serial: number, times: Partial<Record<string, number>> = {}): Answer {
  const usual = { refresh: 14_400, retry: 3600, expire: 604_800, minimum: 300 };
  const data = { mname: 'ns1.example.com', rname: 'h.example.com', serial, ...usual, ...times };
  return { type: 'SOA', name: PRIMARY_ZONE, ttl: 3600, data };
}

export function nsAnswer(): Answer {
  return { type: 'NS', name: PRIMARY_ZONE, ttl: 3600, data: 'ns1.example.net' };
}

export function addressAnswer(name: string, data: string): Answer {
  return { type: 'A', name: `${name}.${PRIMARY_ZONE}`, ttl: 300, data };
}

/** Answers SOA questions with the serial, and AXFR with these records between two SOAs. */
export function wholeZoneScript(serial: number, records: Answer[]): PrimaryScript {
  return function* script({ type }) {
    if (type === 'SOA') yield [soaAnswer(serial)];
    else yield [soaAnswer(serial), ...records, soaAnswer(serial)];
  };
}
