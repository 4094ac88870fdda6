// RFC 7766: DNS over TCP, one connection for many queries.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { writeQuery } from '../../kit/dns-query.ts';
import { readReply } from '../../kit/dns-reply.ts';
import { useServer } from '../../kit/network-server.ts';
import { buildFrame, openStreamClient } from '../../kit/stream-client.ts';

const server = useServer({
  zones: {
    'example.test.': `$TTL 3600
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.1
${Array.from({ length: 400 }, (_, index) => `large TXT "text ${index} ${'x'.repeat(100)}"`).join('\n')}
`,
  },
});

const query = (id: number, name = 'ns.example.test.', type = 1): Uint8Array =>
  buildFrame(writeQuery({ id, name, type }));

async function framesOf(octets: Uint8Array[], count: number): Promise<Uint8Array[]> {
  const client = await openStreamClient(server.port);
  onTestFinished(() => void client.socket.destroy());
  for (const piece of octets) {
    client.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await vi.waitFor(() => expect(client.frames).toHaveLength(count), { timeout: 5000 });
  return client.frames;
}

describe('RFC 7766 section 6.2.1.1, pipelining', () => {
  it('answers every query of a connection, matched by id', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => index + 1);
    const frames = await framesOf([Buffer.concat(ids.map((id) => query(id)))], ids.length);
    const replies = frames.map((frame) => readReply(frame));
    expect(replies.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(ids);
    for (const { answer } of replies) {
      expect(answer).toEqual(['ns.example.test. 3600 A 192.0.2.1']);
    }
  });
});

describe('RFC 7766 section 6.2, a connection', () => {
  it('stays open for the next query', async () => {
    const client = await openStreamClient(server.port);
    for (let id = 1; id <= 5; id++) {
      client.write(query(id));
      await vi.waitFor(() => expect(client.frames).toHaveLength(id));
    }
    expect(client.isClosed).toBe(false);
  });

  it('answers what was asked before the client ended its side', async () => {
    const client = await openStreamClient(server.port);
    client.write(Buffer.concat([query(1), query(2)]));
    client.socket.end();
    await vi.waitFor(() => expect(client.frames).toHaveLength(2));
  });
});

describe('RFC 7766 section 8, the length in front', () => {
  it('may come octet by octet', async () => {
    const whole = query(7);
    const pieces = Array.from(whole, (octet) => Uint8Array.of(octet));
    const [frame] = await framesOf(pieces, 1);
    expect(readReply(frame ?? new Uint8Array()).id).toBe(7);
  });

  it('lets an answer be as large as 65,535 octets', async () => {
    const [frame] = await framesOf([query(8, 'large.example.test.', 16)], 1);
    const reply = readReply(frame ?? new Uint8Array());
    expect(reply.flags).toEqual(['qr', 'aa']);
    expect(reply.answer).toHaveLength(400);
    expect(reply.sizeBytes).toBeGreaterThan(40_000);
  });
});
