/**
 * Holdfast's own resources under `/api/holdfast/v1`: strict requests, problem+json errors, all of
 * it described in the API document by the schemas that check it.
 */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { sendNotFound } from '#http/problem.ts';
import { type Authenticator, demandKey } from '../access.ts';
import type { AdminPorts } from '../ports.ts';
import { registerBackupRoutes } from './backup-routes.ts';
import { registerImportRoute } from './import-route.ts';
import { registerReceiptRoutes } from './receipt-routes.ts';
import type { StrictApp } from './strict-app.ts';

export interface HoldfastApiOptions {
  ports: AdminPorts;
  authenticator: Authenticator;
}

/** To be registered with the prefix `/api/holdfast/v1`. */
export async function holdfastApi(
  app: FastifyInstance,
  { ports, authenticator }: HoldfastApiOptions,
): Promise<void> {
  const strict: StrictApp = app.withTypeProvider<ZodTypeProvider>();
  demandKey(app, authenticator, 'Holdfast');
  app.setNotFoundHandler(sendNotFound);
  registerImportRoute(strict, ports);
  registerReceiptRoutes(strict, ports);
  registerBackupRoutes(strict, ports);
}
