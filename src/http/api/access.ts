/**
 * Who may call. A key in `X-API-Key` names a principal; today there is one key with full power.
 * Tokens with a narrower scope become further authenticators, and scopes become members of
 * Principal that the routes ask.
 */
import type { FastifyInstance } from 'fastify';
import type { ApiKey } from '#http/api-key.ts';
import { keyWrong } from './api-error.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set on every route behind `demandKey`. */
    principal: Principal | undefined;
  }
}

/** Somebody who was recognised. */
export interface Principal {
  /** The name that the journal keeps. */
  actor: string;
}

export interface Authenticator {
  /** The principal that the secret belongs to, or `undefined`. */
  authenticate(secret: string): Principal | undefined;
}

/** Everything is allowed to whoever has the admin key. */
export function adminKeyAuthenticator(key: ApiKey): Authenticator {
  return {
    authenticate: (secret) => (key.matches(secret) ? { actor: 'admin-key' } : undefined),
  };
}

/**
 * Puts every route of `app`, its not-found answer included, behind the key. OPTIONS stays open:
 * browsers ask it without credentials, and it tells no more than the documentation.
 */
export function demandKey(app: FastifyInstance, authenticator: Authenticator, realm: string): void {
  app.addHook('onRequest', async (request) => {
    if (request.method === 'OPTIONS') return;
    const secret = request.headers['x-api-key'];
    const principal =
      typeof secret === 'string' && secret !== '' ? authenticator.authenticate(secret) : undefined;
    if (principal === undefined) {
      request.log.info({ source: request.ip, given: secret !== undefined }, 'api key refused');
      throw keyWrong(realm);
    }
    request.principal = principal;
  });
}
