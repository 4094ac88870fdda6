/** What every request to the register's resources has in common. */
import type { FastifyRequest } from 'fastify';
import { assert } from '#base/assert.ts';
import { PROBLEM } from '../holdfast/schemas.ts';
import type { RegistryContext } from '../registry-ports.ts';

export const READ_REFUSALS = { 401: PROBLEM, 403: PROBLEM };
export const WRITE_REFUSALS = {
  ...READ_REFUSALS,
  400: PROBLEM,
  404: PROBLEM,
  409: PROBLEM,
  415: PROBLEM,
  422: PROBLEM,
  503: PROBLEM,
};

export function registryContext(request: FastifyRequest, reason?: string): RegistryContext {
  assert(request.principal !== undefined, 'a write comes from a principal');
  return {
    actor: request.principal.actor,
    address: request.ip,
    requestId: request.id,
    receivedAtMs: request.receivedAtMs,
    ...(reason !== undefined && { reason }),
  };
}
