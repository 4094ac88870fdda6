import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SlowHandler, SlowReplies } from '#dns/packet/slow-lane.ts';
import { SLOW_WINDOW_SIZE, SlowStreams } from '#dns/packet/slow-stream.ts';
import type { ThreadOrder } from '#dns/packet/thread-start.ts';
import { STREAM_LIMITS } from '#net/stream-limits.ts';
import { startStubThreads } from '../../../kit/packet-fixture.ts';
import { buildFrame, openStreamClient } from '../../../kit/stream-client.ts';
import { buildQuery } from '../../../kit/udp-client.ts';

const MESSAGE_SIZE = 65_535;
const MIB = 1024 * 1024;

/** A handler of one reply: `count` messages that carry their number, and what became of it. */
function replyOf(count: number, size = MESSAGE_SIZE) {
  const state = { sent: 0, isRefused: false, isDone: false };
  const handler: SlowHandler = async (request, replies) => {
    const message = new Uint8Array(size);
    message.set(request.bytes.subarray(0, 2));
    for (let i = 0; i < count && !state.isRefused; i++) {
      message[4] = i >>> 8;
      message[5] = i;
      if (await replies.send(message)) state.sent += 1;
      else state.isRefused = true;
    }
    state.isDone = true;
  };
  return { state, handler };
}

/** A client that reads only when told to. */
async function openReader(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Reads whole frames until `count` have come; `onFrame` gets the head of each. */
async function readFrames(socket: Socket, count: number, onFrame: (head: Uint8Array) => void) {
  let held = Buffer.alloc(0);
  let read = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.resume();
  socket.on('close', () => reject(new Error(`closed after ${read} frames`)));
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const end = 2 + held.readUInt16BE(0);
      onFrame(held.subarray(2, Math.min(end, 10)));
      held = held.subarray(end);
      read += 1;
    }
    if (read >= count) resolve();
  });
  await promise;
}

