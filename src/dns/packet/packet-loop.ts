/**
 * The body of a packet thread: UDP in, answers out, until the stop word is set. The entry module
 * (packet-thread.ts) says how to make the answerer, so that a test can run the same loop with one
 * of its own. Batched, the thread blocks in system calls and has no event loop; plain, it has.
 */
import { openClock } from '#base/clock.ts';
import { openCounterRow } from '#base/shared-counters.ts';
import { AddressRanges } from '#net/address-ranges.ts';
import { DATAGRAM_LIMITS, type DatagramOrigin } from '#net/datagram.ts';
import { openLibc } from '#net/libc.ts';
import { NetError } from '#net/net-error.ts';
import { pinThread } from '#net/thread-cores.ts';
import { BatchedLoop } from '#net/udp-batched.ts';
import { PlainGroup } from '#net/udp-plain.ts';
import { PacketHandler, type ThreadHandler } from './packet-handler.ts';
import { ProxiedDatagrams } from './proxied-datagrams.ts';
import type { QueryAnswerer } from './query-answerer.ts';
import { SlowRing } from './slow-ring.ts';
import type { MakeAnswerer, ThreadPort } from './thread-body.ts';
import { type BatchedStart, CONTROL_WORD, type PlainStart } from './thread-start.ts';
import { BEAT_INTERVAL_MS } from './thread-watchdog.ts';

/** Returns when the thread has been told to stop. */
export async function runPacketLoop(
  start: BatchedStart | PlainStart,
  port: ThreadPort,
  makeAnswerer: MakeAnswerer,
): Promise<void> {
  if (start.core !== undefined) pinThread([start.core]);
  const answerer = makeAnswerer(start);
  const handler = openHandler(start, answerer);
  if (start.kind === 'plain') await runPlain(start, port, handler);
  else runBatched(start, port, handler);
}

function openHandler(start: BatchedStart | PlainStart, answerer: QueryAnswerer): ThreadHandler {
  const words = new Int32Array(start.control);
  const ring = new SlowRing(start.ring);
  const handler = new PacketHandler<DatagramOrigin>({
    answerer,
    clock: openClock(start.clock),
    counters: openCounterRow(start.counters, start.thread),
    protocol: 'udp',
    later: 0,
    pushSlow: (origin, query, at, size) => {
      if (!ring.push(origin, query, at, size)) return false;
      Atomics.add(words, CONTROL_WORD.bell, 1);
      Atomics.notify(words, CONTROL_WORD.bell);
      return true;
    },
  });
  const proxies = new AddressRanges(start.proxies);
  return proxies.isEmpty ? handler : new ProxiedDatagrams(handler, proxies);
}

function runBatched(start: BatchedStart, port: ThreadPort, handler: ThreadHandler): void {
  const libc = openLibc();
  if (libc === undefined) throw new NetError('NET_NO_LIBC', 'koffi does not load in this thread');
  const words = new Int32Array(start.control);
  const loop = new BatchedLoop(libc, start.sockets, handler, {
    count: DATAGRAM_LIMITS.batchSize,
    querySizeMax: DATAGRAM_LIMITS.querySizeMax,
    replySizeMax: DATAGRAM_LIMITS.replySizeMax,
    waitMs: DATAGRAM_LIMITS.waitMs,
    isStopped: () => {
      handler.beat();
      return Atomics.load(words, CONTROL_WORD.stop) !== 0;
    },
  });
  port.report({ kind: 'ready' });
  loop.run();
}

async function runPlain(
  start: PlainStart,
  port: ThreadPort,
  handler: ThreadHandler,
): Promise<void> {
  const { isShared } = start;
  const { replySizeMax } = DATAGRAM_LIMITS;
  const groups: PlainGroup[] = [];
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  port.onOrder((order) => {
    if (order.kind === 'stop') stop();
    if (order.kind === 'send') groups[order.listen].sendTo(order.path, order.message);
  });
  for (const [i, listen] of start.listen.entries()) {
    groups.push(await PlainGroup.open(listen, i, handler, { isShared, replySizeMax }));
  }
  const beats = setInterval(() => handler.beat(), BEAT_INTERVAL_MS);
  port.report({ kind: 'ready' });
  await stopped;
  clearInterval(beats);
  await Promise.all(groups.map((group) => group.close()));
}
