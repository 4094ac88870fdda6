// `holdfast check answer` against name servers that answer well, badly, late or not at all.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { holdfast } from '../../../kit/command-line.ts';
import { freePort } from '../../../kit/free-port.ts';

/** A UDP server that answers each query with what `answer` makes of a copy of it. */
async function nameserver(answer: (message: Buffer) => Buffer | undefined): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const reply = answer(Buffer.from(query));
    if (reply !== undefined) socket.send(reply, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

const check = (server: string) =>
  holdfast('check', 'answer', '--server', server, '--name', 'example.com', '--timeout', '300');

/** Header words 1 (flags) and 3 (answer count) set, as if a record followed. */
const answered = (flags: number, count: number) => (message: Buffer) => {
  message.writeUInt16BE(flags, 2);
  message.writeUInt16BE(count, 6);
  return message;
};

describe('check answer', () => {
  it('asks for the SOA of the name, and is content with an authoritative answer', async () => {
    let question = '';
    const server = await nameserver((message) => {
      question = message.subarray(12).toString('latin1');
      return answered(0x8400, 1)(message);
    });
    expect((await check(server)).exitCode).toBe(0);
    expect(question).toBe('\x07example\x03com\x00\x00\x06\x00\x01');
  });

  it.each([
    ['REFUSED: it does not serve this zone', answered(0x8405, 0)],
    ['RCODE 2', answered(0x8402, 0)],
    ['not authoritative', answered(0x8000, 1)],
    ['no record', answered(0x8400, 0)],
    ['not to this question', (): Buffer => Buffer.alloc(3)],
    ['no answer within 300 ms', (): undefined => undefined],
  ])('fails for an answer with %s', async (fault, answer) => {
    const { exitCode, stderr } = await check(await nameserver(answer));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(fault);
    expect(stderr).toContain('(ANSWER_BAD)');
  });

  it('fails at once where nobody listens', async () => {
    const { exitCode, stderr } = await check(`127.0.0.1:${await freePort()}`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('is it running there?');
  });
});
