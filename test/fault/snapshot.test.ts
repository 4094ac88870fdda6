/**
 * The snapshot of the image beside a store that went on without it, or that is damaged: what is
 * served is always what the store says, and a snapshot that cannot be used is said and rebuilt.
 */
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { askUdp } from '../kit/udp-query.ts';

const ZONES = ['one.example.', 'two.example.'];

/** Enough that a start would rather not read them all. */
const HOSTS = Array.from({ length: 51_000 }, (_, index) => `h${index} 60 A 192.0.2.9\n`).join('');

async function makePlace() {
  const place = await makeServerFolder(await temporaryFolder());
  for (const zone of ZONES) {
    const text = '@ 60 SOA ns.x. h.x. 1 2 3 4 5\n@ 60 NS ns.x.\nwww 60 A 192.0.2.1\n';
    await writeFile(join(place.zones, `${zone}zone`), text + HOSTS);
  }
  return { ...place, snapshot: join(place.data, 'image.snapshot') };
}

type Place = Awaited<ReturnType<typeof makePlace>>;

/** Starts a server whose zone files are new, and waits until they are stored. */
async function startFirst(place: Place): Promise<ServerProcess> {
  const server = await ServerProcess.start(place);
  const imported = (): number => server.lines.filter(({ msg }) => msg === 'zone imported').length;
  await expect.poll(imported, { timeout: 20_000 }).toBe(ZONES.length);
  return server;
}

async function change(server: ServerProcess, zone: string, address: string): Promise<void> {
  const { status } = await server.api('PATCH', `/api/v1/servers/localhost/zones/${zone}`, {
    rrsets: [
      {
        name: `www.${zone}`,
        type: 'A',
        ttl: 60,
        changetype: 'REPLACE',
        records: [{ content: address, disabled: false }],
      },
    ],
  });
  expect(status).toBe(204);
}

async function addressOf({ dnsPort }: Place, zone: string): Promise<unknown> {
  const { answers } = await askUdp({ port: dnsPort, name: `www.${zone}`, type: 'A' });
  const [first] = answers ?? [];
  return first?.type === 'A' ? first.data : undefined;
}

function said(server: ServerProcess, text: string): Record<string, unknown> | undefined {
  return server.lines.find(({ msg }) => String(msg).includes(text));
}

it('of a store that went on after it brings only the zones that did not change', {
  timeout: 60_000,
}, async () => {
  const place = await makePlace();
  const first = await startFirst(place);
  expect(await first.stop()).toBe(0);
  expect((await stat(place.snapshot)).mode & 0o777).toBe(0o600);
  const second = await ServerProcess.start(place);
  expect(said(second, 'snapshot')).toMatchObject({ restored: 2, built: 0 });
  await change(second, 'one.example.', '192.0.2.7');
  await second.kill();
  const third = await ServerProcess.start(place);
  expect(said(third, 'snapshot')).toMatchObject({ restored: 1, built: 1 });
  expect(await addressOf(place, 'one.example.')).toBe('192.0.2.7');
  expect(await addressOf(place, 'two.example.')).toBe('192.0.2.1');
  await change(third, 'two.example.', '192.0.2.8');
  expect(await addressOf(place, 'two.example.')).toBe('192.0.2.8');
  expect(await third.stop()).toBe(0);
  const fourth = await ServerProcess.start(place);
  expect(said(fourth, 'snapshot')).toMatchObject({ restored: 2, built: 0 });
  expect(await addressOf(place, 'one.example.')).toBe('192.0.2.7');
  expect(await addressOf(place, 'two.example.')).toBe('192.0.2.8');
});

it('that is damaged is said, and the zones are built from the store', {
  timeout: 60_000,
}, async () => {
  const place = await makePlace();
  const first = await startFirst(place);
  await change(first, 'one.example.', '192.0.2.7');
  await first.stop();
  const octets = await readFile(place.snapshot);
  octets[octets.length >> 1] ^= 4;
  await writeFile(place.snapshot, octets);
  const second = await ServerProcess.start(place);
  expect(said(second, 'it is damaged')).toMatchObject({ code: 'IMAGE_SNAPSHOT' });
  expect(await addressOf(place, 'one.example.')).toBe('192.0.2.7');
  expect(await second.stop()).toBe(0);
  const third = await ServerProcess.start(place);
  expect(said(third, 'snapshot')).toMatchObject({ restored: 2, built: 0 });
});

it('of another store brings nothing of it', { timeout: 60_000 }, async () => {
  const [mine, other] = [await makePlace(), await makePlace()];
  const theirs = await startFirst(other);
  await change(theirs, 'one.example.', '192.0.2.66');
  await theirs.api('POST', '/api/v1/servers/localhost/zones', {
    name: 'three.example.',
    kind: 'Native',
    nameservers: ['ns.x.'],
  });
  await theirs.stop();
  const first = await startFirst(mine);
  await first.stop();
  await copyFile(other.snapshot, mine.snapshot);
  const second = await ServerProcess.start(mine);
  expect(await addressOf(mine, 'one.example.')).toBe('192.0.2.1');
  const { rcode } = (await askUdp({
    port: mine.dnsPort,
    name: 'three.example.',
    type: 'SOA',
  })) as unknown as { rcode: string };
  expect(rcode).toBe('REFUSED');
  expect(await second.stop()).toBe(0);
});
