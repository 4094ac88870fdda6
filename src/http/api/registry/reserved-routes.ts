/** Names that are reserved in a TLD: list them, reserve one with its reason, open one again. */
import { z } from 'zod';
import { PROBLEM } from '../holdfast/schemas.ts';
import type { StrictApp } from '../holdfast/strict-app.ts';
import type { RegistryPort } from '../registry-ports.ts';
import { READ_REFUSALS, registryContext, WRITE_REFUSALS } from './registry-exchange.ts';
import {
  labelParams,
  reservedChangeSchema,
  reservedSchema,
  tldParams,
} from './registry-schemas.ts';

const TAGS = ['Register'];

export function registerReservedRoutes(app: StrictApp, port: RegistryPort): void {
  app.route({
    method: 'GET',
    url: '/registry/tlds/:tld/reserved',
    config: { access: 'register-read' },
    schema: {
      tags: TAGS,
      summary: 'List the reserved names of a TLD',
      params: tldParams,
      response: {
        200: z.object({ reserved: z.array(reservedSchema) }),
        ...READ_REFUSALS,
        404: PROBLEM,
      },
    },
    handler: async ({ params }) => ({ reserved: port.reservedNames(params.tld) }),
  });
  app.route({
    method: 'PUT',
    url: '/registry/tlds/:tld/reserved/:label',
    config: { access: 'register-write' },
    schema: {
      tags: TAGS,
      summary: 'Reserve a name',
      description: 'A name that is registered stays with its holder.',
      params: labelParams,
      body: reservedChangeSchema,
      response: { 200: reservedSchema, 201: reservedSchema, ...WRITE_REFUSALS },
    },
    handler: async (request, reply) => {
      const given = { ...request.params, ...request.body };
      const { name, isNew } = await port.putReservedName(given, registryContext(request));
      return reply.code(isNew ? 201 : 200).send(name);
    },
  });
  app.route({
    method: 'DELETE',
    url: '/registry/tlds/:tld/reserved/:label',
    config: { access: 'register-write' },
    schema: {
      tags: TAGS,
      summary: 'Open a reserved name',
      params: labelParams,
      response: { 204: z.null(), ...WRITE_REFUSALS },
    },
    handler: async (request, reply) => {
      const { tld, label } = request.params;
      await port.deleteReservedName(tld, label, registryContext(request));
      return reply.code(204).send(null);
    },
  });
}
