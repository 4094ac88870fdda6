/**
 * What the sidecar answers: the page for people, the score for programs, and the door through which
 * probes hand in what they measured. Reading is open to whoever reaches the listen address; handing
 * in needs the bearer token.
 */
import type { FastifyInstance } from 'fastify';
import type { ApiKey } from '#http/api-key.ts';
import { demandBearer } from '#http/bearer-token.ts';
import { HttpError } from '#http/http-error.ts';
import type { SitePorts } from './site-ports.ts';
import { statusPage } from './status-page.ts';
import { registerStylesheet } from './stylesheet-route.ts';

/** Of every page of the site: nothing runs, nothing is loaded from elsewhere. */
export const CONTENT_POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'";
const NDJSON = 'application/x-ndjson';

export interface SiteOptions {
  ports: SitePorts;
  token: ApiKey;
}

export function registerSite(app: FastifyInstance, { ports, token }: SiteOptions): void {
  app.route({
    method: 'GET',
    url: '/',
    exposeHeadRoute: true,
    handler: async (_request, reply) =>
      reply
        .header('content-security-policy', CONTENT_POLICY)
        .header('cache-control', 'no-store')
        .type('text/html; charset=utf-8')
        .send(statusPage(ports.status())),
  });
  registerStylesheet(app);
  app.route({
    method: 'GET',
    url: '/api/holdfast/v1/sla',
    exposeHeadRoute: true,
    handler: async (request, reply) => {
      const { contract, month } = request.query as Record<string, unknown>;
      const selection = { contract: textOf(contract), month: textOf(month) };
      const score = ports.score(selection);
      if (score === undefined) {
        const { contract: id = 'the first contract', month: name = 'this month' } = selection;
        const message =
          `no score of ${id} for ${name} here; ask for a configured contract and this month or ` +
          'the last one (YYYY-MM), or recompute from the ledger with holdfast sla score';
        throw new HttpError('SLA_CONTRACT_UNKNOWN', 404, message);
      }
      return reply.header('cache-control', 'no-store').send(score);
    },
  });
  app.addContentTypeParser(NDJSON, { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  app.route({
    method: 'POST',
    url: '/api/holdfast/v1/measurements',
    onRequest: async (request, reply) => {
      demandBearer(request, token, 'give the one of sla.tokenFile to the probe');
      // Also with a refusal: a probe whose clock is ahead learns of it no other way.
      reply.header('holdfast-time', ports.now());
    },
    handler: async (request) => {
      if (typeof request.body !== 'string') {
        throw new HttpError('HTTP_MEDIA_TYPE', 415, `send ${NDJSON}`);
      }
      return ports.handIn(request.body, request.ip);
    },
  });
}

/** A parameter that is given twice is a list: refused like any other nonsense, by not matching. */
function textOf(value: unknown): string | undefined {
  return value === undefined || typeof value === 'string' ? value : '';
}
