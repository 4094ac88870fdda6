/** NOTIFY to UDP sockets that answer as secondaries do, do not answer, or answer wrongly. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { Notifier, type NotifyResult } from '#dns/transfer/notify/notifier.ts';
import { NotifySet } from '#dns/transfer/notify/notify-set.ts';
import { parseNotifyTarget } from '#dns/transfer/notify/notify-target.ts';
import type { TsigKey } from '#dns/tsig/tsig-key.ts';
import { checkRequest } from '#dns/tsig/tsig-request.ts';
import { FLAG_AA, OPCODE } from '#dns/wire/header.ts';
import type { Message } from '#dns/wire/message.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { formatName, type Name, nameKey, parseName, ROOT } from '#dns/wire/name.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import { temporaryFolder } from '../../../../kit/temporary-folder.ts';
import { contextOf, createExample, openTestZoneDb, replace } from '../../../../kit/zone-db.ts';

const KEY: TsigKey = {
  name: parseName('xfer.'),
  algorithm: 'hmac-sha256',
  secret: new Uint8Array(32).fill(7),
};
const clock = openClock({ kind: 'system' });

type Reply = (request: Uint8Array) => Uint8Array | undefined;

/** QR set, everything else as it was. */
function echo(request: Uint8Array): Uint8Array {
  const reply = Uint8Array.from(request);
  reply[2] |= 0x80;
  return reply;
}

