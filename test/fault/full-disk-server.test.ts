/**
 * A whole server on a disk that becomes full while clients change a zone, again and again: changes
 * are refused with a clear code, answers go on with what was confirmed, and when there is room the
 * server goes on by itself. In the end, and after a kill -9, zone, answers and journal are what was
 * confirmed: a change that was refused is in none of them. The full disk is a small tmpfs, which
 * takes root to mount; the broken ones are a limit on the size of the process's files, and system
 * calls that strace has fail.
 */
import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { readEnvironmentNumber } from '../kit/environment-number.ts';
import { FaultInjector, type FaultyCalls, SYNC_CALLS } from '../kit/fault-injector.ts';
import { peersMissing } from '../kit/peers.ts';
import { makeServerFolder, type ServerFolder, ServerProcess } from '../kit/server-process.ts';
import { fillUp, smallDisk } from '../kit/small-disk.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { askUdp } from '../kit/udp-query.ts';

const ZONE = '/api/v1/servers/localhost/zones/example.com.';
const ROUNDS = readEnvironmentNumber('HOLDFAST_FULL_DISKS', 2);
const DISK_MB = 24;
/** Names that one change writes to, so that the disk is full soon. */
const NAMES = 20;
const CHANGES_MAX = 400;
const TEXT = 'x'.repeat(200);
const WAIT = { timeout: 15_000, interval: 100 };

function patchOf(value: number) {
  const rrsets = Array.from({ length: NAMES }, (_, index) => ({
    name: `n${index}.example.com.`,
    type: 'TXT',
    ttl: 1,
    changetype: 'REPLACE',
    records: [
      { content: `"${value}"`, disabled: false },
      { content: `"${TEXT}"`, disabled: false },
    ],
  }));
  return { rrsets };
}

async function createZone(server: ServerProcess): Promise<void> {
  const body = { name: 'example.com.', kind: 'Native', nameservers: ['ns1.example.net.'] };
  const { status } = await server.api('POST', '/api/v1/servers/localhost/zones', body);
  expect(status).toBe(201);
}

/** The values that a socket answers for all names. */
async function answered(server: ServerProcess): Promise<Set<number>> {
  const values = new Set<number>();
  for (const index of [0, NAMES - 1]) {
    const name = `n${index}.example.com.`;
    const { answers = [] } = await askUdp({ port: server.place.dnsPort, name, type: 'TXT' });
    for (const answer of answers) {
      const text = answer.type === 'TXT' ? Buffer.concat(answer.data as Buffer[]).toString() : '';
      if (text !== TEXT) values.add(Number(text));
    }
  }
  return values;
}

/** A server with one zone, its clients, and what they were told. */
class ChangedServer {
  readonly place: ServerFolder;
  server: ServerProcess;
  confirmed = 0;
  changes = 0;
  #next = 0;

  private constructor(place: ServerFolder, server: ServerProcess) {
    this.place = place;
    this.server = server;
  }

  static async start(folder: string): Promise<ChangedServer> {
    const place = await makeServerFolder(folder);
    const server = await ServerProcess.start(place);
    await createZone(server);
    return new ChangedServer(place, server);
  }

