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

/** Answers every SOA question with `serial`, which a test moves; or not at all. */
async function startNameServer() {
  const zone = { serial: 1, isDead: false, asked: 0 };
  let asked: (() => void) | undefined;
  const socket: Socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    asked?.();
    zone.asked += 1;
    if (zone.isDead) return;
    const { id, questions } = decode(message);
    const data = { ...NAMES, serial: zone.serial, refresh: 1, retry: 1, expire: 1, minimum: 1 };
    const name = questions?.[0]?.name ?? '';
    const answers = [{ type: 'SOA' as const, name, ttl: 1, data }];
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

function openWatch(ports: readonly number[]) {
  const seen: [port: number, serial: number][] = [];
  const watch = new ServedWatch({
    serversOf: () => ports.map((port) => parseListenAddress(`127.0.0.1:${port}`)),
    clock: openClock({ kind: 'system' }),
    random: seededRandom(1),
    onSeen: (_apex, serial, address) => seen.push([Number(address.split(':')[1]), serial]),
    onGivenUp: () => {},
  });
  onTestFinished(() => watch.close());
  return { watch, seen };
}

async function startWatch() {
  const { port, zone, onAsked } = await startNameServer();
  const { watch, seen } = openWatch([port]);
  return { watch, zone, seen: () => seen.map(([, serial]) => serial), onAsked };
}

describe('the watch', () => {
  it('asks until the serial is served', async () => {
    const { watch, zone, seen } = await startWatch();
    watch.watch(APEX, 2);
    await sleep(50);
    expect(seen().every((serial) => serial === 1)).toBe(true);
    zone.serial = 2;
    await expect.poll(() => seen().at(-1)).toBe(2);
  });

  it('does not fall behind a server that keeps up with a stream of changes', async () => {
    const { watch, zone, seen, onAsked } = await startWatch();
    // Each time it is asked the server has all there was, and a newer change comes in.
    onAsked(() => {
      zone.serial += 1;
      watch.watch(APEX, zone.serial + 1);
    });
    watch.watch(APEX, 2);
    await expect.poll(() => seen().length, { timeout: 3000 }).toBeGreaterThan(50);
  });

  it('leaves a silent server alone, sees the others, and sees it when it is back', async () => {
    const alive = await startNameServer();
    const dead = await startNameServer();
    dead.zone.isDead = true;
    const { watch, seen } = openWatch([dead.port, alive.port]);
    const names = Array.from({ length: 200 }, (_, index) => parseName(`z${index}.example.`));
    alive.zone.serial = 2;
    for (const name of names) watch.watch(name, 2);
    await expect.poll(() => seen.length, { timeout: 3000 }).toBe(200);
    expect(seen.every(([port]) => port === alive.port)).toBe(true);
    const askedBefore = dead.zone.asked;
    await sleep(300);
    expect(dead.zone.asked - askedBefore).toBeLessThan(3);
    expect(watch.late().map(({ address }) => address)).toEqual([`127.0.0.1:${dead.port}`]);
    dead.zone.serial = 2;
    dead.zone.isDead = false;
    await expect.poll(() => watch.late(), { timeout: 4000 }).toEqual([]);
    expect(seen).toHaveLength(400);
  });

  it('does not wait for a zone that is gone', async () => {
    const { watch } = await startWatch();
    watch.watch(APEX, 2);
    expect(watch.late()).toHaveLength(1);
    watch.forget(APEX);
    expect(watch.late()).toEqual([]);
  });
});
