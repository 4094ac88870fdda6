/**
 * `holdfast probe`: composition root of one vantage point. Built in the order in which things
 * depend on each other, disposed of in reverse.
 */
import { Registry } from 'prom-client';
import type { Configuration } from '#app/config/configuration.ts';
import { requireSection } from '#app/config/require-section.ts';
import type { ProcessParts, RunningProcess } from '#app/running-process.ts';
import { registerHealthRoute } from '#http/health-route.ts';
import { formatListenAddress } from '#http/listen-failure.ts';
import { registerMetricsRoute } from '#http/metrics-route.ts';
import { openHttpServer } from '#http/server.ts';

export interface ProbeOptions {
  configuration: Configuration;
}

/** @throws CodedError of whatever cannot be had; everything that was opened is closed again */
export async function startProbe(
  { configuration }: ProbeOptions,
  parts: ProcessParts,
): Promise<RunningProcess> {
  const probe = requireSection(configuration, 'probe');
  await using stack = new AsyncDisposableStack();
  const registry = new Registry();
  const { address, port } = probe.listen;
  const server = await openHttpServer({ ...parts, listen: { host: address, port } });
  stack.defer(() => server.close());
  registerMetricsRoute(server.app, registry);
  registerHealthRoute(server.app, { check: async () => [] });
  const bound = await server.listen();
  parts.log.info({ listen: formatListenAddress(bound), probes: probe.names }, 'ready');
  const running = stack.move();
  return { close: () => running.disposeAsync() };
}
