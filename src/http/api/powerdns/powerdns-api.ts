/**
 * The PowerDNS HTTP API v1, as far as its clients use it: one plugin with its own leniency, its
 * own errors and its own not-found answer, under `/api`. Facts about the original and its clients
 * stand beside the code that keeps them; `docs/reference/admin-api.md` lists what is different.
 */
import type { FastifyInstance } from 'fastify';
import type { Clock } from '#base/clock.ts';
import { demandKey, type Gate } from '../access.ts';
import type { AdminPorts } from '../admin-ports.ts';
import { keepAuditTrail } from '../audit-trail.ts';
import { keepIdempotency } from '../idempotency.ts';
import { registerCryptokeyResources } from './cryptokey-resources.ts';
import { answerLikePowerDns } from './leniency.ts';
import { registerMetadataResources } from './metadata-resources.ts';
import { registerSearchResource } from './search-resource.ts';
import { registerServerResources } from './server-resources.ts';
import { registerTransferResources } from './transfer-resources.ts';
import { registerZoneActions } from './zone-actions.ts';
import { registerZoneResources } from './zone-resources.ts';

export interface PowerDnsApiOptions {
  ports: AdminPorts;
  gate: Gate;
  clock: Clock;
  /** Version of this program. */
  version: string;
}

/** To be registered with the prefix `/api`. */
export async function powerDnsApi(
  app: FastifyInstance,
  options: PowerDnsApiOptions,
): Promise<void> {
  answerLikePowerDns(app);
  demandKey(app, options.gate, 'PowerDNS');
  keepAuditTrail(app, options.ports.audit, options.clock);
  keepIdempotency(app, options.ports.idempotency);
  registerServerResources(app, options.ports, options.version);
  registerZoneResources(app, options.ports, options.clock);
  registerZoneActions(app, options.ports);
  registerMetadataResources(app, options.ports);
  registerCryptokeyResources(app, options.ports);
  registerTransferResources(app, options.ports);
  registerSearchResource(app, options.ports, options.clock);
}
