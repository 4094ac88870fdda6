/** The watch of what is served, against a UDP socket that answers as a name server does. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  type Question,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import type { ChangedRrset } from '#dns/transfer/changed-rrset.ts';
import { ServedWatch } from '#dns/transfer/served-watch.ts';
import { parseName, ROOT } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { parseListenAddress } from '#net/listen-address.ts';

const APEX = parseName('example.com.');
const NAMES = { mname: 'ns1.example.com', rname: 'host.example.com' };

/** Answers SOA questions with `serial` and others with `addresses`, which a test moves; or not. */
async function startNameServer() {
  const zone: NameServerZone = {
    serial: 1,
    addresses: [],
    flags: AUTHORITATIVE_ANSWER,
    isDead: false,
    asked: 0,
    askedRrset: 0,
  };
  let asked: ((question: Question | undefined) => void) | undefined;
  const socket: Socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const { id, questions } = decode(message);
    asked?.(questions?.[0]);
    zone.asked += 1;
    if (zone.isDead) return;
    const { flags } = zone;
    const answers = answersTo(zone, questions?.[0]);
    socket.send(
      encode({ type: 'response', id: id ?? 0, flags, questions: questions ?? [], answers }),
      port,
      address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  const onAsked = (listener: (question: Question | undefined) => void): void => {
    asked = listener;
  };
  return { port: socket.address().port, zone, onAsked };
}

interface NameServerZone {
  serial: number;
  addresses: readonly string[];
  flags: number;
  isDead: boolean;
  asked: number;
  /** Questions that were not for the SOA. */
  askedRrset: number;
}

function answersTo(zone: NameServerZone, question: Question | undefined): Answer[] {
  const name = question?.name ?? '';
  if (question?.type === 'SOA') {
    const data = { ...NAMES, serial: zone.serial, refresh: 1, retry: 1, expire: 1, minimum: 1 };
    return [{ type: 'SOA', name, ttl: 1, data }];
  }
  zone.askedRrset += 1;
  return zone.addresses.map((data) => ({ type: 'A', name, ttl: 60, data }));
}

/** The addresses of www.example.com as a version has them; none: it removed them. */
function addressesOf(...addresses: string[]): ChangedRrset {
  const rdatas = addresses.map((text) => parseRdataText(TYPE.A, text, ROOT));
  const served = rdatas.length === 0 ? undefined : { ttl: 60, rdatas };
  return { owner: parseName('www.example.com.'), type: TYPE.A, served };
}

function openWatch(ports: readonly number[], isComparable = true) {
  const seen: [port: number, serial: number][] = [];
  const watch = new ServedWatch({
    serversOf: () => ports.map((port) => parseListenAddress(`127.0.0.1:${port}`)),
    clock: openClock({ kind: 'system' }),
    random: seededRandom(1),
    onSeen: (_apex, serial, address) => seen.push([Number(address.split(':')[1]), serial]),
    isComparable: () => isComparable,
    onGivenUp: () => {},
  });
  onTestFinished(() => watch.close());
  return { watch, seen };
}

async function startWatch(isComparable = true) {
  const { port, zone, onAsked } = await startNameServer();
  const { watch, seen } = openWatch([port], isComparable);
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

  it('does not fall behind either when each change is of the same RRset', async () => {
    const { watch, zone, seen, onAsked } = await startWatch();
    onAsked(() => {
      zone.serial += 1;
      zone.addresses = [`192.0.2.${zone.serial & 255}`];
      watch.watch(APEX, zone.serial + 1, addressesOf(`192.0.2.${(zone.serial + 1) & 255}`));
    });
    watch.watch(APEX, 2, addressesOf('192.0.2.2'));
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

  it('does not believe the new SOA while a changed RRset is the old one', async () => {
    const { watch, zone, seen } = await startWatch();
    zone.serial = 2;
    zone.addresses = ['192.0.2.1'];
    watch.watch(APEX, 2, addressesOf('192.0.2.1', '192.0.2.2'));
    await expect.poll(() => zone.askedRrset).toBeGreaterThan(2);
    expect(seen()).toEqual([]);
    expect(watch.late()).toHaveLength(1);
    zone.addresses = ['192.0.2.2', '192.0.2.1'];
    await expect.poll(seen).toEqual([2]);
    expect(watch.late()).toEqual([]);
  });

  it.each([
    ['more records', ['192.0.2.1', '192.0.2.2']],
    ['another record', ['192.0.2.2']],
    ['none', []],
  ])('waits while the server has %s', async (_what, addresses) => {
    const { watch, zone, seen } = await startWatch();
    zone.serial = 2;
    zone.addresses = addresses;
    watch.watch(APEX, 2, addressesOf('192.0.2.1'));
    await expect.poll(() => zone.askedRrset).toBeGreaterThan(1);
    expect(seen()).toEqual([]);
  });

  it('waits until a removed RRset is gone', async () => {
    const { watch, zone, seen } = await startWatch();
    zone.serial = 2;
    zone.addresses = ['192.0.2.1'];
    watch.watch(APEX, 2, addressesOf());
    await expect.poll(() => zone.askedRrset).toBeGreaterThan(1);
    expect(seen()).toEqual([]);
    zone.addresses = [];
    await expect.poll(seen).toEqual([2]);
  });

  it('asks for no RRset before the SOA is there, and once when it is', async () => {
    const { watch, zone, seen } = await startWatch();
    zone.addresses = ['192.0.2.1'];
    watch.watch(APEX, 2, addressesOf('192.0.2.1'));
    await expect.poll(() => zone.asked).toBeGreaterThan(2);
    expect(zone.askedRrset).toBe(0);
    zone.serial = 2;
    await expect.poll(() => seen().at(-1)).toBe(2);
    expect(zone.askedRrset).toBe(1);
  });

  it('takes the SOA alone where the RRset cannot be compared or the answer is cut', async () => {
    const plain = await startWatch(false);
    plain.zone.serial = 2;
    plain.watch.watch(APEX, 2, addressesOf('192.0.2.1'));
    await expect.poll(plain.seen).toEqual([2]);
    expect(plain.zone.askedRrset).toBe(0);
    const cut = await startWatch();
    cut.zone.serial = 2;
    cut.zone.flags |= TRUNCATED_RESPONSE;
    cut.watch.watch(APEX, 2, addressesOf('192.0.2.1'));
    await expect.poll(cut.seen).toEqual([2]);
    expect(cut.zone.askedRrset).toBe(1);
  });

  it('takes the SOA alone for versions that were superseded while it asked', async () => {
    const { watch, zone, seen, onAsked } = await startWatch();
    zone.serial = 2;
    // Each time it is asked for the RRset, the server already has a newer version of it.
    onAsked((question) => {
      if (question?.type === 'SOA') return;
      zone.serial += 1;
      zone.addresses = [`192.0.2.${zone.serial & 255}`];
      watch.watch(APEX, zone.serial, addressesOf(...zone.addresses));
    });
    watch.watch(APEX, 2, addressesOf('192.0.2.2'));
    await expect.poll(() => seen().length, { timeout: 3000 }).toBeGreaterThan(50);
    expect(seen().slice(0, 3)).toEqual([2, 3, 4]);
  });

  it('has one question to a server and zone under way, and none for each version', async () => {
    const { watch, zone, seen } = await startWatch();
    zone.isDead = true;
    for (let serial = 2; serial < 100; serial++) {
      watch.watch(APEX, serial, addressesOf(`192.0.2.${serial}`));
    }
    await expect.poll(() => zone.asked).toBeGreaterThan(0);
    zone.isDead = false;
    zone.serial = 99;
    zone.addresses = ['192.0.2.99'];
    await expect.poll(seen).toEqual([99]);
    expect(zone.askedRrset).toBe(1);
  });

  it('does not wait for a zone that is gone', async () => {
    const { watch } = await startWatch();
    watch.watch(APEX, 2);
    expect(watch.late()).toHaveLength(1);
    watch.forget(APEX);
    expect(watch.late()).toEqual([]);
  });
});
