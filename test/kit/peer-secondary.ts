/**
 * Other people's name servers as secondaries of ours: they fetch zones from a port of 127.0.0.1,
 * signed with a TSIG key, take NOTIFY from there, and let us transfer the zones back to compare.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TsigKeyText } from '#dns/tsig/tsig-key.ts';
import { freePort } from './free-port.ts';
import { CONFIGURATIONS, type PeerKind, type PeerServer, runPeer } from './peer-server.ts';

export interface FetchFrom {
  /** With final dots. */
  zones: readonly string[];
  port: number;
  key: TsigKeyText;
}

/** Resolves when it has every zone. */
export async function startSecondary(
  kind: PeerKind,
  folder: string,
  from: FetchFrom,
): Promise<PeerServer> {
  const own = join(folder, kind);
  await mkdir(own, { recursive: true });
  const port = await freePort();
  const { text, args } = CONFIGURATIONS[kind](own, port, new Map(), [from.key]);
  const configuration = { text: text + TEXTS[kind](from), args };
  return runPeer(kind, own, port, configuration, from.zones);
}

const TEXTS: Record<PeerKind, (from: FetchFrom) => string> = {
  nsd: ({ zones, port, key }) =>
    zones
      .map(
        (zone) => `zone:
  name: "${zone}"
  request-xfr: 127.0.0.1@${port} ${key.name}
  allow-notify: 127.0.0.1 NOKEY
  provide-xfr: 127.0.0.1 ${key.name}
`,
      )
      .join(''),
  knot: ({ zones, port, key }) => `remote:
  - id: primary
    address: 127.0.0.1@${port}
    key: "${key.name}"
acl:
  - id: notify
    address: 127.0.0.1
    action: notify
zone:
${zones
  .map(
    (zone) => `  - domain: "${zone}"
    zonefile-load: none
    master: primary
    acl: [keys, notify]
`,
  )
  .join('')}`,
  bind: ({ zones, port, key }) =>
    zones
      .map(
        (zone) => `zone "${zone}" {
  type secondary;
  primaries { 127.0.0.1 port ${port} key "${key.name}"; };
  file "${zone}db";
  allow-notify { 127.0.0.1; };
};
`,
      )
      .join(''),
};
