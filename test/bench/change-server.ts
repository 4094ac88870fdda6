/**
 * The servers that changes.ts measures, each with the same zones: ours, BIND (UPDATE alone) and
 * PowerDNS with SQLite (the API alone). None is pinned to a core; each writes a change to the disk
 * before it answers, and logs it as it does by default. Updates are taken from 127.0.0.1, signed with
 * the key or not.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TsigKey } from '#dns/tsig/tsig-key.ts';
import { parseName } from '#dns/wire/name.ts';
import { freePort } from '../kit/free-port.ts';
import { CONFIGURATIONS, runPeer } from '../kit/peer-server.ts';
import { startPowerDns } from '../kit/powerdns-peer.ts';
import { startApiServer } from './api-client.ts';
import { type ChangeWorkload, hostName, zoneFiles, zoneName } from './change-workload.ts';
import { cpuTimeUs } from './process-usage.ts';

const SECRET = Buffer.from('01234567890123456789012345678901');
const KEY_TEXT = {
  name: 'bench',
  algorithm: 'hmac-sha256',
  secret: SECRET.toString('base64'),
} as const;

export const BENCH_KEY: TsigKey = {
  name: parseName('bench.'),
  algorithm: KEY_TEXT.algorithm,
  secret: Uint8Array.from(SECRET),
};

export const CHANGED_KINDS = ['holdfast', 'bind', 'pdns'] as const;
export type ChangedKind = (typeof CHANGED_KINDS)[number];

export interface ChangedServer {
  kind: ChangedKind;
  dnsPort: number;
  /** Where there is an API. */
  api: { url: string; key: string } | undefined;
  pid: number;
  close(): Promise<void>;
}

/** Resolves when every zone is answered and the server has come to rest. */
export async function startChanged(
  kind: ChangedKind,
  root: string,
  workload: ChangeWorkload,
): Promise<ChangedServer> {
  const folder = join(root, `${workload.name}-${kind}`);
  await mkdir(folder);
  const server = await STARTS[kind](folder, workload);
  await settle(server.pid);
  return server;
}

const STARTS: Record<
  ChangedKind,
  (folder: string, workload: ChangeWorkload) => Promise<ChangedServer>
> = { holdfast: startHoldfast, bind: startBind, pdns: startPdns };

/** CPU time stands still. */
async function settle(pid: number): Promise<void> {
  let before = -1;
  for (let round = 0; round < 120; round++) {
    const now = cpuTimeUs(pid);
    if (before >= 0 && now - before < 20_000) return;
    before = now;
    await sleep(500);
  }
}

async function startHoldfast(folder: string, workload: ChangeWorkload): Promise<ChangedServer> {
  const [dnsPort, apiPort] = [await freePort(), await freePort()];
  const config = join(folder, 'holdfast.yaml');
  await writeFile(join(folder, 'bench.key'), KEY_TEXT.secret, { mode: 0o600 });
  const text = `data: ./data
nameserver:
  listen: ["127.0.0.1:${dnsPort}"]
  zones: ${workload.folder}
  update: { allow: ["127.0.0.1", "key:bench"] }
tsigKeys: [{ name: bench, algorithm: hmac-sha256, secretFile: bench.key }]
admin:
  listen: 127.0.0.1:${apiPort}
`;
  await writeFile(config, text);
  const data = join(folder, 'data');
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const place = { folder, config, zones: workload.folder, data, dnsPort, apiUrl };
  const { child, key } = await startApiServer(place);
  return {
    kind: 'holdfast',
    dnsPort,
    api: { url: apiUrl, key },
    pid: child.pid ?? 0,
    close: async () => {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function startBind(folder: string, workload: ChangeWorkload): Promise<ChangedServer> {
  const port = await freePort();
  // Copies: BIND writes the zones back to their files.
  const zones = new Map<string, string>();
  for (const [zone, path] of zoneFiles(workload)) {
    const own = join(folder, `${zone}zone`);
    await writeFile(own, await readFile(path));
    zones.set(zone, own);
  }
  const { text } = CONFIGURATIONS.bind(folder, port, zones, [KEY_TEXT], true);
  const args = ['-g', '-c', join(folder, 'config')];
  const peer = await runPeer('bind', folder, port, { text, args }, [...zones.keys()]);
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
  return { kind: 'bind', dnsPort: port, api: undefined, pid, close: () => peer.close() };
}

async function startPdns(folder: string, workload: ChangeWorkload): Promise<ChangedServer> {
  const peer = await startPowerDns(folder, {
    isDurable: true,
    fill: (database) => fillDatabase(database, workload),
  });
  const { dnsPort, url, key, pid } = peer;
  return { kind: 'pdns', dnsPort, api: { url, key }, pid, close: () => peer.close() };
}

function fillDatabase(database: DatabaseSync, { zoneCount, namesPerZone }: ChangeWorkload): void {
  database.exec('BEGIN');
  const addZone = database.prepare('INSERT INTO domains (id, name, type) VALUES (?, ?, ?)');
  const addRecord = database.prepare(
    'INSERT INTO records (domain_id, name, type, content, ttl, prio, disabled, auth) ' +
      'VALUES (?, ?, ?, ?, 300, 0, 0, 1)',
  );
  for (let index = 0; index < zoneCount; index++) {
    const zone = zoneName(index).slice(0, -1);
    addZone.run(index + 1, zone, 'NATIVE');
    addRecord.run(index + 1, zone, 'SOA', 'ns.other host.other 1 7200 1800 1209600 300');
    addRecord.run(index + 1, zone, 'NS', 'ns.other');
    for (let host = 0; host < namesPerZone; host++) {
      addRecord.run(index + 1, `${hostName(host)}.${zone}`, 'A', '192.0.2.7');
    }
  }
  database.exec('COMMIT');
}
