/**
 * `GET /metrics`: what Prometheus scrapes, in its own text format or in OpenMetrics as the Accept
 * field asks. Open to whoever reaches the listen address: it holds figures, no zone contents.
 */
import type { FastifyInstance } from 'fastify';
import { acceptQuality } from './accept.ts';
import { OPEN_METRICS_TEXT, openMetricsText, PROMETHEUS_TEXT } from './open-metrics.ts';

/** Anything that writes Prometheus text 0.0.4: a prom-client registry does. */
export interface MetricsSource {
  metrics(): Promise<string>;
}

export function registerMetricsRoute(app: FastifyInstance, source: MetricsSource): void {
  app.route({
    method: 'GET',
    url: '/metrics',
    exposeHeadRoute: true,
    schema: {
      tags: ['Server'],
      security: [],
      summary: 'Metrics',
      description: 'Prometheus text format 0.0.4, or OpenMetrics 1.0 where Accept prefers it.',
    },
    handler: async (request, reply) => {
      const text = await source.metrics();
      const accept = request.headers.accept;
      const openMetrics = acceptQuality(accept, 'application/openmetrics-text') ?? 0;
      const plain = acceptQuality(accept, 'text/plain') ?? 0;
      // On a wildcard alone both are equal, and people read the plain one.
      if (openMetrics > plain) {
        return reply.header('content-type', OPEN_METRICS_TEXT).send(openMetricsText(text));
      }
      return reply.header('content-type', PROMETHEUS_TEXT).send(text);
    },
  });
}
