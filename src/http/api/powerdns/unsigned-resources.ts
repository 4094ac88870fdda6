/**
 * Resources that clients look at and that hold little or nothing yet: without signing there are no
 * keys, and what can be set as metadata is set in the zone's own document. Reading tells the truth;
 * writing is refused in clear words, never taken and forgotten.
 */
import type { FastifyInstance, RouteHandlerMethod } from 'fastify';
import { ApiError, invalidRequest, notAvailable, zoneMissing } from '../api-error.ts';
import type { AdminPorts, ZonePort, ZoneSettings } from '../ports.ts';
import { registerResource } from './resource.ts';
import { MISCELLANY_SCHEMAS } from './schemas.ts';
import { zoneOf } from './zone-resources.ts';

export function registerUnsignedResources(app: FastifyInstance, { zones }: AdminPorts): void {
  registerMetadata(app, zones);
  const keys = '/v1/servers/localhost/zones/:id/cryptokeys';
  registerResource(app, keys, {
    GET: {
      schema: MISCELLANY_SCHEMAS.keys,
      access: 'zone-read',
      handler: async (request) => {
        await getSettings(zones, zoneOf(request));
        return [];
      },
    },
    POST: {
      schema: MISCELLANY_SCHEMAS.refused,
      handler: async (request) => {
        await getSettings(zones, zoneOf(request));
        throw invalidRequest(notAvailable('DNSSEC signing').message);
      },
    },
  });
  const key: RouteHandlerMethod = async (request) => {
    await getSettings(zones, zoneOf(request));
    throw new ApiError('API_CRYPTOKEY_MISSING', 404, 'Not Found');
  };
  registerResource(app, `${keys}/:key`, {
    GET: { schema: MISCELLANY_SCHEMAS.refused, handler: key },
    PUT: { schema: MISCELLANY_SCHEMAS.refused, handler: key },
    DELETE: { schema: MISCELLANY_SCHEMAS.refused, handler: key },
  });
  for (const [path, what] of [
    ['tsigkeys', 'Managing TSIG keys'],
    ['autoprimaries', 'Managing autoprimaries'],
  ] as const) {
    registerResource(app, `/v1/servers/localhost/${path}`, {
      GET: { schema: MISCELLANY_SCHEMAS.list, handler: async () => [] },
      POST: { schema: MISCELLANY_SCHEMAS.refused, handler: refuse(what) },
    });
  }
  registerResource(app, '/v1/servers/localhost/search-data', {
    GET: { schema: MISCELLANY_SCHEMAS.refused, handler: refuse('Searching') },
  });
}

function registerMetadata(app: FastifyInstance, zones: ZonePort): void {
  const change = refuse('Changing metadata');
  registerResource(app, '/v1/servers/localhost/zones/:id/metadata', {
    GET: {
      schema: MISCELLANY_SCHEMAS.metadataList,
      access: 'zone-read',
      handler: async (request) =>
        metadataOf(await getSettings(zones, zoneOf(request))).map(([kind, metadata]) => ({
          type: 'Metadata',
          kind,
          metadata,
        })),
    },
    POST: { schema: MISCELLANY_SCHEMAS.refused, handler: change },
  });
  registerResource(app, '/v1/servers/localhost/zones/:id/metadata/:kind', {
    GET: {
      schema: MISCELLANY_SCHEMAS.metadata,
      access: 'zone-read',
      handler: async (request) => {
        const held = metadataOf(await getSettings(zones, zoneOf(request)));
        const kind = (request.params as { kind: string }).kind.toUpperCase();
        const metadata = held.find(([name]) => name === kind)?.[1] ?? [];
        return { type: 'Metadata', kind, metadata };
      },
    },
    PUT: { schema: MISCELLANY_SCHEMAS.refused, handler: change },
    DELETE: { schema: MISCELLANY_SCHEMAS.refused, handler: change },
  });
}

/** The settings that PowerDNS keeps as metadata, as far as they are set. */
function metadataOf(settings: ZoneSettings): [kind: string, values: string[]][] {
  const held: [string, string[]][] = [
    ['SOA-EDIT', settings.soaEdit === '' ? [] : [settings.soaEdit]],
    ['SOA-EDIT-API', settings.soaEditApi === '' ? [] : [settings.soaEditApi]],
    ['API-RECTIFY', settings.apiRectify ? ['1'] : []],
  ];
  return held.filter(([, values]) => values.length > 0);
}

async function getSettings(zones: ZonePort, name: string): Promise<ZoneSettings> {
  const zone = await zones.find(name);
  if (zone === undefined) throw zoneMissing(name);
  return zone.settings;
}

function refuse(what: string): RouteHandlerMethod {
  return async () => {
    throw notAvailable(what);
  };
}
