/**
 * The thread that measures for latency.ts: one question at a time, a pause in between. It has an
 * event loop of its own, so that the client that makes changes does not stretch its times.
 */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { writeQuery } from '../kit/dns-query.ts';

const PAUSE_MS = 2;
const TIMEOUT_MS = 2000;

/**
 * What is measured is how long the server takes, not who else is on our core: this thread, and no
 * other of the process, comes before every ordinary one. Only root may; without it our own waiting
 * is in the times, which is said.
 */
function comeFirst(): void {
  const thread = readlinkSync('/proc/thread-self').split('/').at(-1) ?? '';
  const { status } = spawnSync('chrt', ['--fifo', '--pid', '20', thread]);
  if (status !== 0) process.stdout.write('no real-time priority: the times have our waiting\n');
}

comeFirst();
const { port } = workerData as { port: number };
const times: number[] = [];
const stop = new AbortController();
parentPort?.once('message', () => stop.abort());
const socket = createSocket('udp4');
socket.connect(port, '127.0.0.1');
await once(socket, 'connect');
for (let id = 0; !stop.signal.aborted; id = (id + 1) & 0xffff) {
  const query = writeQuery({ id, name: `n${id}.example.com`, type: 1 });
  const answered = once(socket, 'message', { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const begun = performance.now();
  socket.send(query);
  await answered.catch(() => undefined);
  times.push(performance.now() - begun);
  await sleep(PAUSE_MS);
}
socket.close();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a window
parentPort?.postMessage(times);
