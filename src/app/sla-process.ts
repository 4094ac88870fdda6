/**
 * `holdfast sla`: composition root of the sidecar. Built in the order in which things depend on
 * each other, disposed of in reverse.
 */
import { Registry } from 'prom-client';
import type { Configuration } from '#app/config/configuration.ts';
import { requireSection } from '#app/config/require-section.ts';
import type { ProcessParts, RunningProcess } from '#app/running-process.ts';
import { registerHealthRoute } from '#http/health-route.ts';
import { formatListenAddress } from '#http/listen-failure.ts';
import { registerMetricsRoute } from '#http/metrics-route.ts';
import { openHttpServer } from '#http/server.ts';

export interface SlaOptions {
  configuration: Configuration;
}

/** @throws CodedError of whatever cannot be had; everything that was opened is closed again */
export async function startSla(
  { configuration }: SlaOptions,
  parts: ProcessParts,
): Promise<RunningProcess> {
  const sla = requireSection(configuration, 'sla');
  await using stack = new AsyncDisposableStack();
  const registry = new Registry();
  const { address, port } = sla.listen;
  const server = await openHttpServer({ ...parts, listen: { host: address, port } });
  stack.defer(() => server.close());
  registerMetricsRoute(server.app, registry);
  registerHealthRoute(server.app, { check: async () => [] });
  const bound = await server.listen();
  parts.log.info({ listen: formatListenAddress(bound), contracts: sla.contracts }, 'ready');
  const running = stack.move();
  return { close: () => running.disposeAsync() };
}
