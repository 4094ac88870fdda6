/**
 * Holdfast's own resources under `/api/holdfast/v1`: strict requests, problem+json errors, all of
 * it described in the API document by the schemas that check it.
 */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Clock } from '#base/clock.ts';
import { sendNotFound } from '#http/problem.ts';
import { demandKey, type Gate } from '../access.ts';
import type { AdminPorts } from '../admin-ports.ts';
import { keepAuditTrail } from '../audit-trail.ts';
import { keepIdempotency } from '../idempotency.ts';
import { registerBrakeRoutes } from '../registry/brake-routes.ts';
import { registerObjectRoutes } from '../registry/object-routes.ts';
import { registerRegistrarRoutes } from '../registry/registrar-routes.ts';
import { registerReservedRoutes } from '../registry/reserved-routes.ts';
import { registerTldRoutes } from '../registry/tld-routes.ts';
import { registerRegistryStream } from '../registry-stream.ts';
import { registerAuditRoute } from './audit-route.ts';
import { registerBackupRoutes } from './backup-routes.ts';
import { registerChangeRoute } from './change-route.ts';
import { registerHistoryRoutes } from './history-routes.ts';
import { registerImportRoute } from './import-route.ts';
import { registerJournalRoute } from './journal-route.ts';
import { registerReceiptRoutes } from './receipt-routes.ts';
import { registerRepairRoute } from './repair-route.ts';
import type { StrictApp } from './strict-app.ts';
import { registerTokenRoutes } from './token-routes.ts';
import { registerZoneRoutes } from './zone-routes.ts';

export interface HoldfastApiOptions {
  ports: AdminPorts;
  gate: Gate;
  clock: Clock;
}

/** To be registered with the prefix `/api/holdfast/v1`. */
export async function holdfastApi(
  app: FastifyInstance,
  { ports, gate, clock }: HoldfastApiOptions,
): Promise<void> {
  const strict: StrictApp = app.withTypeProvider<ZodTypeProvider>();
  demandKey(app, gate, 'Holdfast');
  keepAuditTrail(app, ports.audit, clock);
  keepIdempotency(app, ports.idempotency);
  app.setNotFoundHandler(sendNotFound);
  // By itself, because its bodies are streams, and JSON sent as text/plain must not become one.
  await strict.register(async (own) => registerImportRoute(own, ports));
  registerChangeRoute(strict, ports);
  registerZoneRoutes(strict, ports.browse);
  registerHistoryRoutes(strict, ports);
  registerJournalRoute(strict, ports.journal);
  registerReceiptRoutes(strict, ports);
  registerBackupRoutes(strict, ports);
  registerRepairRoute(strict, ports.repairs);
  registerTokenRoutes(strict, ports.tokens);
  registerAuditRoute(strict, ports.audit);
  const { registry, registryStream, brakes } = ports;
  if (registry !== undefined) {
    registerRegistrarRoutes(strict, registry);
    registerTldRoutes(strict, registry);
    registerReservedRoutes(strict, registry);
    registerObjectRoutes(strict, registry);
  }
  if (brakes !== undefined) registerBrakeRoutes(strict, brakes);
  if (registryStream !== undefined) {
    await strict.register(async (own) => registerRegistryStream(own, registryStream));
  }
}
