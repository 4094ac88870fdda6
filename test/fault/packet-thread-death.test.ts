import { describe, expect, it } from 'vitest';
import { packetImplementations, startStubThreads } from '../kit/packet-fixture.ts';
import { buildFrame, openStreamClient } from '../kit/stream-client.ts';
import { buildQuery, openUdpClient, type UdpClient } from '../kit/udp-client.ts';

/** Asks until there is an answer: a thread may be between two lives. */
async function askUntilAnswered(client: UdpClient, id: number, port: number): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      await client.ask(buildQuery(id, 'x'), port, '127.0.0.1', 250);
      return;
    } catch {
      // Lost with the thread that had it; a client asks again.
    }
  }
  throw new Error('no answer after 20 attempts');
}

describe.each(packetImplementations())('a thread that dies, %s', (implementation) => {
  it('is replaced, the successor answers, and counters go on', async () => {
    const { port, threads } = await startStubThreads(['127.0.0.1'], { implementation, threads: 2 });
    const clients = await Promise.all(Array.from({ length: 8 }, () => openUdpClient()));
    await Promise.all(clients.map((client) => askUntilAnswered(client, 1, port)));
    for (const thread of [0, 1]) await threads.kill(thread);
    await Promise.all(clients.map((client) => askUntilAnswered(client, 2, port)));
    const snapshot = threads.snapshot([]);
    expect(snapshot.restarts).toBe(2);
    const answered = snapshot.responses.find(({ protocol }) => protocol === 'udp')?.count;
    expect(answered).toBeGreaterThanOrEqual(16);
  });

  it('is replaced when a query makes it throw, again and again', async () => {
    const { port, threads } = await startStubThreads(['127.0.0.1'], { implementation });
    const client = await openUdpClient();
    for (let i = 1; i <= 4; i++) {
      await client.send(buildQuery(i, 'die'), port, '127.0.0.1');
      await expect.poll(() => threads.snapshot([]).restarts, { timeout: 5000 }).toBe(i);
      await askUntilAnswered(client, 100 + i, port);
    }
  });

  it('is replaced if it is the stream thread, and its clients can come back', async () => {
    const { port, threads } = await startStubThreads(['127.0.0.1'], { implementation });
    const before = await openStreamClient(port);
    before.write(buildFrame(buildQuery(1, 'x')));
    await expect.poll(() => before.frames.length).toBe(1);
    await threads.kill(1);
    await expect.poll(() => before.isClosed).toBe(true);
    await expect.poll(() => threads.snapshot([]).restarts).toBe(1);
    await expect
      .poll(
        async () => {
          try {
            const after = await openStreamClient(port);
            after.write(buildFrame(buildQuery(2, 'x')));
            await expect.poll(() => after.frames.length, { timeout: 500 }).toBe(1);
            return 'answered';
          } catch {
            return 'refused';
          }
        },
        { timeout: 8000 },
      )
      .toBe('answered');
  });
});

describe.each(packetImplementations())('hostile packets, %s', (implementation) => {
  it('a thousand mutated ones neither kill a thread nor keep a good query from its answer', async () => {
    const { port, threads } = await startStubThreads(['127.0.0.1'], { implementation });
    const client = await openUdpClient();
    const stream = await openStreamClient(port);
    let state = 12_345;
    const below = (limit: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % limit;
    };
    for (let i = 0; i < 1000; i++) {
      const packet = buildQuery(below(65_536), `n${i}.example.com`);
      for (let flips = below(8); flips > 0; flips--) packet[below(packet.length)] = below(256);
      const cut = packet.subarray(0, below(packet.length + 1));
      await client.send(cut, port, '127.0.0.1');
      if (i % 10 === 0) stream.write(buildFrame(cut));
      // Lets the replies be read: the kernel holds about 250 small datagrams for a client.
      if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await client.ask(buildQuery(9, 'good'), port, '127.0.0.1')).message[1]).toBe(9);
    stream.write(buildFrame(buildQuery(0xfffe, 'good')));
    await expect.poll(() => stream.frames.some((frame) => frame[1] === 0xfe)).toBe(true);
    expect(threads.snapshot([]).restarts).toBe(0);
  });
});
