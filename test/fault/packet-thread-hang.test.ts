import { describe, expect, it } from 'vitest';
import { HANG_LIMIT_MS } from '#dns/packet/thread-watchdog.ts';
import { packetImplementations, startStubThreads } from '../kit/packet-fixture.ts';
import { buildFrame, openStreamClient } from '../kit/stream-client.ts';
import { buildQuery, openUdpClient } from '../kit/udp-client.ts';

/** How long until the query is answered, asked again as a resolver would. */
async function msUntilAnswered(ask: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  for (;;) {
    try {
      await ask();
      return performance.now() - since;
    } catch {
      if (performance.now() - since > 3 * HANG_LIMIT_MS) throw new Error('not answered again');
    }
  }
}

describe.each(packetImplementations())('a thread that hangs, %s', (implementation) => {
  it('is ended and replaced within a few seconds', async () => {
    const { port, threads } = await startStubThreads(['127.0.0.1'], { implementation });
    const client = await openUdpClient();
    await client.ask(buildQuery(1, 'x'), port, '127.0.0.1');
    await client.send(buildQuery(2, 'hang'), port, '127.0.0.1');
    const query = buildQuery(3, 'x');
    const ms = await msUntilAnswered(() => client.ask(query, port, '127.0.0.1', 250));
    expect(ms).toBeLessThan(HANG_LIMIT_MS + 3000);
    expect(threads.snapshot([]).restarts).toBe(1);
  });

  it('is replaced if it is the stream thread, and UDP is answered all the while', async () => {
    const { port, threads } = await startStubThreads(['127.0.0.1'], { implementation });
    const hanging = await openStreamClient(port);
    hanging.write(buildFrame(buildQuery(1, 'hang')));
    const client = await openUdpClient();
    while (threads.snapshot([]).restarts === 0) {
      await client.ask(buildQuery(2, 'x'), port, '127.0.0.1', 1000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await msUntilAnswered(async () => {
      const after = await openStreamClient(port);
      after.write(buildFrame(buildQuery(3, 'x')));
      await expect.poll(() => after.frames.length, { timeout: 1000 }).toBe(1);
    });
    expect(threads.snapshot([]).restarts).toBe(1);
  });
});

describe('threads without queries', () => {
  it('are not taken for hanging ones', async () => {
    const { threads } = await startStubThreads(['127.0.0.1'], { threads: 2 });
    await new Promise((resolve) => setTimeout(resolve, HANG_LIMIT_MS + 1000));
    expect(threads.snapshot([]).restarts).toBe(0);
  });
});
