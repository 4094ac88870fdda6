/**
 * Other people's name servers as Debian ships them (NSD, Knot DNS, BIND), in the foreground on a
 * free port of 127.0.0.1 with given zone files and a folder of their own. They are set to be as
 * plain as they can be, so that answers can be compared: minimal responses, no rate limit, no
 * cookies, 1232 octets over UDP. Whoever signs with one of their keys may transfer the zones; BIND
 * takes updates from this machine where a test wants that.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TsigKeyText } from '#dns/tsig/tsig-key.ts';
import { DnsExchange } from './dns-exchange.ts';
import { writeQuery } from './dns-query.ts';
import { freePort } from './free-port.ts';
import { findPeer } from './peers.ts';

const PROGRAMS = { nsd: 'nsd', knot: 'knotd', bind: 'named' } as const;
const START_TIMEOUT_MS = 20_000;
const UDP_SIZE_MAX = 1232;

export type PeerKind = keyof typeof PROGRAMS;

/** Zone name with final dot, and the path of its master file. */
export type ZoneFiles = ReadonlyMap<string, string>;

export interface PeerServer {
  kind: PeerKind;
  port: number;
  close(): Promise<void>;
}

/** The programs that `peersMissing` should ask for. */
export const PEER_PROGRAMS: readonly string[] = Object.values(PROGRAMS);

/** Resolves when every zone is answered with its SOA; rejects with what the program said if not. */
export async function startPeer(
  kind: PeerKind,
  folder: string,
  zones: ZoneFiles,
  keys: readonly TsigKeyText[] = [],
  takesUpdates = false,
): Promise<PeerServer> {
  const own = join(folder, kind);
  await mkdir(own, { recursive: true });
  const port = await freePort();
  const configuration = CONFIGURATIONS[kind](own, port, zones, keys, takesUpdates);
  return runPeer(kind, own, port, configuration, [...zones.keys()]);
}

