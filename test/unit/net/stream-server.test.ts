import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { parseListenAddress } from '#net/listen-address.ts';
import {
  STREAM_DROP,
  STREAM_LATER,
  type StreamHandler,
  type StreamOrigin,
} from '#net/stream-handler.ts';
import { STREAM_LIMITS, type StreamLimits } from '#net/stream-limits.ts';
import { StreamServer } from '#net/stream-server.ts';
import { freePort } from '../../kit/free-port.ts';
import { buildFrame, openStreamClient, type StreamClient } from '../../kit/stream-client.ts';

/** Echoes; a first octet of 1 asks for a later answer, of 2 for none, of 3 for a long one. */
class EchoHandler implements StreamHandler {
  readonly drops: number[] = [];
  /** Connections that wait, with the query that each waits for. */
  readonly later: { id: number; query: Uint8Array }[] = [];
  readonly closedIds: number[] = [];
  handled = 0;
  handle: StreamHandler['handle'] = (origin, query, at, size, reply, replyAt, replyMax) => {
    this.handled += 1;
    reply.set(query.subarray(at, at + size), replyAt);
    if (query[at] === 2) return 0;
    if (query[at] === 3) return replyMax;
    if (query[at] !== 1) return size;
    this.later.push({ id: origin.id, query: query.slice(at, at + size) });
    return STREAM_LATER;
  };

  beginBatch(): void {}

  drop(reason: number): void {
    this.drops.push(reason);
  }

  endBatch(): void {}

  closed({ id }: StreamOrigin): void {
    this.closedIds.push(id);
  }
}

async function openServer(limits: Partial<StreamLimits> = {}) {
  const handler = new EchoHandler();
  const clock = openClock({ kind: 'system' });
  const server = new StreamServer(handler, clock, { ...STREAM_LIMITS, ...limits });
  const port = await freePort();
  await server.open({ listen: parseListenAddress(`127.0.0.1:${port}`), index: 0 });
  onTestFinished(() => server.close());
  return { handler, server, port };
}

/** Gives the whole of a promised answer. */
function giveAnswer(server: StreamServer, id: number, message: Uint8Array): void {
  const connection = server.find(id);
  connection?.answer(message);
  connection?.answered();
}

const bodies = (client: StreamClient) => client.frames.map((frame) => [...frame]);

