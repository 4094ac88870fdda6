/**
 * What goes into the audit log from this API: every write that was done, every write of which it is
 * not known (status 5xx), and whatever was asked for and not allowed, reads included. Left out is
 * what changed nothing and was anybody's to ask: reads, writes refused for what they said, those
 * that were only told their first answer again. Who is not recognised at all is in the log only, or
 * a stranger could push the entries of others out.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '#base/clock.ts';
import type { AuditPort, AuditRecord } from './access-ports.ts';

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** To be called beside `demandKey`, whose principal is the actor. */
export function keepAuditTrail(app: FastifyInstance, audit: AuditPort, clock: Clock): void {
  // When the answer is made, and not when it is sent: who hangs up before must not go unwritten.
  app.addHook('onSend', async (request, reply) => {
    if (reply.hasHeader('idempotency-replayed')) return;
    const outcome = outcomeOf(request, reply.statusCode);
    if (outcome === undefined || request.principal === undefined) return;
    const receipt = reply.getHeader('holdfast-receipt');
    audit.append({
      atMs: clock.nowMs(),
      actor: request.principal.actor,
      address: request.ip,
      action: actionOf(request),
      ...(request.zoneTouched !== undefined && { zone: request.zoneTouched }),
      outcome,
      status: String(reply.statusCode),
      ...(request.accessRefusal !== undefined && { detail: request.accessRefusal }),
      ...(typeof receipt === 'string' && { receipt }),
      requestId: request.id,
    });
  });
}

/** The path as the route writes it: what it was about is the zone, not a text of any length. */
function actionOf(request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions.url ?? '(no such path)'}`;
}

function outcomeOf(request: FastifyRequest, status: number): AuditRecord['outcome'] | undefined {
  if (request.accessRefusal !== undefined) return 'refused';
  if (READS.has(request.method)) return undefined;
  if (status >= 500) return 'failed';
  return status < 400 ? 'done' : undefined;
}
