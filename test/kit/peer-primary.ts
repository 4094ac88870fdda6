/**
 * Other people's name servers as primaries of ours: one zone on a port of 127.0.0.1 that whoever
 * signs with the key may transfer, with differences, over TLS too where they can; NOTIFY goes to our
 * port. BIND and Knot take changes by `nsupdate`, NSD reads its file again.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import type { TsigKeyText } from '#dns/tsig/tsig-key.ts';
import { freePort } from './free-port.ts';
import { CONFIGURATIONS, type PeerKind, type PeerServer, runPeer } from './peer-server.ts';
import { findPeer } from './peers.ts';

export interface ServedZone {
  /** With its final dot. */
  zone: string;
  /** The master file, which NSD's changes are written to. */
  file: string;
  key: TsigKeyText;
  notifyPort: number;
  /** PEM files; left out: no TLS. */
  tls?: { certificate: string; key: string };
}

export interface PeerPrimary extends PeerServer {
  tlsPort: number;
  /** Lines of `nsupdate`: `add NAME TTL TYPE DATA`, `delete NAME TYPE`. Not for NSD. */
  update(lines: readonly string[]): Promise<void>;
  /** For NSD: another master file. */
  reload(text: string): Promise<void>;
  /** The zone as it is, a sorted line a record. */
  records(): Promise<string[]>;
}

/** Resolves when the zone is answered. */
export async function startPrimary(
  kind: PeerKind,
  folder: string,
  served: ServedZone,
): Promise<PeerPrimary> {
  const own = join(folder, kind);
  // Knot makes the folder of its journal too late for the first update.
  await mkdir(join(own, 'db'), { recursive: true });
  const port = await freePort();
  const tlsPort = await freePort();
  const { text, args } = CONFIGURATIONS[kind](own, port, new Map(), [served.key]);
  const configuration = { text: TEXTS[kind](text, served, tlsPort), args };
  const server = await runPeer(kind, own, port, configuration, [served.zone]);
  return {
    ...server,
    tlsPort,
    update: (lines) => updateZone(port, served, lines),
    reload: async (master) => {
      await writeFile(served.file, master);
      process.kill(Number(await readFile(join(own, 'pid'), 'utf8')), 'SIGHUP');
    },
    records: () => transferRecords(port, served),
  };
}

const TEXTS: Record<PeerKind, (text: string, served: ServedZone, tlsPort: number) => string> = {
  nsd: (text, { zone, file, key, notifyPort, tls }, tlsPort) => {
    const secure = tls && [
      `  ip-address: 127.0.0.1@${tlsPort}`,
      `  tls-port: ${tlsPort}`,
      `  tls-service-key: "${tls.key}"`,
      `  tls-service-pem: "${tls.certificate}"`,
    ];
    const listening = text.replace(
      'server:\n',
      ['server:', ...(secure ?? []), '  zonefiles-check: yes', ''].join('\n'),
    );
    return `${listening}zone:
  name: "${zone}"
  zonefile: "${file}"
  create-ixfr: yes
  notify: 127.0.0.1@${notifyPort} NOKEY
  notify-retry: 1
  provide-xfr: 127.0.0.1 ${key.name}
`;
  },
  knot: (text, { zone, file, notifyPort }) =>
    text
      .replace('action: transfer\n', 'action: [transfer, update]\n')
      .replace('journal-content: none', 'journal-content: changes')
      .replace('key:\n', `remote:\n  - id: ours\n    address: 127.0.0.1@${notifyPort}\nkey:\n`)
      .replace(
        'zone:\n',
        `zone:
  - domain: "${zone}"
    file: "${file}"
    notify: ours
    acl: keys
`,
      ),
  bind: (text, { zone, file, key, notifyPort, tls }, tlsPort) => {
    const secure = tls && [
      `tls ours { cert-file "${tls.certificate}"; key-file "${tls.key}"; };`,
      text.replace(
        'listen-on-v6 { none; };',
        `listen-on-v6 { none; };\n  listen-on port ${tlsPort} tls ours { 127.0.0.1; };`,
      ),
    ];
    return `${secure?.join('\n') ?? text}zone "${zone}" {
  type primary;
  file "${file}";
  allow-update { key "${key.name}"; };
  notify explicit;
  also-notify { 127.0.0.1 port ${notifyPort}; };
  notify-delay 0;
  max-ixfr-ratio unlimited;
};
`;
  },
};

async function updateZone(
  port: number,
  { zone, key }: ServedZone,
  lines: readonly string[],
): Promise<void> {
  const secret = `${key.algorithm}:${key.name}:${key.secret}`;
  const child = spawn(findPeer('nsupdate') ?? 'nsupdate', ['-v', '-y', secret], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  const keep = (chunk: Buffer): void => {
    said += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = once(child, 'exit');
  child.stdin.end([`server 127.0.0.1 ${port}`, `zone ${zone}`, ...lines, 'send', ''].join('\n'));
  const [status] = await exited;
  if (status !== 0) throw new Error(`nsupdate: ${said}`);
}

/** What dig transfers, a sorted line a record. */
export async function transferRecords(
  port: number,
  { zone, key }: Pick<ServedZone, 'zone' | 'key'>,
): Promise<string[]> {
  const signature = `${key.algorithm}:${key.name}:${key.secret}`;
  const { stdout } = await promisify(execFile)(
    findPeer('dig') ?? 'dig',
    ['@127.0.0.1', '-p', String(port), '-y', signature, '+onesoa', '+tries=1', zone, 'AXFR'],
    { maxBuffer: 1 << 28 },
  );
  const lines = stdout.split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim());
  return lines.filter((line) => line !== '' && !/^;| ANY TSIG /.test(line)).sort();
}
