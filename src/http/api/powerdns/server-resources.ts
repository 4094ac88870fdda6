/** Discovery and the server itself: `/api`, `/api/v1`, `/servers`, configuration and statistics. */
import type { FastifyInstance } from 'fastify';
import { invalidRequest } from '../api-error.ts';
import type { AdminPorts, Statistic } from '../ports.ts';
import { canonicalZoneName } from '../zone-name.ts';
import { findParameter } from './query.ts';
import { registerResource } from './resource.ts';
import { SERVER_SCHEMAS } from './schemas.ts';
import { SERVER_PATH } from './zone-document.ts';

/**
 * The version of PowerDNS that clients may take us for: octoDNS and Terraform read the first three
 * numbers to decide what to ask. What came later (EXTEND, PRUNE, PUT with RRsets) is not promised.
 */
const COMPATIBLE_VERSION = '4.7.3';

/** Settings that clients look for before they use a feature. */
const CONFIGURATION: Readonly<Record<string, string>> = {
  api: 'yes',
  'default-soa-edit-api': 'DEFAULT',
  'enable-lua-records': 'no',
  launch: 'holdfast',
};

export function registerServerResources(
  app: FastifyInstance,
  ports: AdminPorts,
  version: string,
): void {
  registerDiscovery(app);
  const server = {
    type: 'Server',
    id: 'localhost',
    daemon_type: 'authoritative',
    // A hyphen, and only dots after it: octoDNS crashes on a plus sign.
    version: `${COMPATIBLE_VERSION}-holdfast.${version}`,
    url: SERVER_PATH,
    config_url: `${SERVER_PATH}/config{/config_setting}`,
    zones_url: `${SERVER_PATH}/zones{/zone}`,
    autoprimaries_url: `${SERVER_PATH}/autoprimaries{/autoprimary}`,
  };
  registerResource(app, '/v1/servers', {
    GET: {
      schema: SERVER_SCHEMAS.list,
      access: 'anybody',
      handler: async () => [server],
    },
  });
  registerResource(app, '/v1/servers/localhost', {
    GET: {
      schema: SERVER_SCHEMAS.get,
      access: 'anybody',
      handler: async () => server,
    },
  });
  registerResource(app, '/v1/servers/localhost/config', {
    GET: {
      schema: SERVER_SCHEMAS.configuration,
      access: 'anybody',
      handler: async () =>
        Object.entries(CONFIGURATION).map(([name, value]) => ({
          type: 'ConfigSetting',
          name,
          value,
        })),
    },
  });
  registerResource(app, '/v1/servers/localhost/statistics', {
    GET: {
      schema: SERVER_SCHEMAS.statistics,
      handler: async (request) =>
        statisticItems(await ports.statistics(), findParameter(request, 'statistic')),
    },
  });
  registerResource(app, '/v1/servers/localhost/cache/flush', {
    PUT: {
      schema: SERVER_SCHEMAS.flush,
      access: 'anybody',
      handler: async (request) => {
        canonicalZoneName(findParameter(request, 'domain') ?? '');
        // Answers come from the image, which is never stale: there is nothing to flush.
        return { count: 0, result: 'Flushed cache.' };
      },
    },
  });
}

function registerDiscovery(app: FastifyInstance): void {
  registerResource(app, '/', {
    GET: {
      schema: SERVER_SCHEMAS.versions,
      access: 'anybody',
      handler: async () => [{ url: '/api/v1', version: 1 }],
    },
  });
  registerResource(app, '/v1', {
    GET: {
      schema: SERVER_SCHEMAS.features,
      handler: async () => [{ server_url: '/api/v1/servers{/server}', api_features: [] }],
    },
  });
}

/** All values are strings there, figures too. */
function statisticItems(statistics: Statistic[], wanted: string | undefined): unknown[] {
  const chosen = statistics.filter(({ name }) => wanted === undefined || name === wanted);
  if (wanted !== undefined && chosen.length === 0) throw invalidRequest('Unknown statistic name');
  return chosen.map(({ name, value }) => ({ type: 'StatisticItem', name, value: String(value) }));
}
