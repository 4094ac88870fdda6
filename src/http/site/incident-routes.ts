/**
 * Incidents, emergency shares and messages for programs, the evidence of escalations, and the door
 * for what people enter. Reading is open as the page is; entering needs the operator's token, which
 * is not the one of the probes: a probe must not be able to take back what it saw.
 */
import type { FastifyInstance } from 'fastify';
import type { ApiKey } from '#http/api-key.ts';
import { demandBearer } from '#http/bearer-token.ts';
import { HttpError } from '#http/http-error.ts';
import type { IncidentPorts } from './incident-ports.ts';

export interface IncidentRoutesOptions {
  ports: IncidentPorts;
  /** Of the operator. */
  token: ApiKey;
}

export function registerIncidents(
  app: FastifyInstance,
  { ports, token }: IncidentRoutesOptions,
): void {
  app.route({
    method: 'GET',
    url: '/api/holdfast/v1/incidents',
    exposeHeadRoute: true,
    handler: async (_request, reply) =>
      reply.header('cache-control', 'no-store').send(ports.incidents()),
  });
  app.route({
    method: 'GET',
    url: '/api/holdfast/v1/evidence/:name',
    exposeHeadRoute: true,
    handler: async (request, reply) => {
      const { name = '' } = request.params as { name?: string };
      const text = await ports.evidence(name);
      if (text === undefined) {
        throw new HttpError('SLA_EVIDENCE_UNKNOWN', 404, `there is no evidence file ${name}`);
      }
      return reply.type('application/json; charset=utf-8').send(text);
    },
  });
  app.route({
    method: 'POST',
    url: '/api/holdfast/v1/entries',
    onRequest: async (request) => {
      demandBearer(request, token, 'give the one of sla.operatorTokenFile');
    },
    handler: async (request, reply) => reply.code(201).send(await ports.enter(request.body)),
  });
}