async function startTarget(reply: Reply) {
  const received: { octets: Uint8Array; message: Message }[] = [];
  const socket = createSocket('udp4');
  const target = { reply };
  socket.on('message', (octets, { port, address }) => {
    received.push({ octets: Uint8Array.from(octets), message: readMessage(octets) });
    const answer = target.reply(octets);
    if (answer !== undefined) socket.send(answer, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  const { port } = socket.address();
  const serials = (): number[] => received.map(({ message }) => soaSerial(message.answer[0].rdata));
  return { address: `127.0.0.1:${port}`, received, serials, target };
}

function zonesTold(received: readonly { message: Message }[]): number {
  return new Set(received.map(({ message }) => nameKey(message.question?.name ?? ROOT))).size;
}

async function startNotifier(entries: string[], zoneNames = ['example.com.']) {
  const { zones } = await openTestZoneDb(await temporaryFolder());
  const apexes: Name[] = [];
  for (const name of zoneNames) apexes.push(await createExample(zones, [], {}, name));
  const reports: [string, NotifyResult][] = [];
  const nameservers = { of: async () => [] };
  const rules = { targets: entries.map(parseNotifyTarget), notifiesNs: false };
  const notifier = new Notifier({
    zones,
    set: new NotifySet({ rules, nameservers, isOwn: () => false, clock }),
    keyring: { find: (name) => (formatName(name) === 'xfer.' ? KEY : undefined) },
    clock,
    random: seededRandom(1),
    log: silentLog(),
    onReport: (target, result) => reports.push([target, result]),
  });
  onTestFinished(() => notifier.close());
  const change = async (content: string, apex = apexes[0]): Promise<number> => {
    const operations = [replace(`www.${formatName(apex)}`, 'A', 300, content)];
    return (await zones.apply({ zone: apex, operations, context: contextOf() })).newSerial;
  };
  return { zones, notifier, apexes, reports, change };
}

describe('NOTIFY', () => {
  it('goes to the target at a start and with each new version, with the SOA', async () => {
    const { address, received, serials } = await startTarget(echo);
    const { notifier, change, apexes, reports } = await startNotifier([address]);
    await expect.poll(() => serials().length).toBe(1);
    const [first] = serials();
    const serial = await change('192.0.2.1');
    expect(serial).toBe(first + 1);
    await expect.poll(() => serials()).toEqual([first, serial]);
    const { message } = received[1];
    expect(message.opcode).toBe(OPCODE.NOTIFY);
    expect(message.flags & FLAG_AA).toBe(FLAG_AA);
    expect(formatName(message.question?.name ?? parseName('.'))).toBe('example.com.');
    await expect.poll(() => notifier.pendingCount).toBe(0);
    expect(notifier.notifiedSerial(apexes[0])).toBe(serial);
    expect(reports.filter(([, result]) => result === 'acked')).toHaveLength(2);
  });

  it('of versions that come quickly tells the newest, not each', async () => {
    const { address, serials } = await startTarget(echo);
    const { change } = await startNotifier([address]);
    let newest = 0;
    for (let index = 0; index < 40; index++) newest = await change(`192.0.2.${index}`);
    await expect.poll(() => serials().at(-1)).toBe(newest);
    expect(serials().length).toBeLessThan(20);
  });

  it('is sent again when no reply comes, and to others meanwhile', async () => {
    const dead = await startTarget(() => undefined);
    const alive = await startTarget(echo);
    const { change, reports } = await startNotifier([dead.address, alive.address]);
    const serial = await change('192.0.2.1');
    await expect.poll(() => alive.serials().at(-1)).toBe(serial);
    await expect.poll(() => dead.received.length, { timeout: 4000 }).toBeGreaterThan(1);
    // What is sent again tells the newest version.
    expect(dead.serials().at(-1)).toBe(serial);
    expect(reports.some(([target, result]) => target === dead.address && result === 'acked')).toBe(
      false,
    );
  });

  it('is over only with a reply to it: not with one of another id, zone or opcode', async () => {
    const wrong: Reply[] = [
      (request) => Uint8Array.of(request[0] ^ 1, ...echo(request).subarray(1)),
      (request) => Uint8Array.of(...request.subarray(0, 2), 0x84, ...echo(request).subarray(3)),
      (request) => request,
      (request) => echo(request).with(13, 0x78),
      (request) => echo(request).subarray(0, 11),
      (request) => echo(request).subarray(0, 14),
    ];
    const waits = wrong.map(async (reply) => {
      const { address, target } = await startTarget(reply);
      const { notifier } = await startNotifier([address]);
      await sleep(200);
      expect(notifier.pendingCount).toBe(1);
      target.reply = echo;
      await expect.poll(() => notifier.pendingCount, { timeout: 3000 }).toBe(0);
    });
    await Promise.all(waits);
  });

  it('that is refused is not sent again', async () => {
    const { address, received } = await startTarget((request) => echo(request).with(3, 5));
    const { notifier, reports } = await startNotifier([address]);
    await expect.poll(() => reports.map(([, result]) => result)).toEqual(['sent', 'refused']);
    expect(notifier.pendingCount).toBe(0);
    expect(received).toHaveLength(1);
  });

  it('is signed with the key of the target, and so must the reply be', async () => {
    const keyring = { find: () => KEY };
    const { address, received, target } = await startTarget((request) => {
      const check = checkRequest(request, keyring, clock.nowMs());
      if (check.kind !== 'good') throw new Error('the signature is not good');
      return check.signer.sign(echo(check.message), clock.nowMs());
    });
    const { reports, change } = await startNotifier([`${address} key:xfer`]);
    await expect.poll(() => reports.map(([, result]) => result)).toEqual(['sent', 'acked']);
    target.reply = (request) => {
      const check = checkRequest(request, keyring, clock.nowMs());
      return check.kind === 'good' ? echo(check.message) : undefined;
    };
    await change('192.0.2.9');
    await expect.poll(() => received.length).toBe(2);
    await sleep(50);
    expect(reports.map(([, result]) => result)).toEqual(['sent', 'acked', 'sent']);
  });

  it('with a key that is not here is not sent, and is said', async () => {
    const { address, received } = await startTarget(echo);
    const { reports, notifier } = await startNotifier([`${address} key:missing`]);
    await expect.poll(() => reports.map(([, result]) => result)).toEqual(['dropped']);
    expect(notifier.pendingCount).toBe(0);
    expect(received).toEqual([]);
  });

  it('of a zone that is deleted is forgotten', async () => {
    const { address } = await startTarget(() => undefined);
    const { notifier, zones, apexes } = await startNotifier([address]);
    await expect.poll(() => notifier.pendingCount).toBe(1);
    await zones.remove(apexes[0], contextOf());
    expect(notifier.pendingCount).toBe(0);
  });

  it('reaches every zone after a start, a target that is silent one zone at a time', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `z${index}.example.`);
    const alive = await startTarget(echo);
    const dead = await startTarget(() => undefined);
    await startNotifier([alive.address, dead.address], names);
    await expect.poll(() => zonesTold(alive.received), { timeout: 3000 }).toBe(30);
  });
});
