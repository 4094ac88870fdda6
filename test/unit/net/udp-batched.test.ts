import { describe, expect, it, onTestFinished } from 'vitest';
import { DATAGRAM_DROP, DATAGRAM_LIMITS, type DatagramHandler } from '#net/datagram.ts';
import { type Libc, openLibc } from '#net/libc.ts';
import { parseListenAddress } from '#net/listen-address.ts';
import { openUdpGroup } from '#net/listen-sockets.ts';
import { RETURN_PATH_SIZE, readPeerAddress } from '#net/return-path.ts';
import { BatchedLoop, type BatchedLoopOptions, DatagramSender } from '#net/udp-batched.ts';
import { freePort } from '../../kit/free-port.ts';
import { buildQuery, openUdpClient } from '../../kit/udp-client.ts';

const available = openLibc();
const SIZES: Omit<BatchedLoopOptions, 'isStopped'> = {
  count: DATAGRAM_LIMITS.batchSize,
  querySizeMax: DATAGRAM_LIMITS.querySizeMax,
  replySizeMax: DATAGRAM_LIMITS.replySizeMax,
  waitMs: DATAGRAM_LIMITS.waitMs,
};

/** Echoes; counts batches and drops. */
class EchoHandler implements DatagramHandler {
  readonly drops: number[] = [];
  readonly batches: number[] = [];
  sizeOf: (id: number, size: number) => number = (_, size) => size;
  handle: DatagramHandler['handle'] = (_, query, at, size, reply, replyAt) => {
    this.batches[this.batches.length - 1] += 1;
    reply.set(query.subarray(at, at + size), replyAt);
    return this.sizeOf((query[at] << 8) | query[at + 1], size);
  };

  beginBatch(): void {
    this.batches.push(0);
  }

  drop(reason: number): void {
    this.drops.push(reason);
  }

  endBatch(): void {}
}

/** Runs the loop in this thread until `batches` batches were served. */
function serveBatches(libc: Libc, fd: number, handler: EchoHandler, batches = 1, sizes = SIZES) {
  const loop = new BatchedLoop(libc, [{ fd, listen: 0, isIpv6: false }], handler, {
    ...sizes,
    isStopped: () => handler.batches.length >= batches,
  });
  loop.run();
}

async function openSocket(address = '127.0.0.1') {
  const port = await freePort();
  const libc = available;
  if (libc === undefined) throw new Error('needs koffi');
  const group = openUdpGroup(libc, parseListenAddress(`${address}:${port}`), 1);
  onTestFinished(() => void libc.close(group.fds[0]));
  return { libc, port, fd: group.fds[0] };
}

