// Runs as root only, as CI does: from root to nobody, and sockets that a supervisor bound.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chown, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLibc } from '#net/libc.ts';
import { parseListenAddress } from '#net/listen-address.ts';
import { openTcpListener, openUdpGroup } from '#net/listen-sockets.ts';
import { findPeer, peersMissing } from '../kit/peers.ts';
import { addNameserverKeys, SAMPLE_ZONE, setListen } from '../kit/server-configuration.ts';
import { makeServerFolder, type ServerFolder, ServerProcess } from '../kit/server-process.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';

const run = promisify(execFile);
const NOBODY = 65_534;
const ADDRESS = '127.0.0.9';

/** Root is needed, and a checkout that everybody may read. */
const canRun = process.getuid?.() === 0 && isReadableByNobody();
if (!canRun)
  process.stderr.write('skipped: needs root, and a checkout that the user nobody can read\n');

function isReadableByNobody(): boolean {
  const script = "require('node:fs').readFileSync('bin/holdfast.mjs')";
  const ids = { uid: NOBODY, gid: NOBODY };
  return spawnSync(process.execPath, ['-e', script], { ...ids, stdio: 'ignore' }).status === 0;
}

async function dig(address: string, port: number, ...query: string[]): Promise<string> {
  const place = [`@${address}`, '-p', String(port), '+tries=1', '+time=5', '+norec', '+short'];
  const { stdout } = await run(findPeer('dig') ?? 'dig', [...place, ...query]);
  return stdout;
}

async function makePlace(addresses: string[], keys: string[]): Promise<ServerFolder> {
  const folder = await temporaryFolder();
  await run('chmod', ['755', folder]);
  const place = await makeServerFolder(folder);
  await writeFile(join(place.zones, 'example.com.zone'), SAMPLE_ZONE);
  await setListen(place, addresses);
  await addNameserverKeys(place, keys);
  return place;
}

/** Every thread's ids and the process's powers, as the kernel has them. */
async function statusesOf(pid: number): Promise<string[]> {
  const { stdout } = await run('sh', ['-c', `cat /proc/${pid}/task/*/status`]);
  return stdout.split('\n').filter((line) => /^(?:Uid|Gid|Groups|CapPrm|CapEff):/.test(line));
}

describe.skipIf(!canRun || peersMissing('dig'))('a server started by root', () => {
  it('answers at port 53, becomes nobody in every thread, and can restart', async () => {
    const place = await makePlace([`${ADDRESS}:53`], ['user: nobody']);
    const first = await ServerProcess.start(place);
    expect(await dig(ADDRESS, 53, 'www.example.com')).toBe('192.0.2.80\n');
    expect(await dig(ADDRESS, 53, '+tcp', 'www.example.com')).toBe('192.0.2.80\n');
    const statuses = new Set(await statusesOf(first.child.pid ?? 0));
    const ids = [NOBODY, NOBODY, NOBODY, NOBODY].join('\t');
    expect([...statuses].sort()).toEqual([
      'CapEff:\t0000000000000000',
      'CapPrm:\t0000000000000000',
      `Gid:\t${ids}`,
      `Groups:\t${NOBODY} `,
      `Uid:\t${ids}`,
    ]);
    const change = {
      rrsets: [
        {
          name: 'new.example.com.',
          type: 'A',
          ttl: 60,
          changetype: 'REPLACE',
          records: [{ content: '192.0.2.99' }],
        },
      ],
    };
    const path = '/api/v1/servers/localhost/zones/example.com.';
    expect((await first.api('PATCH', path, change)).status).toBe(204);
    expect((await stat(join(place.data, 'store'))).uid).toBe(NOBODY);
    expect(await first.stop()).toBe(0);
    const second = await ServerProcess.start(place);
    expect(await dig(ADDRESS, 53, 'new.example.com')).toBe('192.0.2.99\n');
    expect(await second.stop()).toBe(0);
  });

  it('does not start over a store that root wrote, and says what to run', async () => {
    const place = await makePlace([`${ADDRESS}:53`], []);
    const asRoot = await ServerProcess.start(place);
    expect(asRoot.lines.map(({ msg }) => msg)).toContain(
      'runs as root; set nameserver.user, or start it as another user',
    );
    await asRoot.stop();
    await addNameserverKeys(place, ['user: nobody']);
    const { status, stderr } = await ServerProcess.fail(place);
    expect(status).toBe(1);
    expect(stderr).toContain(`chown -R ${NOBODY}:${NOBODY} ${place.data}`);
    await run('chown', ['-R', `${NOBODY}:${NOBODY}`, place.data]);
    await (await ServerProcess.start(place)).stop();
  });

  it('does not start as a user that does not exist', async () => {
    const place = await makePlace([`${ADDRESS}:53`], ['user: no-such-user']);
    const { status, stderr } = await ServerProcess.fail(place);
    expect(status).toBe(1);
    expect(stderr).toMatch(/PRIVILEGES_ACCOUNT|no-such-user is not in/);
  });
});

