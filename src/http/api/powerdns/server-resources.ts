/** Discovery and the server itself: `/api`, `/api/v1`, `/servers`, configuration and statistics. */
import type { FastifyInstance } from 'fastify';
import type { AdminPorts } from '../admin-ports.ts';
import { invalidRequest } from '../api-error.ts';
import type { Statistic } from '../ports.ts';
import { canonicalZoneName } from '../zone-name.ts';
import { BODY_SIZE_MAX } from './body-limits.ts';
import { findParameter } from './query.ts';
import { registerResource } from './resource.ts';
import { SERVER_SCHEMAS } from './schemas.ts';
import { SERVER_PATH } from './zone-document.ts';

/**
 * The version of PowerDNS that clients may take us for: octoDNS and Terraform read the first three
 * numbers to decide what to ask. What came later (EXTEND, PRUNE, PUT with RRsets) is not promised.
 */
const COMPATIBLE_VERSION = '4.7.3';

/** Settings that clients look for before they use a feature, and what their values are here. */
const CONFIGURATION: Readonly<Record<string, string>> = {
  api: 'yes',
  'api-key': '***',
  'default-api-rectify': 'yes',
  'default-soa-content': 'a.misconfigured.dns.server.invalid hostmaster.@ 0 10800 3600 604800 3600',
  'default-soa-edit': '',
  'default-soa-edit-api': 'DEFAULT',
  'default-ttl': '3600',
  'enable-lua-records': 'no',
  launch: 'holdfast',
  webserver: 'yes',
  'webserver-max-bodysize': String(BODY_SIZE_MAX / (1024 * 1024)),
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
        statisticItems(await ports.statistics(), findParameter(request, 'statistic') || undefined),
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

/** All values are strings there, figures too. By its name only a single figure is found. */
function statisticItems(statistics: Statistic[], wanted: string | undefined): unknown[] {
  if (wanted === undefined) return statistics.map(statisticItem);
  const chosen = statistics.find(({ name, value }) => name === wanted && !Array.isArray(value));
  if (chosen === undefined) throw invalidRequest('Unknown statistic name');
  return [statisticItem(chosen)];
}

function statisticItem({ name, value }: Statistic): unknown {
  if (typeof value !== 'object') return { type: 'StatisticItem', name, value: String(value) };
  const values = value.map((item) => ({ name: item.name, value: String(item.value) }));
  return { type: 'MapStatisticItem', name, value: values };
}
