/** Query parameters as PowerDNS reads them: booleans are `true` or `false` and nothing else. */
import type { FastifyRequest } from 'fastify';
import { invalidRequest } from '../api-error.ts';

/** A parameter's value; of one that is repeated, the last. */
export function findParameter(request: FastifyRequest, name: string): string | undefined {
  const values = (request.query as Record<string, string | string[] | undefined>)[name];
  return [values].flat().at(-1);
}

export function booleanParameter(request: FastifyRequest, name: string, absent: boolean): boolean {
  const value = findParameter(request, name);
  if (value === undefined) return absent;
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw invalidRequest(`'${name}' request parameter value '${value}' is not supported`);
}
