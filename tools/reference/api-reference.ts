/**
 * Every request of the admin API with its summary and the statuses that it may get, from the API
 * document that a server gives of itself. The server is started on a free port of loopback and
 * asked nothing else, so it needs nothing behind it.
 */
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import type { AdminPorts } from '#http/api/admin-ports.ts';
import { startAdminServer } from '#http/api/admin-server.ts';
import { formatListenAddress } from '#http/listen-failure.ts';

interface ApiDocument {
  paths: Record<string, Record<string, ApiOperation>>;
}

interface ApiOperation {
  summary?: string;
  responses?: Record<string, unknown>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

export async function apiReference(): Promise<string> {
  const { paths } = await readApiDocument();
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    METHODS.flatMap((method) => {
      const operation = operations[method];
      return operation === undefined ? [] : [rowOf(method, path, operation)];
    }),
  );
  return `\n| request | does | answers |\n| --- | --- | --- |\n${rows.join('\n')}\n\n`;
}

function rowOf(method: string, path: string, { summary = '', responses = {} }: ApiOperation) {
  const statuses = Object.keys(responses).sort().join(' ');
  return `| \`${method.toUpperCase()} ${path}\` | ${summary} | ${statuses} |`;
}

async function readApiDocument(): Promise<ApiDocument> {
  const server = await startAdminServer({
    listen: { host: '127.0.0.1', port: 0 },
    // Registering the routes asks the ports nothing, and no other request is made.
    ports: { registry: {}, registryStream: {} } as AdminPorts,
    authenticator: { authenticate: () => undefined },
    metrics: { metrics: async () => '' },
    health: { check: async () => [] },
    log: silentLog(),
    clock: openClock({ kind: 'system' }),
    random: seededRandom(1),
    version: '0.0.0',
  });
  try {
    const response = await fetch(`http://${formatListenAddress(server.address)}/api/docs`);
    return (await response.json()) as ApiDocument;
  } finally {
    await server.close();
  }
}
