/**
 * The HTTP side of the directory: RDAP under `/rdap`, the WHOIS page, and what operators and the
 * sidecar read (metrics, health, events). RDAP answers without `/rdap` as well, for clients that
 * are given a host and a port and nothing else; links name the first.
 */
import type { FastifyInstance } from 'fastify';
import type { RequestRates } from '#base/request-rates.ts';
import { type HealthSource, registerHealthRoute } from '#http/health-route.ts';
import { HttpError } from '#http/http-error.ts';
import { type MetricsSource, registerMetricsRoute } from '#http/metrics-route.ts';
import { sendProblem } from '#http/problem.ts';
import { type HttpServer, type HttpServerOptions, openHttpServer } from '#http/server.ts';
import type { Directory } from './directory.ts';
import type { CountLookup } from './lookup-outcome.ts';
import { type RdapOptions, rdapApi, sendRdapError } from './rdap/rdap-routes.ts';
import type { ReplicaEvents } from './replica/replica-events.ts';
import { registerWebLookup } from './web/web-routes.ts';

export interface RddsHttpOptions {
  directory: Directory;
  events: ReplicaEvents;
  /** Look-ups of each client, page and RDAP together. */
  rates: RequestRates;
  count: CountLookup;
  /** URL under which the world reaches the server, without a final slash. */
  url: string;
  metrics: MetricsSource;
  health: HealthSource;
}

const EVENT_COUNT_DEFAULT = 100;
const EVENT_COUNT_MAX = 1_000;

/** A server that does not listen yet; plain or TLS, as `server` says. */
export async function openRddsHttp(
  server: Omit<HttpServerOptions, 'sendUnrouted'>,
  options: RddsHttpOptions,
): Promise<HttpServer> {
  const rdap: RdapOptions = { ...options, base: `${options.url}/rdap`, isRoot: false };
  const opened = await openHttpServer({
    ...server,
    sendUnrouted: (error, request, reply) => {
      const isRdap = /^\/+rdap(?:\/|$)/.test(request.url);
      if (isRdap) sendRdapError(error, request, reply, rdap);
      else sendProblem(error, request, reply);
    },
  });
  const { app } = opened;
  await app.register(rdapApi, { ...rdap, prefix: '/rdap' });
  await app.register(rdapApi, { ...rdap, isRoot: true });
  registerWebLookup(app, options);
  registerMetricsRoute(app, options.metrics);
  registerHealthRoute(app, options.health);
  registerEvents(app, options.events);
  return opened;
}

function registerEvents(app: FastifyInstance, events: ReplicaEvents): void {
  app.route({
    method: 'GET',
    url: '/api/holdfast/v1/events',
    exposeHeadRoute: true,
    handler: async (request, reply) => {
      const { after, limit = String(EVENT_COUNT_DEFAULT) } = request.query as Record<
        string,
        string
      >;
      const count = Number(limit);
      if (!Number.isInteger(count) || count < 1 || count > EVENT_COUNT_MAX) {
        const message = `limit is a number from 1 to ${EVENT_COUNT_MAX}`;
        throw new HttpError('RDDS_QUERY', 400, message);
      }
      const page = await events.read(after, count);
      if (page === undefined) {
        throw new HttpError('RDDS_CURSOR_UNKNOWN', 410, 'the events after this cursor are gone');
      }
      return reply.header('cache-control', 'no-store').send(page);
    },
  });
}
