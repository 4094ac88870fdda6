/**
 * The admin server: both APIs, their document, metrics and health on one listen address. Put
 * together here from its ports; who implements them is the composition root's business.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { type RateLimit, RequestRates } from '#base/request-rates.ts';
import { type HealthSource, registerHealthRoute } from '#http/health-route.ts';
import type { ListenAddress } from '#http/listen-failure.ts';
import { type MetricsSource, registerMetricsRoute } from '#http/metrics-route.ts';
import { sendProblem } from '#http/problem.ts';
import { type HttpLimits, openHttpServer } from '#http/server.ts';
import { type Authenticator, type Gate, prepareAccess } from './access.ts';
import type { AdminPorts } from './admin-ports.ts';
import { holdfastApi } from './holdfast/holdfast-api.ts';
import { describeApi } from './openapi.ts';
import { sendLikePowerDns } from './powerdns/leniency.ts';
import { powerDnsApi } from './powerdns/powerdns-api.ts';

/** Wrong keys from one address. */
const FAILURES: Readonly<RateLimit> = { perSecond: 1, burst: 300 };
const NO_LIMIT: Readonly<RateLimit> = { perSecond: 0, burst: 1 };

export interface AdminServerOptions {
  /** Port 0 for a free one. */
  listen: ListenAddress;
  ports: AdminPorts;
  authenticator: Authenticator;
  /** Requests of each principal; none where absent. */
  rateLimit?: RateLimit;
  metrics: MetricsSource;
  health: HealthSource;
  log: Log;
  clock: Clock;
  random: Random;
  /** Version of this program, `1.2.3`. */
  version: string;
  /** Addresses of proxies whose X-Forwarded-For is believed; nobody's by default. */
  trustedProxies?: readonly string[];
  limits?: Partial<HttpLimits>;
}

export interface AdminServer {
  /** Where it listens. */
  address: ListenAddress;
  /** Stops listening, lets running requests end for a while, cuts the rest. */
  close(): Promise<void>;
}

/** Resolves when the server listens. Raises HTTP_ADDRESS_IN_USE and the other listen errors. */
export async function startAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const server = await openHttpServer({ ...options, sendUnrouted });
  const { app } = server;
  const { ports, clock, version } = options;
  const gate: Gate = {
    authenticator: options.authenticator,
    requests: new RequestRates(options.rateLimit ?? NO_LIMIT, clock),
    failures: new RequestRates(FAILURES, clock),
  };
  prepareAccess(app);
  await describeApi(app, version);
  registerMetricsRoute(app, options.metrics);
  registerHealthRoute(app, options.health);
  await app.register(powerDnsApi, { prefix: '/api', ports, gate, clock, version });
  await app.register(holdfastApi, { prefix: '/api/holdfast/v1', ports, gate, clock });
  return { address: await server.listen(), close: () => server.close() };
}

/** In the words of the API that the path belongs to. */
function sendUnrouted(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const isPowerDns = /^\/+api\/+v1(?:\/|$)/.test(request.url);
  (isPowerDns ? sendLikePowerDns : sendProblem)(error, request, reply);
}
