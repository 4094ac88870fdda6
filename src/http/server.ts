/**
 * The HTTP server under every page and API: Fastify with strict defaults, security headers, request
 * ids of our own, and a limit for everything that a client can make us hold or wait for. A part
 * that must be more lenient (a compatible API) loosens its own routes, never the server.
 *
 * Life: open -> register routes on `app` -> listen -> close. Closing stops listening at once,
 * lets running requests end for a while, then cuts what is left.
 */
import type { Server } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import helmet from '@fastify/helmet';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { formatHex } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { drainRest } from './drain-rest.ts';
import { type ListenAddress, listenFailure } from './listen-failure.ts';
import { sendNotFound, sendProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** When the request's head was complete, Unix milliseconds. */
    receivedAtMs: number;
    bodyTimer: NodeJS.Timeout | undefined;
  }
  interface FastifyContextConfig {
    /** The route reads its body as a stream, at any length and for any time. */
    streamsBody?: boolean;
  }
}

/** Every limit of a server, in one place. */
export interface HttpLimits {
  /** Connections at a time; more are closed as they come. */
  connectionsMax: number;
  /** Time for a request's head to arrive. */
  headTimeoutMs: number;
  /** Time for a whole body to arrive, on routes that do not stream it. */
  bodyTimeoutMs: number;
  /** A connection on which nothing moves for so long is cut. */
  idleTimeoutMs: number;
  /** An idle connection is kept for another request. */
  keepAliveTimeoutMs: number;
  /** Size of a body, on routes that neither stream it nor say otherwise. */
  bodySizeMax: number;
  /** Time for running requests to end when the server closes. */
  closeGraceMs: number;
}

export const HTTP_LIMITS: Readonly<HttpLimits> = {
  connectionsMax: 512,
  headTimeoutMs: 15_000,
  bodyTimeoutMs: 60_000,
  idleTimeoutMs: 90_000,
  keepAliveTimeoutMs: 10_000,
  bodySizeMax: 1024 * 1024,
  closeGraceMs: 2_000,
};

/** A path segment may hold a domain name with every octet escaped: `%3D5C%3D30…`. */
const PARAMETER_LENGTH_MAX = 4096;

export interface HttpServerOptions {
  listen: ListenAddress;
  log: Log;
  clock: Clock;
  random: Random;
  /** Addresses of proxies whose X-Forwarded-For is believed; nobody's by default. */
  trustedProxies?: readonly string[];
  limits?: Partial<HttpLimits>;
  /** PEM; serves HTTPS with it. Absent: plain HTTP. */
  tls?: HttpCertificate;
  /** Answers what is wrong with a request before it has a route: a broken `%` in its path. */
  sendUnrouted?: (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;
}

export interface HttpCertificate {
  /** The server's certificate, then those of the authorities between it and its root. */
  certificate: string;
  key: string;
}

export interface HttpServer {
  /** Register routes here, before `listen`. */
  app: FastifyInstance;
  /** The address that was bound. Raises HTTP_ADDRESS_IN_USE, HTTP_ADDRESS_MISSING, … */
  listen(): Promise<ListenAddress>;
  /** For the connections that begin from now on; of a server with TLS. */
  replaceCertificate(certificate: HttpCertificate): void;
  close(): Promise<void>;
}

/** A server that does not listen yet. */
export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const limits = { ...HTTP_LIMITS, ...options.limits };
  const logger: FastifyBaseLogger = options.log;
  const times = { headersTimeout: limits.headTimeoutMs, requestTimeout: 0 };
  const { tls } = options;
  // Nothing that is registered on the server knows whether TLS is under it.
  const transport: Pick<FastifyHttpOptions<Server>, 'http'> = tls === undefined
    ? { http: times }
    : withTls(times, tls);
  const app = Fastify({
    ...transport,
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    genReqId: requestIds(options.random),
    trustProxy: options.trustedProxies === undefined ? false : [...options.trustedProxies],
    bodyLimit: limits.bodySizeMax,
    connectionTimeout: limits.idleTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // A whole request may take as long as it moves (imports); heads and bodies are timed below.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    frameworkErrors: options.sendUnrouted ?? sendProblem,
    exposeHeadRoutes: false,
    routerOptions: {
      maxParamLength: PARAMETER_LENGTH_MAX,
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
    },
  });
  app.server.maxConnections = limits.connectionsMax;
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"] } },
    frameguard: { action: 'deny' },
    // Said by whoever terminates TLS, who knows whether there is any.
    strictTransportSecurity: false,
  });
  watchRequests(app, options.clock, limits);
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler(sendNotFound);
  return {
    app,
    listen: () => listen(app, options.listen),
    replaceCertificate: (certificate) => {
      if (app.server instanceof HttpsServer) app.server.setSecureContext(tlsOptions(certificate));
    },
    close: () => close(app, limits.closeGraceMs),
  };
}

/** Fastify serves HTTPS for it; its types would make another kind of server of that. */
function withTls(times: object, certificate: HttpCertificate): { http?: object } {
  const https = { ...times, ...tlsOptions(certificate) };
  return { https } as { http?: object };
}

function tlsOptions({ certificate, key }: HttpCertificate) {
  return { cert: certificate, key, minVersion: 'TLSv1.2' as const };
}

/** Unique for ever: a random start for this process, and a count. */
function requestIds(random: Random): () => string {
  const prefix = formatHex(random.bytes(8));
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count}`;
  };
}

/** Stamps, times and logs every request. */
function watchRequests(app: FastifyInstance, clock: Clock, limits: HttpLimits): void {
  app.decorateRequest('receivedAtMs', 0);
  app.decorateRequest('bodyTimer', undefined);
  app.addHook('onRequest', async (request, reply) => {
    request.receivedAtMs = clock.nowMs();
    void reply.header('x-request-id', request.id);
    if (request.routeOptions.config.streamsBody === true) return;
    request.bodyTimer = setTimeout(() => {
      request.log.info({ source: request.ip }, 'request body took too long');
      request.raw.socket.destroy();
    }, limits.bodyTimeoutMs).unref();
  });
  app.addHook('onSend', async (request, reply) => {
    if (reply.statusCode !== 413) return;
    // Fastify would close the connection under a client that is still sending.
    void reply.removeHeader('connection');
    drainRest(request);
  });
  app.addHook('preValidation', async (request) => stopBodyTimer(request));
  app.addHook('onRequestAbort', async (request) => stopBodyTimer(request));
  app.addHook('onResponse', async (request, reply) => {
    stopBodyTimer(request);
    const line = {
      method: request.method,
      path: request.url.split('?', 1)[0],
      status: reply.statusCode,
      source: request.ip,
      durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
    };
    if (request.method === 'GET') request.log.debug(line, 'request');
    else request.log.info(line, 'request');
  });
}

function stopBodyTimer(request: FastifyRequest): void {
  clearTimeout(request.bodyTimer);
  request.bodyTimer = undefined;
}

async function listen(app: FastifyInstance, address: ListenAddress): Promise<ListenAddress> {
  try {
    await app.listen({
      host: address.host,
      port: address.port,
      listenTextResolver: (url) => `listening on ${url}`,
    });
  } catch (error) {
    throw listenFailure(address, error);
  }
  const bound = app.server.address();
  if (bound === null || typeof bound === 'string') return address;
  return { host: bound.address, port: bound.port };
}

async function close(app: FastifyInstance, graceMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}
