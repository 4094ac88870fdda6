/** The watch of what is served, against a UDP socket that answers as a name server does. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { decode, encode } from 'dns-packet';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import { ServedWatch } from '#dns/transfer/served-watch.ts';
import { parseName } from '#dns/wire/name.ts';
import { parseListenAddress } from '#net/listen-address.ts';

const APEX = parseName('example.com.');
const NAMES = { mname: 'ns1.example.com', rname: 'host.example.com' };

/** Answers every SOA question with `serial`, which a test moves. */
async function startNameServer() {
  const zone = { serial: 1 };
  let asked: (() => void) | undefined;
  const socket: Socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    asked?.();
    const { id, questions } = decode(message);
    const data = { ...NAMES, serial: zone.serial, refresh: 1, retry: 1, expire: 1, minimum: 1 };
    const answers = [{ type: 'SOA' as const, name: 'example.com', ttl: 1, data }];
    socket.send(
      encode({ type: 'response', id: id ?? 0, questions: questions ?? [], answers }),
      port,
      address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  const onAsked = (listener: () => void): void => {
    asked = listener;
  };
  return { port: socket.address().port, zone, onAsked };
}

async function startWatch() {
  const { port, zone, onAsked } = await startNameServer();
  const seen: number[] = [];
  const watch = new ServedWatch({
    servers: [parseListenAddress(`127.0.0.1:${port}`)],
    clock: openClock({ kind: 'system' }),
    random: seededRandom(1),
    onSeen: (_zone, serial) => seen.push(serial),
    onGivenUp: () => {},
  });
  onTestFinished(() => watch.close());
  return { watch, zone, seen, onAsked };
}

describe('the watch', () => {
  it('asks until the serial is served', async () => {
    const { watch, zone, seen } = await startWatch();
    watch.watch(APEX, 2);
    await sleep(50);
    expect(seen.every((serial) => serial === 1)).toBe(true);
    zone.serial = 2;
    await expect.poll(() => seen.at(-1)).toBe(2);
  });

  it('does not fall behind a server that keeps up with a stream of changes', async () => {
    const { watch, zone, seen, onAsked } = await startWatch();
    // Each time it is asked the server has all there was, and a newer change comes in.
    onAsked(() => {
      zone.serial += 1;
      watch.watch(APEX, zone.serial + 1);
    });
    watch.watch(APEX, 2);
    await expect.poll(() => seen.length, { timeout: 3000 }).toBeGreaterThan(50);
  });
});
