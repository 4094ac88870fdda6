import { execFileSync } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { concatBytes, utf8 } from '#base/bytes.ts';
import { verifyBackup } from '#store/backup/verify-backup.ts';
import { isHostKey, SftpLocation, type SftpOptions } from '#store/locations/sftp-location.ts';
import { backupFixture, keepNewest, once, runBackup } from '../../kit/backup-fixture.ts';
import { freePort } from '../../kit/free-port.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { peersMissing } from '../../kit/peers.ts';
import { type SftpServer, startSftpServer } from '../../kit/sftp-server.ts';
import { fillUp, smallDisk } from '../../kit/small-disk.ts';

function locationOf(server: SftpServer, changes: Partial<SftpOptions> = {}): SftpLocation {
  const { port, user, privateKey, hostKey, directory } = server;
  return new SftpLocation('away', {
    host: '127.0.0.1',
    port,
    user,
    privateKey,
    hostKey,
    directory: join(directory, 'of', 'ns1'),
    silenceMs: 5000,
    ...changes,
  });
}

async function readAll(location: SftpLocation, id: string, file: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of location.readFile(id, file)) chunks.push(chunk);
  return Buffer.from(concatBytes(chunks)).toString();
}

describe.skipIf(peersMissing('sshd', 'ssh-keygen'))('a location on openssh-server', () => {
  it('keeps files whole, lists its sets and removes one', async () => {
    const server = await startSftpServer();
    const location = locationOf(server);
    expect(await location.listIds()).toEqual([]);
    const large = 'octets '.repeat(200_000);
    await location.writeFile('a', 'x.zst', once(large));
    await location.writeFile('a', 'manifest.json', once('{}'));
    await location.writeFile('b', 'x.zst', once(''));
    expect(await readAll(location, 'a', 'x.zst')).toBe(large);
    expect((await location.listIds()).sort()).toEqual(['a', 'b']);
    expect(await location.hasFile('a', 'manifest.json')).toBe(true);
    const folder = join(server.directory, 'of', 'ns1', 'a');
    expect((await readdir(folder)).sort()).toEqual(['manifest.json', 'x.zst']);
    expect((await stat(join(folder, 'x.zst'))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await location.remove('a');
    expect(await location.listIds()).toEqual(['b']);
    await location.remove('never');
    await expect(readAll(location, 'a', 'x.zst')).rejects.toMatchObject({
      code: 'LOCATION_MISSING',
    });
  });

  it('takes whole backups beside another location, and gives them back', async () => {
    const { store, options, a } = await backupFixture();
    await store.write(Array.from({ length: 2000 }, (_, index) => numberedRow(index)));
    const away = locationOf(await startSftpServer());
    const targets = [a, away].map((location) => ({ location, retention: keepNewest(2) }));
    const { id, locations } = await runBackup({ ...options, targets });
    expect(locations).toMatchObject([{ verified: true }, { location: 'away', verified: true }]);
    await expect(verifyBackup(away, id)).resolves.toMatchObject({ id, rows: 2001 });
  });

  it('talks to no server with another key', async () => {
    const server = await startSftpServer();
    const other = locationOf(server, { hostKey: `SHA256:${'A'.repeat(43)}` });
    await expect(other.listIds()).rejects.toMatchObject({
      code: 'LOCATION_REFUSED',
      message: expect.stringContaining('host key'),
    });
    const same = locationOf(server, { hostKey: server.fingerprint });
    expect(await same.listIds()).toEqual([]);
  });

  it('says when it is not let in', async () => {
    const server = await startSftpServer();
    const stranger = execFileSync('sh', [
      '-c',
      'd=$(mktemp -d) && ssh-keygen -q -t ed25519 -N "" -f $d/k && cat $d/k && rm -r $d',
    ]);
    const location = locationOf(server, { privateKey: stranger.toString() });
    await expect(location.listIds()).rejects.toMatchObject({ code: 'LOCATION_REFUSED' });
  });

  it('says when there is no room, and leaves nothing half written', async (test) => {
    const disk = await smallDisk();
    if (disk === undefined) return test.skip('needs root, to mount a small tmpfs');
    await fillUp(disk, join(disk, 'ballast'));
    const location = locationOf(await startSftpServer(), { directory: join(disk, 'b') });
    const full = location.writeFile('a', 'x', once('octets '.repeat(100_000)));
    await expect(full).rejects.toMatchObject({ code: 'LOCATION_FULL' });
    expect(await readdir(join(disk, 'b', 'a'))).toEqual([]);
    return undefined;
  });

  it('connects again after the connection was lost', async () => {
    const server = await startSftpServer();
    const location = locationOf(server);
    await location.writeFile('a', 'x', once('octets'));
    await server.loseConnections();
    expect(await readAll(location, 'a', 'x')).toBe('octets');
  });

  it('is not upset by a server that dies when all was said, and meets it again', async () => {
    const server = await startSftpServer();
    const location = locationOf(server);
    await location.writeFile('a', 'x', once('octets'));
    for (let round = 0; round < 3; round++) {
      expect(await readAll(location, 'a', 'x')).toBe('octets');
      // An answer to the stream's last request, which nobody waits for, never comes.
      await server.die();
      await expect(location.listIds()).rejects.toMatchObject({ code: 'LOCATION_FAILED' });
      await server.comeUp();
    }
    expect(await location.listIds()).toEqual(['a']);
  });
});

describe('an SFTP location', () => {
  it('gives up on a server that says nothing', async () => {
    const port = await freePort();
    const silent = createServer(() => {}).listen(port, '127.0.0.1');
    onTestFinished(() => {
      silent.close();
    });
    const location = new SftpLocation('away', {
      host: '127.0.0.1',
      port,
      user: 'nobody',
      password: 'none',
      hostKey: 'SHA256:x',
      directory: '/x',
      silenceMs: 300,
    });
    await expect(location.listIds()).rejects.toMatchObject({ code: 'LOCATION_SILENT' });
  });

  it('knows its server by fingerprint, by line of known_hosts and by .pub file', () => {
    const key = Buffer.concat([Buffer.from([0, 0, 0, 11]), utf8('ssh-ed25519 and more')]);
    const text = key.toString('base64');
    expect(isHostKey(key, `ssh-ed25519 ${text} comment`)).toBe(true);
    expect(isHostKey(key, `[host]:2222 ssh-ed25519 ${text}`)).toBe(true);
    expect(isHostKey(Buffer.from('another'), `ssh-ed25519 ${text}`)).toBe(false);
    expect(isHostKey(key, 'SHA256:')).toBe(false);
  });
});
