/**
 * A name server of one zone, `signed.test.`, that answers only what is signed with its keys: any
 * question with the SOA record, AXFR over TCP with a stream of many small messages. It stands on the
 * server's own TSIG code and nothing else of it, for clients that verify what it signs.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { TsigKeyring } from '#dns/tsig/tsig-key.ts';
import { checkRequest } from '#dns/tsig/tsig-request.ts';
import { FLAG_AA, FLAG_QR } from '#dns/wire/header.ts';
import type { Message } from '#dns/wire/message.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { parseName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { ResourceRecord } from '#dns/wire/record.ts';
import { writeMessage } from '#dns/wire/write-message.ts';
import { nameOctets } from './dns-query.ts';
import { freePort } from './free-port.ts';
import { buildFrame } from './stream-client.ts';

/** Messages of its AXFR; two more than a client may leave unverified between two signatures. */
export const TRANSFER_MESSAGES = 103;

const SOA: ResourceRecord = {
  owner: parseName('signed.test.'),
  type: TYPE.SOA,
  class: 1,
  ttl: 300,
  rdata: Uint8Array.of(
    ...nameOctets('ns.signed.test.'),
    ...nameOctets('admin.signed.test.'),
    ...Buffer.from('0000000700000e1000000258000151800000012c', 'hex'),
  ),
};

/** Its port, for UDP and TCP on 127.0.0.1; closed when the test ends. */
export async function startSigningServer(keyring: TsigKeyring): Promise<number> {
  const port = await freePort();
  const udp = createSocket('udp4');
  udp.on('message', (message, { port: from }) => {
    for (const reply of answer(message, keyring, false)) udp.send(reply, from);
  });
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  const tcp = createServer((socket) => serve(socket, keyring));
  tcp.listen(port, '127.0.0.1');
  await once(tcp, 'listening');
  onTestFinished(() => {
    udp.close();
    tcp.close();
  });
  return port;
}

function serve(socket: Socket, keyring: TsigKeyring): void {
  let held = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Uint8Array) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const end = 2 + held.readUInt16BE(0);
      const replies = answer(held.subarray(2, end), keyring, true);
      socket.write(Buffer.concat(replies.map(buildFrame)));
      held = held.subarray(end);
    }
  });
}

function answer(octets: Uint8Array, keyring: TsigKeyring, isStream: boolean): Uint8Array[] {
  const nowMs = Date.now();
  const checked = checkRequest(octets, keyring, nowMs);
  if (checked.kind === 'unsigned') return [writeReply(readMessage(octets), 5, [])];
  if (checked.kind === 'bad')
    return [checked.reject(writeReply(readMessage(octets), checked.rcode, []))];
  const query = readMessage(checked.message);
  const isTransfer = isStream && query.question?.type === TYPE.AXFR;
  const replies = isTransfer ? transfer(query) : [writeReply(query, 0, [SOA])];
  return replies.map((message) => checked.signer.sign(message, nowMs));
}

function transfer(query: Message): Uint8Array[] {
  return Array.from({ length: TRANSFER_MESSAGES }, (_, index) => {
    const owner = parseName(`host${index}.signed.test.`);
    const host = { owner, type: TYPE.A, class: 1, ttl: 300, rdata: Uint8Array.of(192, 0, 2, 1) };
    const isEnd = index === 0 || index === TRANSFER_MESSAGES - 1;
    return writeReply(query, 0, [isEnd ? SOA : host]);
  });
}

function writeReply(query: Message, rcode: number, records: ResourceRecord[]): Uint8Array {
  const flags = FLAG_QR | FLAG_AA;
  return writeMessage({
    ...query,
    flags,
    rcode,
    answer: records,
    authority: [],
    additional: [],
    edns: undefined,
  });
}