describe('a stream server', () => {
  it('answers pipelined frames that arrive in one segment', async () => {
    const { port } = await openServer();
    const client = await openStreamClient(port);
    const queries = Array.from({ length: 100 }, (_, i) => Uint8Array.of(9, i));
    client.write(Buffer.concat(queries.map(buildFrame)));
    await expect.poll(() => bodies(client)).toEqual(queries.map((query) => [...query]));
  });

  it('answers a frame that arrives octet by octet', async () => {
    const { port, handler } = await openServer();
    const client = await openStreamClient(port);
    for (const octet of buildFrame(Uint8Array.of(9, 8, 7, 6))) {
      client.write(Uint8Array.of(octet));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await expect.poll(() => bodies(client)).toEqual([[9, 8, 7, 6]]);
    expect(handler.handled).toBe(1);
  });

  it('gives later answers in any order, and other queries are not held up by them', async () => {
    const { port, server, handler } = await openServer();
    const client = await openStreamClient(port);
    client.write(
      Buffer.concat(
        [
          [1, 1],
          [1, 2],
          [9, 3],
        ].map((q) => buildFrame(Uint8Array.from(q))),
      ),
    );
    await expect.poll(() => bodies(client)).toEqual([[9, 3]]);
    const [first, second] = handler.later;
    giveAnswer(server, second.id, second.query);
    giveAnswer(server, first.id, first.query);
    await expect
      .poll(() => bodies(client))
      .toEqual([
        [9, 3],
        [1, 2],
        [1, 1],
      ]);
  });

  it('answers what was asked before the client closed its side, then closes', async () => {
    const { port, server, handler } = await openServer();
    const client = await openStreamClient(port);
    client.socket.end(
      Buffer.concat(
        [
          [9, 1],
          [1, 2],
        ].map((q) => buildFrame(Uint8Array.from(q))),
      ),
    );
    await expect.poll(() => handler.later).toHaveLength(1);
    expect(client.isClosed).toBe(false);
    giveAnswer(server, handler.later[0].id, Uint8Array.of(5));
    await expect.poll(() => bodies(client)).toEqual([[9, 1], [5]]);
    await expect.poll(() => client.isClosed).toBe(true);
    await expect.poll(() => server.connectionCount).toBe(0);
  });

  it('ends a connection that drips its frame, however steadily', async () => {
    const { port, handler } = await openServer({ frameTimeoutMs: 400, idleTimeoutMs: 60_000 });
    const client = await openStreamClient(port);
    client.write(Uint8Array.of(0, 200));
    const drip = setInterval(() => client.write(Uint8Array.of(0)), 50);
    onTestFinished(() => clearInterval(drip));
    await expect.poll(() => client.isClosed, { timeout: 3000 }).toBe(true);
    expect(handler.drops).toEqual([STREAM_DROP.frameTimeout]);
  });

  it('ends an idle connection, and not one that asks now and then', async () => {
    const { port } = await openServer({ idleTimeoutMs: 500 });
    const [idle, busy] = [await openStreamClient(port), await openStreamClient(port)];
    const ask = setInterval(() => busy.write(buildFrame(Uint8Array.of(9))), 100);
    onTestFinished(() => clearInterval(ask));
    await expect.poll(() => idle.isClosed, { timeout: 3000 }).toBe(true);
    expect(busy.isClosed).toBe(false);
  });

  it('makes room for a newcomer by ending the connection that has been idle longest', async () => {
    const { port, server, handler } = await openServer({ connectionsMax: 3 });
    const clients: StreamClient[] = [];
    for (let i = 0; i < 3; i++) clients.push(await openStreamClient(port));
    await expect.poll(() => server.connectionCount).toBe(3);
    clients[0].write(buildFrame(Uint8Array.of(9)));
    await expect.poll(() => clients[0].frames.length).toBe(1);
    const newcomer = await openStreamClient(port);
    newcomer.write(buildFrame(Uint8Array.of(7)));
    await expect.poll(() => bodies(newcomer)).toEqual([[7]]);
    await expect.poll(() => clients.map((client) => client.isClosed)).toEqual([false, true, false]);
    expect(server.connectionCount).toBe(3);
    expect(handler.drops).toEqual([STREAM_DROP.connectionLimit]);
  });

  it('takes the room from the same client when that client is at its own limit', async () => {
    const { port, server } = await openServer({ connectionsPerClientMax: 2 });
    const other = await openStreamClient(port, '127.0.0.1', '127.0.0.9');
    await expect.poll(() => server.connectionCount).toBe(1);
    const mine: StreamClient[] = [];
    for (let i = 0; i < 4; i++) mine.push(await openStreamClient(port));
    await expect
      .poll(() => mine.map((client) => client.isClosed))
      .toEqual([true, true, false, false]);
    expect(other.isClosed).toBe(false);
    expect(server.connectionCount).toBe(3);
  });

  it('refuses a newcomer when all others wait for answers of ours', async () => {
    const { port, handler } = await openServer({ connectionsMax: 1 });
    const waiting = await openStreamClient(port);
    waiting.write(buildFrame(Uint8Array.of(1)));
    await expect.poll(() => handler.later).toHaveLength(1);
    const newcomer = await openStreamClient(port);
    await expect.poll(() => newcomer.isClosed).toBe(true);
    expect(waiting.isClosed).toBe(false);
  });

  it('stops reading from a client that takes no answers, and goes on when it does', async () => {
    const { port, server, handler } = await openServer();
    const client = await openStreamClient(port);
    client.socket.pause();
    const count = 2000;
    const query = buildFrame(Uint8Array.of(3, 3));
    client.write(Buffer.concat(Array.from({ length: count }, () => query)));
    await expect.poll(() => handler.handled).toBeGreaterThan(3);
    await new Promise((resolve) => setTimeout(resolve, 200));
    // 2,000 answers of 64 KiB are 128 MiB: only what the kernel and our limit hold was made.
    expect(handler.handled).toBeLessThan(count / 2);
    expect(server.heldSize).toBeLessThan(2 * STREAM_LIMITS.unsentSizeMax);
    client.socket.resume();
    await expect.poll(() => client.frames.length, { timeout: 10_000 }).toBe(count);
    await expect.poll(() => server.heldSize).toBe(0);
  });

  it('gives an answer of many messages while other queries go on, and says what is taken', async () => {
    const { port, server, handler } = await openServer();
    const client = await openStreamClient(port);
    client.write(buildFrame(Uint8Array.of(1)));
    await expect.poll(() => handler.later.length).toBe(1);
    const connection = server.find(handler.later[0].id);
    let taken = 0;
    for (let i = 0; i < 3; i++) connection?.answer(Uint8Array.of(i), () => (taken += 1));
    await expect.poll(() => taken).toBe(3);
    client.write(buildFrame(Uint8Array.of(9)));
    await expect.poll(() => bodies(client)).toEqual([[0], [1], [2], [9]]);
    client.socket.end();
    connection?.answer(Uint8Array.of(7));
    await expect.poll(() => bodies(client).at(-1)).toEqual([7]);
    expect(client.isClosed).toBe(false);
    connection?.answered();
    await expect.poll(() => client.isClosed).toBe(true);
    expect(handler.closedIds).toEqual([connection?.id]);
  });

  it('stops reading from a client with too many answers outstanding', async () => {
    const { port, server, handler } = await openServer({ outstandingMax: 4 });
    const client = await openStreamClient(port);
    client.write(Buffer.concat(Array.from({ length: 10 }, () => buildFrame(Uint8Array.of(1)))));
    await expect.poll(() => handler.later.length).toBe(4);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(handler.handled).toBe(4);
    for (let i = 0; i < 10; i++) {
      await expect.poll(() => handler.later.length).toBeGreaterThan(i);
      giveAnswer(server, handler.later[i].id, Uint8Array.of(i));
    }
    await expect.poll(() => bodies(client).map(([i]) => i)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('ends the connection that would make it hold too much', async () => {
    const { port, server, handler } = await openServer({ heldSizeMax: 10_000 });
    const client = await openStreamClient(port);
    client.write(Uint8Array.of(0xff, 0xff));
    client.write(new Uint8Array(9000));
    await expect.poll(() => server.heldSize).toBe(9002);
    client.write(new Uint8Array(20_000));
    await expect.poll(() => client.isClosed).toBe(true);
    expect(handler.drops).toEqual([STREAM_DROP.memory]);
    await expect.poll(() => server.heldSize).toBe(0);
  });

  it('makes room by ending who holds octets for longest, not who needs some now', async () => {
    const { port, server } = await openServer({ heldSizeMax: 10_000 });
    const hoarders = await Promise.all([1, 2].map(() => openStreamClient(port)));
    for (const [i, hoarder] of hoarders.entries()) {
      hoarder.write(Uint8Array.of(0xff, 0xff, ...new Uint8Array(4900)));
      await expect.poll(() => server.heldSize).toBe((i + 1) * 4902);
    }
    const honest = await openStreamClient(port);
    honest.write(buildFrame(new Uint8Array(1000).fill(9)));
    await expect.poll(() => honest.frames.length).toBe(1);
    expect(hoarders.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    expect(server.heldSize).toBe(4902);
  });

  it('forgets a client that resets its connection, and answers nobody in its place', async () => {
    const { port, server, handler } = await openServer();
    const client = await openStreamClient(port);
    client.write(buildFrame(Uint8Array.of(1, 2, 3)));
    await expect.poll(() => handler.later).toHaveLength(1);
    client.socket.resetAndDestroy();
    await expect.poll(() => server.connectionCount).toBe(0);
    expect(server.find(handler.later[0].id)).toBeUndefined();
    expect(server.heldSize).toBe(0);
  });

  it('closes within its grace although a client neither reads nor leaves', async () => {
    const { port, server } = await openServer({ closeGraceMs: 300 });
    const client = await openStreamClient(port);
    client.socket.pause();
    client.write(Buffer.concat(Array.from({ length: 500 }, () => buildFrame(Uint8Array.of(3)))));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const since = performance.now();
    await server.close();
    expect(performance.now() - since).toBeLessThan(900);
    await expect.poll(() => server.connectionCount).toBe(0);
  });

  it('raises NET_ADDRESS_IN_USE for a port that is taken', async () => {
    const { port } = await openServer();
    const second = new StreamServer(new EchoHandler(), openClock({ kind: 'system' }));
    onTestFinished(() => second.close());
    const listen = parseListenAddress(`127.0.0.1:${port}`);
    await expect(second.open({ listen, index: 0 })).rejects.toMatchObject({
      code: 'NET_ADDRESS_IN_USE',
    });
  });
});