const libc = openLibc();

/** Bound by root, as the supervisor is; closed here once the server has its own copies. */
function bind(address: string, datagrams: number): number[] {
  if (libc === undefined) return [];
  const listen = parseListenAddress(address);
  return [...openUdpGroup(libc, listen, datagrams).fds, openTcpListener(libc, listen)];
}

/** Starts `serve` with descriptors from 3 on, as systemd does, and as a user who may bind nothing. */
function startWith(place: ServerFolder, fds: number[]) {
  const launcher = new URL('../../bin/holdfast.mjs', import.meta.url).pathname;
  const script = `LISTEN_PID=$$ LISTEN_FDS=${fds.length} exec "$0" "$@"`;
  const args = ['-c', script, process.execPath, launcher, 'serve', '--config', place.config];
  const child = spawn('sh', args, {
    uid: NOBODY,
    gid: NOBODY,
    stdio: ['ignore', 'pipe', 'pipe', ...fds],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let said = '';
  for (const output of [child.stdout, child.stderr]) {
    output?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  return { said: () => said, exited };
}

describe.skipIf(!canRun || libc === undefined || peersMissing('dig'))(
  'a server that is handed its sockets',
  () => {
    it.each([1, 2])('answers on them, %d for datagrams, and binds none', async (datagrams) => {
      const place = await makePlace([`${ADDRESS}:53`], []);
      const text = await readFile(place.config, 'utf8');
      await writeFile(place.config, text.replace('threads: 1', 'threads: 2'));
      await chown(place.folder, NOBODY, NOBODY);
      const fds = bind(`${ADDRESS}:53`, datagrams);
      const server = startWith(place, fds);
      for (const fd of fds) libc?.close(fd);
      await expect.poll(server.said, { timeout: 10_000 }).toContain('"msg":"ready"');
      for (let i = 0; i < 20; i++) {
        expect(await dig(ADDRESS, 53, 'www.example.com')).toBe('192.0.2.80\n');
      }
      expect(await dig(ADDRESS, 53, '+tcp', 'www.example.com')).toBe('192.0.2.80\n');
    });

    it.each([
      ['that its configuration does not have', 5399, 1, /not configured: udp \S+:53, tcp \S+:53/],
      ['that no thread would read', 53, 2, /2 UDP sockets inherited for 127\.0\.0\.9:53 and 1/],
    ])('refuses one %s', async (_what, port, datagrams, message) => {
      const place = await makePlace([`${ADDRESS}:${port}`], []);
      await chown(place.folder, NOBODY, NOBODY);
      const fds = bind(`${ADDRESS}:53`, datagrams);
      const server = startWith(place, fds);
      for (const fd of fds) libc?.close(fd);
      const [status] = (await server.exited) as [number];
      expect(status).toBe(1);
      expect(server.said()).toMatch(message);
    });
  },
);
