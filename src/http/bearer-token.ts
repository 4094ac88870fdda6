/** Bearer tokens (RFC 6750) of the sidecar's doors. */
import type { FastifyRequest } from 'fastify';
import type { ApiKey } from './api-key.ts';
import { HttpError } from './http-error.ts';

/** Raises SLA_TOKEN_WRONG (401) unless the request carries the token; `remedy` is told. */
export function demandBearer(request: FastifyRequest, token: ApiKey, remedy: string): void {
  const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (given !== undefined && token.matches(given)) return;
  request.log.info({ source: request.ip, given: given !== undefined }, 'token refused');
  throw new HttpError('SLA_TOKEN_WRONG', 401, `the token is missing or wrong; ${remedy}`, {
    headers: { 'www-authenticate': 'Bearer realm="holdfast sidecar"' },
  });
}