describe.skipIf(available === undefined)('the batched UDP loop', () => {
  it('answers what has queued up in one batch, each to its own sender', async () => {
    const { libc, port, fd } = await openSocket();
    const clients = await Promise.all([openUdpClient(), openUdpClient(), openUdpClient()]);
    for (let i = 0; i < 30; i++) {
      await clients[i % 3].send(buildQuery(i, `n${i}`), port, '127.0.0.1');
    }
    const handler = new EchoHandler();
    serveBatches(libc, fd, handler);
    expect(handler.batches).toEqual([30]);
    await expect.poll(() => clients.map((client) => client.replies.length)).toEqual([10, 10, 10]);
    for (const [c, client] of clients.entries()) {
      expect(client.replies.map(({ message }) => message[1] % 3)).toEqual(Array(10).fill(c));
    }
  });

  it('sends the replies behind one that the handler drops to the right senders', async () => {
    const { libc, port, fd } = await openSocket();
    const [odd, even] = [await openUdpClient(), await openUdpClient()];
    for (let i = 0; i < 20; i++) {
      await (i % 2 === 1 ? odd : even).send(buildQuery(i, 'x'), port, '127.0.0.1');
    }
    const handler = new EchoHandler();
    handler.sizeOf = (id, size) => (id % 3 === 0 ? 0 : size);
    serveBatches(libc, fd, handler);
    const ids = (client: typeof odd) => client.replies.map(({ message }) => message[1]);
    await expect.poll(() => ids(even)).toEqual([2, 4, 8, 10, 14, 16]);
    await expect.poll(() => ids(odd)).toEqual([1, 5, 7, 11, 13, 17, 19]);
  });

  it('loses only the datagram that the kernel refuses, wherever it is in the batch', async () => {
    const { libc, port, fd } = await openSocket();
    const client = await openUdpClient();
    for (let i = 0; i < 10; i++) await client.send(buildQuery(i, 'x'), port, '127.0.0.1');
    const handler = new EchoHandler();
    // Over 65,507 octets no IPv4 datagram can be: sendmmsg stops at it with EMSGSIZE.
    handler.sizeOf = (id, size) => ([0, 4, 5, 9].includes(id) ? 65_530 : size);
    serveBatches(libc, fd, handler, 1, { ...SIZES, replySizeMax: 65_535 });
    await expect
      .poll(() => client.replies.map(({ message }) => message[1]))
      .toEqual([1, 2, 3, 6, 7, 8]);
    expect(handler.drops).toEqual(Array(4).fill(DATAGRAM_DROP.refused));
  });

  it('drops a query that is longer than its slot and answers the next one in that slot', async () => {
    const { libc, port, fd } = await openSocket();
    const client = await openUdpClient();
    const handler = new EchoHandler();
    await client.send(new Uint8Array(SIZES.querySizeMax + 1), port, '127.0.0.1');
    await client.send(buildQuery(7, 'x'), port, '127.0.0.1');
    serveBatches(libc, fd, handler);
    await client.send(buildQuery(8, 'y'), port, '127.0.0.1');
    serveBatches(libc, fd, handler, 2);
    await expect.poll(() => client.replies.map(({ message }) => message[1])).toEqual([7, 8]);
    expect(handler.drops).toEqual([DATAGRAM_DROP.oversize]);
  });

  it('looks at the stop word while nothing arrives', async () => {
    const { libc, fd } = await openSocket();
    let asked = 0;
    const loop = new BatchedLoop(libc, [{ fd, listen: 0, isIpv6: false }], new EchoHandler(), {
      ...SIZES,
      isStopped: () => asked++ === 3,
    });
    const since = performance.now();
    loop.run();
    expect(performance.now() - since).toBeLessThan(1000);
  });

  it('raises NET_RECEIVE_FAILED when its socket is gone', async () => {
    const { libc } = await openSocket();
    expect(() => serveBatches(libc, 1_000_000, new EchoHandler())).toThrow(
      expect.objectContaining({ code: 'NET_RECEIVE_FAILED' }),
    );
  });

  it.each([['127.0.0.1'], ['0.0.0.0']])(
    'keeps the way back to a client of %s for an answer that comes later',
    async (address) => {
      const { libc, port, fd } = await openSocket(address);
      const client = await openUdpClient();
      const asked = address === '0.0.0.0' ? '127.0.0.3' : address;
      await client.send(buildQuery(9, 'later'), port, asked);
      const path = new Uint8Array(RETURN_PATH_SIZE);
      const handler = new EchoHandler();
      handler.handle = (origin) => {
        origin.writeReturnPath(path, 0);
        return 0;
      };
      serveBatches(libc, fd, handler);
      expect(readPeerAddress(path)).toEqual({ address: '127.0.0.1', port: client.port, family: 4 });
      const sender = new DatagramSender(libc, 1000);
      expect(sender.send(fd, path, new Uint8Array(1001))).toBe(false);
      expect(sender.send(fd, path, buildQuery(9, 'answer'))).toBe(true);
      await expect.poll(() => client.replies.map(({ from }) => from.address)).toEqual([asked]);
    },
  );
});
