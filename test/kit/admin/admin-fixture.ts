/** A real admin server on a free port over real parts, and a client for it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { AuditAdapter } from '#app/adapters/audit-port.ts';
import { BatchAdapter } from '#app/adapters/batch-port.ts';
import { BrowseAdapter } from '#app/adapters/browse-port.ts';
import { EventAdapter, ReceiptAdapter } from '#app/adapters/change-ports.ts';
import { HistoryAdapter, JournalAdapter } from '#app/adapters/history-port.ts';
import { IdempotencyAdapter } from '#app/adapters/idempotency-port.ts';
import { RepairAdapter } from '#app/adapters/repair-port.ts';
import { TokenAdapter, TokenAuthenticator } from '#app/adapters/token-port.ts';
import { AutoprimaryAdapter, TsigKeyAdapter } from '#app/adapters/transfer-ports.ts';
import type { ZoneTransfers } from '#app/adapters/zone-port.ts';
import { silentLog } from '#base/log.ts';
import { adminKeyAuthenticator, anyAuthenticator } from '#http/api/access.ts';
import type { AdminPorts } from '#http/api/admin-ports.ts';
import { type AdminServerOptions, startAdminServer } from '#http/api/admin-server.ts';
import { ApiKey } from '#http/api-key.ts';
import { formatListenAddress } from '#http/listen-failure.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type AdminParts, openAdminParts, WATCHED } from './admin-parts.ts';
import { WatchedZones } from './watched-zones.ts';

export const API_KEY = 'a-key-for-tests';
export const ZONES = '/api/v1/servers/localhost/zones';

export interface AdminFixture {
  url: string;
  zones: WatchedZones;
  parts: AdminParts;
  /** `fetch` with the key; a body that is not text is sent as JSON. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>;
}

type Changes = Partial<Omit<AdminServerOptions, 'ports'>> & {
  /** Those that `ports` were built on, if any were. */
  parts?: AdminParts;
  ports?: Partial<AdminPorts>;
  /** Left out: there are no secondary zones. */
  transfers?: ZoneTransfers;
};

/** Closed when the test ends. */
export async function startAdmin(changes: Changes = {}): Promise<AdminFixture> {
  const { ports, transfers, parts = await openAdminParts(), ...options } = changes;
  const zones = new WatchedZones(parts.zones, parts.clock, transfers);
  const server = await startAdminServer({
    listen: { host: '127.0.0.1', port: 0 },
    authenticator: anyAuthenticator([
      adminKeyAuthenticator(new ApiKey(API_KEY)),
      new TokenAuthenticator(parts.access.tokens, parts.clock),
    ]),
    metrics: { metrics: async () => '# HELP up Up.\n# TYPE up gauge\nup 1\n' },
    health: { check: async () => [{ name: 'dns 127.0.0.1:53/udp', healthy: true }] },
    log: silentLog(),
    clock: parts.clock,
    random: parts.random,
    version: '0.1.0',
    ...options,
    ports: {
      tokens: new TokenAdapter(parts.access.tokens, parts.clock),
      audit: new AuditAdapter(parts.access.audit),
      idempotency: new IdempotencyAdapter(parts.access.idempotency, parts.clock),
      zones,
      changes: new BatchAdapter(parts.zones),
      browse: new BrowseAdapter(parts.zones),
      journal: new JournalAdapter(parts.zones),
      history: new HistoryAdapter(parts.zones),
      receipts: new ReceiptAdapter(parts.zones, () => [WATCHED]),
      events: new EventAdapter(parts.zones),
      backups: parts.backups,
      repairs: new RepairAdapter(parts.zones, parts.repairs),
      tsigKeys: new TsigKeyAdapter(parts.access.tsigKeys, parts.random),
      autoprimaries: new AutoprimaryAdapter(parts.access.autoprimaries),
      statistics: async () => [{ name: 'uptime', value: 12 }],
      ...ports,
    },
  });
  onTestFinished(() => server.close());
  const url = `http://${formatListenAddress(server.address)}`;
  return {
    url,
    zones,
    parts,
    call: (method, path, body, headers = {}) =>
      fetch(`${url}${path}`, {
        method,
        headers: { 'x-api-key': API_KEY, ...headers },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
  };
}

/** A zone of two name servers and an address, made through the API. */
export async function createExampleZone(admin: AdminFixture, name = 'example.org.'): Promise<void> {
  const response = await admin.call('POST', `${ZONES}?rrsets=false`, {
    name,
    kind: 'Native',
    nameservers: [`ns1.${name}`, `ns2.${name}`],
    rrsets: [{ name: `www.${name}`, type: 'A', ttl: 300, records: [{ content: '192.0.2.1' }] }],
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`${response.status} ${text}`);
}

/** Path of a file that holds the key. */
export async function writeKeyFile(): Promise<string> {
  const keyFile = join(await temporaryFolder(), 'admin.key');
  await writeFile(keyFile, API_KEY, { mode: 0o600 });
  return keyFile;
}

/** Options with which a command of the command line finds the server and may do everything. */
export async function optionsOf({ url }: AdminFixture): Promise<string[]> {
  return ['--api', url, '--key-file', await writeKeyFile()];
}

/** What an answer says, with its JSON read. */
export async function read(response: Response): Promise<{ status: number; body: unknown }> {
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