  async change(): Promise<Response> {
    this.#next += 1;
    const answer = await this.server.api('PATCH', ZONE, patchOf(this.#next));
    if (answer.status === 204) {
      this.confirmed = this.#next;
      this.changes += 1;
    }
    return answer;
  }

  async restart(): Promise<void> {
    await this.server.kill();
    this.server = await ServerProcess.start(this.place);
  }
}

/** Changes until one is refused, and sees that answers are what was confirmed before. */
async function changeUntilRefused(changed: ChangedServer): Promise<void> {
  let refused: Response | undefined;
  for (let left = CHANGES_MAX; left > 0 && refused === undefined; left--) {
    const answer = await changed.change();
    if (answer.status !== 204) refused = answer;
  }
  expect(refused?.status).toBe(500);
  expect(await refused?.text()).toMatch(
    /The change failed: the disk refused a write \(.*whether it happened/,
  );
  const later = await changed.change();
  expect(await later.text()).toContain('nothing written');
  expect(await answered(changed.server)).toEqual(new Set([changed.confirmed]));
  expect((await changed.server.api('GET', '/healthz')).status).toBe(503);
}

async function changeUntilTaken(changed: ChangedServer): Promise<void> {
  await vi.waitFor(async () => expect((await changed.change()).status).toBe(204), WAIT);
  expect((await changed.server.api('GET', '/healthz')).status).toBe(200);
  await expectConfirmed(changed);
}

/** Socket, API and journal: all that was confirmed, and nothing that was refused. */
async function expectConfirmed({ server, confirmed, changes }: ChangedServer): Promise<void> {
  expect(await answered(server)).toEqual(new Set([confirmed]));
  const zone = await server.api('GET', `${ZONE}?rrset_name=n3.example.com.`);
  expect(await zone.text()).toContain(`\\"${confirmed}\\"`);
  const history = await server.api('GET', '/api/holdfast/v1/zones/example.com./history?limit=1');
  expect(await history.text()).toContain(`"version":${changes + 1}`);
}

it(`goes on after a full disk without a restart, ${ROUNDS} times`, {
  timeout: 120_000,
}, async (test) => {
  const disk = await smallDisk(DISK_MB);
  if (disk === undefined) return test.skip('needs root, to mount a small tmpfs');
  const changed = await ChangedServer.start(disk);
  const ballast = join(disk, 'ballast');
  for (let round = 0; round < ROUNDS; round++) {
    expect((await changed.change()).status).toBe(204);
    await fillUp(disk, ballast);
    await changeUntilRefused(changed);
    await rm(ballast);
    await changeUntilTaken(changed);
    if (round % 2 === 0) continue;
    await changed.restart();
    await expectConfirmed(changed);
  }
  expect(await changed.server.stop()).toBe(0);
  return undefined;
});

it('goes on after the system refused every write, as a broken disk does', {
  timeout: 60_000,
}, async () => {
  const changed = await ChangedServer.start(await temporaryFolder());
  expect((await changed.change()).status).toBe(204);
  limitFiles(changed.server, '1000');
  await changeUntilRefused(changed);
  limitFiles(changed.server, 'unlimited');
  await changeUntilTaken(changed);
  await changed.restart();
  await expectConfirmed(changed);
  expect(await changed.server.stop()).toBe(0);
});

/** Calls that only ever concern files, so that sockets go on. */
const CHANGING_CALLS = ['pwrite64', 'ftruncate', 'rename', 'unlink', 'mkdir', ...SYNC_CALLS];
const BROKEN_DISKS: Readonly<Record<string, FaultyCalls>> = {
  'syncs that fail': { calls: SYNC_CALLS, error: 'EIO' },
  'a file system that became read-only': { calls: CHANGING_CALLS, error: 'EROFS' },
};

it.skipIf(peersMissing('strace')).each(Object.entries(BROKEN_DISKS))(
  'goes on after %s',
  {
    timeout: 60_000,
  },
  async (_, faulty) => {
    const changed = await ChangedServer.start(await temporaryFolder());
    expect((await changed.change()).status).toBe(204);
    const injector = await FaultInjector.attach(changed.server.child.pid ?? 0, faulty);
    await changeUntilRefused(changed);
    expect(await injector.detach()).toBeGreaterThan(0);
    await changeUntilTaken(changed);
    await changed.restart();
    await expectConfirmed(changed);
    expect(await changed.server.stop()).toBe(0);
  },
);

/** Writes behind so many octets of any file fail from now on (EFBIG). */
function limitFiles({ child }: ServerProcess, octets: string): void {
  const args = ['--pid', String(child.pid), `--fsize=${octets}:unlimited`];
  const { status, stderr } = spawnSync('prlimit', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`prlimit: ${stderr}`);
}
