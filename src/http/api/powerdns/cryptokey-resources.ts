/**
 * The keys of signed zones. There is no signing yet, so every list is empty, and making a key is
 * refused in clear words rather than taken and forgotten.
 */
import type { FastifyInstance, RouteHandlerMethod } from 'fastify';
import type { AdminPorts } from '../admin-ports.ts';
import { ApiError, invalidRequest, notAvailable, zoneMissing } from '../api-error.ts';
import { registerResource } from './resource.ts';
import { CRYPTOKEY_SCHEMAS } from './schemas.ts';
import { zoneOf } from './zone-resources.ts';

const PATH = '/v1/servers/localhost/zones/:id/cryptokeys';

export function registerCryptokeyResources(app: FastifyInstance, { zones }: AdminPorts): void {
  const demandZone = async (name: string): Promise<void> => {
    if ((await zones.find(name)) === undefined) throw zoneMissing(name);
  };
  registerResource(app, PATH, {
    GET: {
      schema: CRYPTOKEY_SCHEMAS.list,
      access: 'zone-read',
      handler: async (request) => {
        await demandZone(zoneOf(request));
        return [];
      },
    },
    POST: {
      schema: CRYPTOKEY_SCHEMAS.refused,
      handler: async (request) => {
        await demandZone(zoneOf(request));
        throw invalidRequest(notAvailable('DNSSEC signing').message);
      },
    },
  });
  const missing: RouteHandlerMethod = async (request) => {
    await demandZone(zoneOf(request));
    throw new ApiError('API_CRYPTOKEY_MISSING', 404, 'Not Found');
  };
  registerResource(app, `${PATH}/:key`, {
    GET: { schema: CRYPTOKEY_SCHEMAS.refused, handler: missing },
    PUT: { schema: CRYPTOKEY_SCHEMAS.refused, handler: missing },
    DELETE: { schema: CRYPTOKEY_SCHEMAS.refused, handler: missing },
  });
}
