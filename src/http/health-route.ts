/**
 * `GET /healthz`: 200 when every check passes, 503 with the reasons when one does not. The checks
 * are given from outside and ask real sockets; a check that does not answer in time has failed.
 */
import type { FastifyInstance } from 'fastify';
import { errorMessage } from '#base/coded-error.ts';

export interface HealthCheck {
  /** What is checked, for people: `dns 127.0.0.1:5300/udp`. */
  name: string;
  healthy: boolean;
  /** Why not. */
  reason?: string;
}

export interface HealthSource {
  check(): Promise<HealthCheck[]>;
}

/** Monitors give up after some seconds too; better to say no than to be cut. */
const CHECK_TIMEOUT_MS = 4_000;

export function registerHealthRoute(
  app: FastifyInstance,
  source: HealthSource,
  timeoutMs: number = CHECK_TIMEOUT_MS,
): void {
  app.route({
    method: 'GET',
    url: '/healthz',
    exposeHeadRoute: true,
    schema: {
      tags: ['Server'],
      security: [],
      summary: 'Health',
      description: 'What real queries to our own sockets say: 200 healthy, 503 with reasons.',
    },
    handler: async (_request, reply) => {
      const checks = await checkInTime(source, timeoutMs);
      const healthy = checks.every((check) => check.healthy);
      return reply
        .code(healthy ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ status: healthy ? 'healthy' : 'unhealthy', checks });
    },
  });
}

async function checkInTime(source: HealthSource, timeoutMs: number): Promise<HealthCheck[]> {
  const { promise: late, resolve } = Promise.withResolvers<HealthCheck[]>();
  const timer = setTimeout(
    () => resolve([{ name: 'health', healthy: false, reason: `no result in ${timeoutMs} ms` }]),
    timeoutMs,
  );
  try {
    return await Promise.race([source.check(), late]);
  } catch (error) {
    return [{ name: 'health', healthy: false, reason: errorMessage(error) }];
  } finally {
    clearTimeout(timer);
  }
}