/** The same with a configuration of the caller's; resolves when every zone is answered. */
export async function runPeer(
  kind: PeerKind,
  own: string,
  port: number,
  { text, args }: PeerConfiguration,
  zones: readonly string[],
): Promise<PeerServer> {
  await writeFile(join(own, 'config'), text);
  const child = spawn(findPeer(PROGRAMS[kind]) ?? PROGRAMS[kind], args, {
    cwd: own,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const keep = (chunk: Buffer): void => {
    said += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  const missing = await waitForZones(child, port, zones);
  if (missing.length > 0) {
    await close();
    throw new Error(`${kind} does not answer ${missing.join(', ')}: ${said}`);
  }
  return { kind, port, close };
}

/** The zones that are not answered in time: none when all is well. */
async function waitForZones(child: ChildProcess, port: number, zones: readonly string[]) {
  const exchange = await DnsExchange.open(port);
  const missing = new Set(zones);
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (missing.size > 0 && Date.now() < deadline && child.exitCode === null) {
    for (const [index, zone] of [...missing].entries()) {
      const query = writeQuery({ id: index + 1, name: zone, type: 6 });
      const reply = await Promise.race([exchange.askUdp(query), sleep(200)]);
      if (reply instanceof Uint8Array && reply.length > 12 && reply[7] === 1) missing.delete(zone);
    }
    if (missing.size > 0) await sleep(50);
  }
  exchange.close();
  return [...missing];
}

export interface PeerConfiguration {
  text: string;
  args: string[];
}

export const CONFIGURATIONS: Record<
  PeerKind,
  (
    folder: string,
    port: number,
    zones: ZoneFiles,
    keys?: readonly TsigKeyText[],
    takesUpdates?: boolean,
  ) => PeerConfiguration
> = { nsd: configureNsd, knot: configureKnot, bind: configureBind };

function configureNsd(
  folder: string,
  port: number,
  zones: ZoneFiles,
  keys: readonly TsigKeyText[] = [],
): PeerConfiguration {
  const allowed = keys.map(({ name }) => `\n  provide-xfr: 127.0.0.1 ${name}`).join('');
  const listed = [...zones].map(
    ([zone, file]) => `zone:\n  name: "${zone}"\n  zonefile: "${file}"${allowed}`,
  );
  const known = keys.map(
    ({ name, algorithm, secret }) =>
      `key:\n  name: "${name}"\n  algorithm: ${algorithm}\n  secret: "${secret}"`,
  );
  const text = `server:
  ip-address: 127.0.0.1@${port}
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  zonesdir: "${folder}"
  pidfile: "${folder}/pid"
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
  cookie-secret-file: "${folder}/cookies"
  xfrdir: "${folder}"
  minimal-responses: yes
  confine-to-zone: no
  refuse-any: no
  rrl-ratelimit: 0
  answer-cookie: no
  ipv4-edns-size: ${UDP_SIZE_MAX}
remote-control:
  control-enable: no
${known.join('\n')}
${listed.join('\n')}
`;
  return { text, args: ['-d', '-c', join(folder, 'config')] };
}

function configureKnot(
  folder: string,
  port: number,
  zones: ZoneFiles,
  keys: readonly TsigKeyText[] = [],
): PeerConfiguration {
  const allowed = keys.length > 0 ? '\n    acl: keys' : '';
  const listed = [...zones].map(
    ([zone, file]) => `  - domain: "${zone}"\n    file: "${file}"${allowed}`,
  );
  const known = keys.map(
    ({ name, algorithm, secret }) =>
      `  - id: "${name}"\n    algorithm: ${algorithm}\n    secret: "${secret}"\n`,
  );
  const names = keys.map(({ name }) => `"${name}"`).join(', ');
  const keySections = `key:
${known.join('')}acl:
  - id: keys
    key: [${names}]
    action: transfer
`;
  const text = `server:
  rundir: "${folder}"
  pidfile: "${folder}/pid"
  listen: 127.0.0.1@${port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  udp-max-payload: ${UDP_SIZE_MAX}
  automatic-acl: off
log:
  - target: stderr
    any: info
database:
  storage: "${folder}/db"
control:
  listen: "${folder}/control"
template:
  - id: default
    storage: "${folder}"
    semantic-checks: off
    zonefile-sync: -1
    journal-content: none
${keys.length > 0 ? keySections : ''}zone:
${listed.join('\n')}
`;
  return { text, args: ['-c', join(folder, 'config')] };
}

function configureBind(
  folder: string,
  port: number,
  zones: ZoneFiles,
  keys: readonly TsigKeyText[] = [],
  takesUpdates = false,
): PeerConfiguration {
  const listed = [...zones].map(
    ([zone, file]) => `zone "${zone}" { type primary; file "${file}"; check-names ignore; };`,
  );
  const known = keys.map(
    ({ name, algorithm, secret }) =>
      `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };`,
  );
  const allowed = keys.map(({ name }) => `key "${name}"; `).join('');
  const transfers = keys.length > 0 ? `\n  allow-transfer { ${allowed}};` : '';
  const updates = takesUpdates ? '\n  allow-update { 127.0.0.1; };' : '';
  const text = `options {
  directory "${folder}";
  pid-file "${folder}/pid";
  session-keyfile "${folder}/session.key";
  managed-keys-directory "${folder}";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  minimal-responses yes;
  minimal-any no;
  answer-cookie no;
  max-udp-size ${UDP_SIZE_MAX};
  edns-udp-size ${UDP_SIZE_MAX};
  max-records-per-type 0;
  max-types-per-name 0;
  check-integrity no;
  check-dup-records ignore;
  check-mx ignore;
  check-srv-cname ignore;
  check-spf ignore;
  check-wildcard no;
  dnssec-validation no;
  notify no;
  empty-zones-enable no;${transfers}${updates}
};
${known.join('\n')}
controls { };
${listed.join('\n')}
`;
  return { text, args: ['-g', '-n', '1', '-c', join(folder, 'config')] };
}
