// docs/operations, followed command by command: a backup that is tried, a store that is damaged and
// restored, a zone that is damaged and imported again. Ports are the test's own.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { generationRange, zoneKey } from '#dns/zonedb/zone-keys.ts';
import { parseZoneRow } from '#dns/zonedb/zone-row.ts';
import { openLevelStore } from '#store/level-store.ts';
import { freePort } from '../../kit/free-port.ts';
import { peersMissing } from '../../kit/peers.ts';
import { type ServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { shellBlocks } from '../../kit/shell-blocks.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { askUdp } from '../../kit/udp-query.ts';

const LAUNCHER = resolve('bin/holdfast.mjs');
const ZONE = '/api/v1/servers/localhost/zones/example.com.';
const APEX = parseName('example.com.');

/** A folder laid out as the pages assume, with example.com in `zones`. */
async function makeInstallation(): Promise<ServerFolder> {
  const folder = await temporaryFolder();
  const [dnsPort, apiPort] = [await freePort(), await freePort()];
  for (const name of ['config', 'zones']) await mkdir(join(folder, name));
  await copyFile('zones/example.com.zone', join(folder, 'zones/example.com.zone'));
  const config = join(folder, 'config/holdfast.yaml');
  await writeFile(
    config,
    `data: ../data
nameserver: { listen: ["127.0.0.1:${dnsPort}"], threads: 1, zones: ../zones }
admin: { listen: "127.0.0.1:${apiPort}" }
backup:
  locations:
    - { name: disk-1, directory: ../data/backups/disk-1 }
    - { name: disk-2, directory: ../data/backups/disk-2 }
`,
  );
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const [zones, data] = [join(folder, 'zones'), join(folder, 'data')];
  return { folder, config, zones, data, dnsPort, apiUrl };
}

/** Runs one block of a page as a shell would, and gives what it printed. */
async function follow(place: ServerFolder, block: string | undefined): Promise<string> {
  if (block === undefined) throw new Error('the page has fewer blocks than the test follows');
  const script = block
    .replaceAll('npx holdfast', `"${process.execPath}" "${LAUNCHER}"`)
    .replaceAll('5300', String(place.dnsPort))
    .replaceAll('http://127.0.0.1:8081', place.apiUrl);
  const args = ['-euo', 'pipefail', '-c', script];
  const { stdout } = await promisify(execFile)('bash', args, { cwd: place.folder });
  return stdout;
}

async function addRecord(server: ServerProcess): Promise<void> {
  const rrset = { name: 'new.example.com.', type: 'A', ttl: 60, changetype: 'REPLACE' };
  const records = [{ content: '192.0.2.77' }];
  const response = await server.api('PATCH', ZONE, { rrsets: [{ ...rrset, records }] });
  expect(response.status).toBe(204);
}

async function exported(server: ServerProcess): Promise<string> {
  return (await server.api('GET', `${ZONE}/export`)).text();
}

/** Turns one octet of the largest file of the LevelDB around. */
async function flipOctet(store: string): Promise<void> {
  const folder = join(store, 'level');
  let largest = { path: '', size: 0 };
  for (const name of await readdir(folder)) {
    const { size } = await stat(join(folder, name));
    if (size > largest.size && /\.(?:ldb|log)$/.test(name)) {
      largest = { path: join(folder, name), size };
    }
  }
  const file = await open(largest.path, 'r+');
  const octet = Buffer.alloc(1);
  const at = largest.size >> 1;
  await file.read(octet, 0, 1, at);
  octet[0] ^= 0x10;
  await file.write(octet, 0, 1, at);
  await file.close();
}

/** Takes one node of example.com out of the store behind the zone database's back. */
async function loseNode(data: string): Promise<void> {
  const store = await openLevelStore(join(data, 'store'));
  const row = await store.get(zoneKey(APEX));
  if (row === undefined) throw new Error('the store has no zone');
  const { from, to } = generationRange(parseZoneRow(row).generation);
  for await (const [first] of store.range(from, to, { limit: 1 })) {
    if (first !== undefined) await store.write([{ key: first.key, delete: true }]);
  }
  await store.close();
}

/** A restore raises it, so that secondaries follow. */
function withoutSerial(masterFile: string): string {
  return masterFile.replace(/(\sSOA\s\S+\s\S+\s)\d+/, '$1');
}

const page = (name: string): Promise<string> => readFile(`docs/operations/${name}.md`, 'utf8');

describe.skipIf(peersMissing('curl'))('the pages of operations, when followed', () => {
  it('bring a backup back in the place of the store', { timeout: 60_000 }, async () => {
    const [tried, restored, exchanged] = shellBlocks(
      await page('backup-and-restore'),
      '## Restore',
    );
    const place = await makeInstallation();
    const server = await ServerProcess.start(place);
    expect(await follow(place, tried)).toMatch(/^data\.tried: restored /m);
    const before = await exported(server);
    await addRecord(server);
    expect(await exported(server)).not.toBe(before);
    await server.stop();
    await follow(place, restored);
    await follow(place, exchanged);
    const after = await exported(await ServerProcess.start(place));
    expect(withoutSerial(after)).toBe(withoutSerial(before));
    expect(after).not.toBe(before);
  });

  it('check, import and export a master file', { timeout: 60_000 }, async () => {
    const text = await page('zone-files');
    const place = await makeInstallation();
    const server = await ServerProcess.start(place);
    const [checked] = shellBlocks(text, '## Check a file first');
    expect(await follow(place, checked)).toContain('example.com. ok');
    const [imported, forced] = shellBlocks(text, '## Import by hand');
    const before = await exported(server);
    expect(await follow(place, imported)).toContain('exported.zone: example.com. ok');
    await addRecord(server);
    await expect(follow(place, imported)).rejects.toThrow(/--force/);
    await follow(place, forced);
    expect(await exported(server)).toBe(before);
  });

  it('restore a store that the start refuses as damaged', { timeout: 60_000 }, async () => {
    const blocks = shellBlocks(await page('damaged-store'), '## Restore the store');
    const place = await makeInstallation();
    const server = await ServerProcess.start(place);
    expect((await server.api('POST', '/api/holdfast/v1/backups')).status).toBe(201);
    await addRecord(server);
    const before = await exported(server);
    await server.stop();
    await flipOctet(join(place.data, 'store'));
    const refused = await ServerProcess.fail(place);
    expect(refused).toEqual({ status: 1, stderr: expect.stringContaining('STORE_DAMAGED') });

    await follow(place, blocks[0]);
    await follow(place, blocks[1]);
    const again = await ServerProcess.start(place);
    expect(await follow(place, blocks[2])).toContain('example.com.');
    expect(await follow(place, blocks[3])).toContain('disk-2');
    // To the serial: nothing was confirmed that is not there.
    expect(await exported(again)).toBe(before);
    expect(blocks).toHaveLength(4);
  });

  it('bring a damaged zone back from its master file', { timeout: 60_000 }, async () => {
    const [replaced] = shellBlocks(await page('damaged-store'), '## Replace one zone');
    const place = await makeInstallation();
    await (await ServerProcess.start(place)).stop();
    await loseNode(place.data);
    const server = await ServerProcess.start(place);
    expect(server.lines.map(({ code }) => code)).toContain('ZONE_DAMAGED');
    const ill = await fetch(`${place.apiUrl}/healthz`);
    expect({ status: ill.status, text: await ill.text() }).toEqual({
      status: 503,
      text: expect.stringContaining('zone example.com.'),
    });
    const soa = { port: place.dnsPort, name: 'example.com.', type: 'SOA' } as const;
    expect(await askUdp(soa)).toMatchObject({ rcode: 'REFUSED', answers: [] });
    await follow(place, replaced);
    expect(await askUdp(soa)).toMatchObject({ rcode: 'NOERROR', answers: [{ type: 'SOA' }] });
    expect((await fetch(`${place.apiUrl}/healthz`)).status).toBe(200);
  });

  it('bring a zone back out of a backup, from a server beside', { timeout: 60_000 }, async () => {
    const text = await page('damaged-store');
    const [, exchanged] = shellBlocks(text, '## Replace one zone');
    const [, yaml = ''] = /```yaml\n(data: \.\.\/data\/restored\n[^`]*)```/.exec(text) ?? [];
    const place = await makeInstallation();
    const server = await ServerProcess.start(place);
    await addRecord(server);
    await follow(place, 'npx holdfast backup now --config config/holdfast.yaml');
    const rrset = { name: 'new.example.com.', type: 'A', changetype: 'DELETE' };
    expect((await server.api('PATCH', ZONE, { rrsets: [rrset] })).status).toBe(204);
    const from = '--config config/holdfast.yaml --from disk-1';
    await follow(place, `npx holdfast restore ${from} --into data/restored`);
    const [dnsPort, apiPort] = [await freePort(), await freePort()];
    const config = join(place.folder, 'config/aside.yaml');
    await writeFile(config, yaml.replace('5399', `${dnsPort}`).replace('8099', `${apiPort}`));
    const apiUrl = `http://127.0.0.1:${apiPort}`;
    const data = join(place.data, 'restored');
    const aside = await ServerProcess.start({ ...place, config, data, dnsPort, apiUrl });
    await follow(place, exchanged);
    expect(await exported(server)).toContain('new.example.com.');
    expect(await aside.stop()).toBe(0);
  });
});
