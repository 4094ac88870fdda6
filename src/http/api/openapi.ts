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
    transform: (input) => {
      const { schema, url } = jsonSchemaTransform(input);
      const headers = headersOf([input.route.method].flat(), url);
      return { schema: { ...schema, ...(headers && { headers }) }, url };
    },
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

const TEXT = { type: 'string' } as const;
const IF_MATCH = { ...TEXT, description: 'ETag of the version that it is for, or `*`' };
const READ_HEADERS = {
  'if-none-match': { ...TEXT, description: 'ETag of the answer that is there already' },
  'if-match': IF_MATCH,
};
const WRITE_HEADERS = {
  'idempotency-key': { ...TEXT, description: 'Makes it safe to send again: it is done once' },
  prefer: { ...TEXT, description: '`wait=SECONDS`: answer when it is served everywhere' },
};

/** Routes that have an ETag, and those that are held to one. */
const TAGGED = /\/zones\/:\w+(?:\/rrsets)?$/;
const CONDITIONAL = /\/zones\/:\w+(?:\/(?:metadata(?:\/:kind)?|import|restore))?$/;

/** Headers that are read without a schema, so that none of them is judged twice. */
function headersOf(methods: readonly string[], url: string): object | undefined {
  if (!url.startsWith('/api/')) return undefined;
  if (methods.includes('GET')) {
    return TAGGED.test(url) ? { type: 'object', properties: READ_HEADERS } : undefined;
  }
  const condition = CONDITIONAL.test(url) ? { 'if-match': IF_MATCH } : {};
  return { type: 'object', properties: { ...WRITE_HEADERS, ...condition } };
}
