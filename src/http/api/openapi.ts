/**
 * The API document (OpenAPI 3.1) at `/api/docs`, generated from the schemas of the routes: JSON, or
 * YAML where Accept prefers it. It holds nothing secret and needs no key.
 */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { stringify } from 'yaml';
import { acceptQuality } from '#http/accept.ts';

const YAML = 'application/yaml';

/** To be called before any route is registered. `version` is this program's. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Holdfast admin API',
        version,
        description:
          'Zones through the PowerDNS HTTP API v1, and what that API has no words for under ' +
          '/api/holdfast/v1. Every write answers with a Holdfast-Receipt header; with ' +
          'Prefer: wait=SECONDS it answers when the change is served everywhere.',
      },
      components: {
        securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
      },
      security: [{ key: [] }],
    },
    transform: jsonSchemaTransform,
  });
  app.route({
    method: 'GET',
    url: '/api/docs',
    schema: { hide: true },
    handler: async (request, reply) => {
      const { accept } = request.headers;
      const yaml = acceptQuality(accept, YAML) ?? 0;
      if (yaml <= (acceptQuality(accept, 'application/json') ?? 0)) return app.swagger();
      return reply.header('content-type', YAML).send(stringify(app.swagger()));
    },
  });
}
