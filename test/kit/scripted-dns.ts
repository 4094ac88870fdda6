/**
 * A name server that behaves as a test says, over UDP and TCP on one port. Made with dns-packet, so
 * that it shares nothing with the server that Holdfast is. Closed with the test.
 */
import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { type Answer, decode, encode } from 'dns-packet';
import { onTestFinished } from 'vitest';
import { type ListenAddress, parseListenAddress } from '#net/listen-address.ts';
import { freePort } from './free-port.ts';

export type Behaviour =
  | 'good'
  /** Says nothing; TCP connections are taken and stay open. */
  | 'silent'
  | 'refused'
  | 'lame'
  | 'truncated'
  | 'empty'
  | 'malformed'
  | 'wrong-owner'
  | 'wrong-question'
  | 'two-records'
  /** A refusal of another query first, then the right answer. */
  | 'stray-first'
  /** TCP: half of the answer, then closed. */
  | 'cut'
  /** TCP: answers and never closes. */
  | 'kept-open';

export interface ScriptedDns {
  server: ListenAddress;
  behaviour: Behaviour;
  /** Before each answer. */
  delayMs: number;
  serial: number;
  /** TXT answers, by lower-case name without the final dot. */
  texts: Map<string, string>;
  /** Queries so far, as `transport type`. */
  queries: string[];
}

const AUTHORITATIVE = 0x0400;
const TRUNCATED = 0x0200;
const REFUSED = 5;

export async function scriptedDns(
  zone = 'example.com',
  address = '127.0.0.1',
): Promise<ScriptedDns> {
  const port = await freePort(address);
  const server = parseListenAddress(`${address}:${port}`);
  const script: ScriptedDns = {
    server,
    behaviour: 'good',
    delayMs: 0,
    serial: 7,
    texts: new Map(),
    queries: [],
  };
  await listenUdp(script, zone);
  await listenTcp(script, zone);
  return script;
}

async function listenUdp(script: ScriptedDns, zone: string): Promise<void> {
  const { address, port } = script.server;
  const udp = createSocket('udp4');
  udp.on('message', (query, { address: to, port: toPort }) => {
    const reply = replyTo(script, zone, query, 'udp');
    if (reply === undefined) return;
    setTimeout(() => {
      if (script.behaviour === 'stray-first') {
        const stray = Buffer.from(reply);
        stray.writeUInt16BE(stray.readUInt16BE(0) ^ 1, 0);
        stray[3] = REFUSED;
        udp.send(stray, toPort, to);
      }
      udp.send(reply, toPort, to);
    }, script.delayMs);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  udp.bind(port, address, resolve);
  onTestFinished(() => void udp.close());
  await promise;
}

async function listenTcp(script: ScriptedDns, zone: string): Promise<void> {
  const { address, port } = script.server;
  const sockets = new Set<Socket>();
  const tcp = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    socket.on('end', () => {
      if (script.behaviour !== 'kept-open') socket.end();
    });
    socket.on('data', (framed) => {
      const reply = replyTo(script, zone, Buffer.from(framed).subarray(2), 'tcp');
      if (reply === undefined) return;
      const length = Buffer.from([reply.length >> 8, reply.length & 0xff]);
      setTimeout(() => {
        const whole = Buffer.concat([length, reply]);
        if (script.behaviour === 'cut') socket.end(whole.subarray(0, whole.length / 2));
        else socket.write(whole);
      }, script.delayMs);
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  tcp.listen(port, address, resolve);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    tcp.close();
  });
  await promise;
}

function replyTo(
  script: ScriptedDns,
  zone: string,
  octets: Buffer,
  transport: string,
): Buffer | undefined {
  const { behaviour } = script;
  const query = decode(octets);
  const [question] = query.questions ?? [];
  script.queries.push(`${transport} ${question?.type}`);
  if (behaviour === 'silent' || question === undefined) return undefined;
  if (behaviour === 'malformed') {
    // Claims an answer that is not there.
    const bare = encode({ type: 'response', id: query.id ?? 0, flags: AUTHORITATIVE });
    bare.writeUInt16BE(1, 6);
    return bare;
  }
  const flags =
    (behaviour === 'lame' ? 0 : AUTHORITATIVE) |
    (behaviour === 'truncated' ? TRUNCATED : 0) |
    (behaviour === 'refused' ? REFUSED : 0);
  const asked = behaviour === 'wrong-question' ? { ...question, name: 'other.test' } : question;
  const answers =
    question.type === 'TXT' ? txtAnswers(script, question.name) : soaAnswers(script, zone);
  return encode({ type: 'response', id: query.id ?? 0, flags, questions: [asked], answers });
}

function txtAnswers({ texts }: ScriptedDns, name: string): Answer[] {
  const data = texts.get(name.toLowerCase());
  return data === undefined ? [] : [{ type: 'TXT', name, ttl: 1, data }];
}

function soaAnswers({ behaviour, serial }: ScriptedDns, zone: string): Answer[] {
  if (['empty', 'refused', 'truncated'].includes(behaviour)) return [];
  const name = behaviour === 'wrong-owner' ? `www.${zone}` : zone;
  const soa = (number: number): Answer => ({
    type: 'SOA',
    name,
    ttl: 60,
    data: { mname: `ns1.${zone}`, rname: `h.${zone}`, serial: number, minimum: 60 },
  });
  return behaviour === 'two-records' ? [soa(serial), soa(serial + 1)] : [soa(serial)];
}
