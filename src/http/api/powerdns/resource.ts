/**
 * One path of the API with all its methods: those that it has, 405 for those that it has not, and
 * OPTIONS (which browsers ask before they dare) with the list.
 */
import type { FastifyInstance, FastifySchema, RouteHandlerMethod } from 'fastify';
import type { RouteAccess } from '../access.ts';
import { methodWrong } from '../api-error.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export type Method = Exclude<(typeof METHODS)[number], 'HEAD'>;

export interface Operation {
  /** For the API document only: bodies are judged by hand, for PowerDNS's own messages. */
  schema: FastifySchema;
  handler: RouteHandlerMethod;
  /** Whom it serves; the admin key alone where absent. */
  access?: RouteAccess;
  /** The answer holds a secret, and is not kept for who asks again. */
  answersSecret?: boolean;
}

export function registerResource(
  app: FastifyInstance,
  url: string,
  operations: Partial<Record<Method, Operation>>,
): void {
  const own = Object.keys(operations) as Method[];
  for (const method of own) {
    const operation = operations[method];
    if (operation === undefined) continue;
    const { access = 'admin', answersSecret = false, ...route } = operation;
    app.route({ method, url, config: { access, answersSecret }, ...route });
  }
  const allowed = [...own, 'OPTIONS'];
  app.route({
    method: METHODS.filter((method) => !allowed.includes(method)),
    url,
    config: { access: 'anybody' },
    schema: { hide: true },
    handler: async (request) => {
      throw methodWrong(request.method, allowed);
    },
  });
  app.route({
    method: 'OPTIONS',
    url,
    schema: { hide: true },
    handler: async (_request, reply) =>
      reply
        .header('allow', allowed.join(', '))
        .header('access-control-allow-methods', allowed.join(', '))
        .header('access-control-allow-headers', 'Content-Type, X-API-Key')
        .header('access-control-max-age', '3600')
        .send(),
  });
}