describe('a long reply over a stream', () => {
  it('takes no memory for what a slow client has not read: 2,000 messages of 64 KiB', async () => {
    const { state, handler } = replyOf(2000);
    const { port } = await startStubThreads(['127.0.0.1'], { slowHandler: handler });
    const socket = await openReader(port);
    socket.pause();
    const memoryBefore = process.memoryUsage().rss;
    socket.write(buildFrame(buildQuery(7, 'slow')));
    await expect.poll(() => state.sent).toBeGreaterThan(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const sentUnread = state.sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
    // What the kernel takes for a client that does not read, and then no more.
    expect(state.sent).toBe(sentUnread);
    expect(sentUnread * MESSAGE_SIZE).toBeLessThan(16 * MIB);
    expect((process.memoryUsage().rss - memoryBefore) / MIB).toBeLessThan(40);
    const numbers: number[] = [];
    await readFrames(socket, 2000, (head) => numbers.push((head[4] << 8) | head[5]));
    expect(numbers).toEqual(Array.from({ length: 2000 }, (_, i) => i));
    await expect.poll(() => state.isDone).toBe(true);
  });

  it('lets other queries of its connection be answered meanwhile', async () => {
    const { state, handler } = replyOf(400);
    const { port } = await startStubThreads(['127.0.0.1'], { slowHandler: handler });
    const socket = await openReader(port);
    socket.write(buildFrame(buildQuery(7, 'slow')));
    await expect.poll(() => state.sent).toBeGreaterThan(1);
    socket.write(buildFrame(buildQuery(8, 'x')));
    const ids: number[] = [];
    await readFrames(socket, 401, (head) => ids.push(head[1]));
    expect(ids.filter((id) => id === 8)).toHaveLength(1);
    expect(ids.indexOf(8)).toBeLessThan(400);
  });

  it('ends, and is told so, when its client leaves midway', async () => {
    const { state, handler } = replyOf(2000);
    const { port, threads } = await startStubThreads(['127.0.0.1'], { slowHandler: handler });
    const socket = await openReader(port);
    socket.pause();
    socket.write(buildFrame(buildQuery(7, 'slow')));
    await expect.poll(() => state.sent).toBeGreaterThan(1);
    socket.resetAndDestroy();
    await expect.poll(() => state.isDone).toBe(true);
    expect(state.isRefused).toBe(true);
    await expect.poll(() => threads.snapshot([]).connections).toBe(0);
  });

  it('ends when the thread of its connection dies', async () => {
    const { state, handler } = replyOf(2000);
    const { port, threads } = await startStubThreads(['127.0.0.1'], { slowHandler: handler });
    const socket = await openReader(port);
    socket.pause();
    socket.write(buildFrame(buildQuery(7, 'slow')));
    await expect.poll(() => state.sent).toBeGreaterThan(1);
    await threads.kill(1);
    await expect.poll(() => state.isRefused).toBe(true);
  });

  it('goes on past the time-outs while it makes progress, and ends where it makes none', async () => {
    const streamLimits = { ...STREAM_LIMITS, idleTimeoutMs: 300, answerTimeoutMs: 1000 };
    const { state, handler } = replyOf(300);
    const { port } = await startStubThreads(['127.0.0.1'], { slowHandler: handler, streamLimits });
    const socket = await openReader(port);
    socket.write(buildFrame(buildQuery(7, 'slow')));
    socket.on('data', () => {
      socket.pause();
      setTimeout(() => socket.resume(), 7);
    });
    const since = performance.now();
    let frames = 0;
    await readFrames(socket, 300, () => (frames += 1));
    expect(frames).toBe(300);
    expect(performance.now() - since).toBeGreaterThan(1500);

    const stalled = await openReader(port);
    stalled.pause();
    state.sent = 0;
    stalled.write(buildFrame(buildQuery(7, 'slow')));
    await expect.poll(() => state.isRefused, { timeout: 4000 }).toBe(true);
  });

  it('is one of a hundred at a time', async () => {
    const { handler } = replyOf(20);
    const { port } = await startStubThreads(['127.0.0.1'], { slowHandler: handler });
    await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const socket = await openReader(port);
        socket.write(buildFrame(buildQuery(i, 'slow')));
        const seen: number[][] = [];
        await readFrames(socket, 20, (head) => seen.push([head[1], head[5]]));
        expect(seen).toEqual(Array.from({ length: 20 }, (__, number) => [i, number]));
        socket.destroy();
      }),
    );
  });

  it('ends when the server closes, which waits for who makes it', async () => {
    const { state, handler } = replyOf(2000);
    const { port, threads } = await startStubThreads(['127.0.0.1'], { slowHandler: handler });
    const socket = await openReader(port);
    socket.pause();
    socket.write(buildFrame(buildQuery(7, 'slow')));
    await expect.poll(() => state.sent).toBeGreaterThan(1);
    const since = performance.now();
    await threads.close();
    expect(performance.now() - since).toBeLessThan(2000);
    expect(state.isRefused).toBe(true);
  });

  it('keeps a place at the control thread until its handler has ended, client or none', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    onTestFinished(() => open());
    let running = 0;
    const slowHandler: SlowHandler = async () => {
      running += 1;
      await gate;
    };
    const { port } = await startStubThreads(['127.0.0.1'], { slowHandler });
    for (let i = 0; i < 5; i++) {
      const client = await openStreamClient(port);
      const queries = Array.from({ length: 60 }, (_, id) => buildFrame(buildQuery(id, 'slow')));
      client.write(Buffer.concat([...queries, buildFrame(buildQuery(99, 'x'))]));
      await expect.poll(() => client.frames.length).toBe(1);
      client.socket.resetAndDestroy();
    }
    expect(running).toBe(128);
  });
});

/** A reply's end at the control thread, with the orders that it gives. */
function openStream() {
  const streams = new SlowStreams();
  const orders: ThreadOrder[] = [];
  const stream = streams.open(1, (order) => orders.push(order));
  const way: SlowReplies = { send: async (message) => stream.send(message) };
  return { streams, orders, way, stream };
}

describe('the window of a reply', () => {
  it('has room for sixteen small messages, and for more as they are taken', async () => {
    const { streams, orders, way } = openStream();
    for (let i = 0; i < 15; i++) expect(await way.send(Uint8Array.of(i))).toBe(true);
    const sixteenth = way.send(Uint8Array.of(15));
    expect(orders).toHaveLength(16);
    streams.taken(1, 1);
    expect(await sixteenth).toBe(true);
  });

  it('waits after a large one, and gives false to who waits when the client leaves', async () => {
    const { streams, orders, way, stream } = openStream();
    const first = way.send(new Uint8Array(SLOW_WINDOW_SIZE));
    streams.gone(1);
    expect(await first).toBe(false);
    expect(await way.send(Uint8Array.of(1))).toBe(false);
    stream.end();
    expect(orders.map(({ kind }) => kind)).toEqual(['answer', 'answered']);
  });

  it('copies a message: who made it may write the next one in its place', async () => {
    const { orders, way } = openStream();
    const memory = new Uint8Array(100);
    await way.send(memory.fill(1).subarray(0, 3));
    memory.fill(2);
    expect(orders[0]).toMatchObject({ message: Uint8Array.of(1, 1, 1) });
  });
});
