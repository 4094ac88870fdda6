/** Backups: make one now, see what is where, read one back. Restoring is done offline. */
import { formatInstant } from '#base/clock.ts';
import type { AdminPorts } from '../admin-ports.ts';
import type { BackupRun } from '../ports.ts';
import { writeContext } from '../write-exchange.ts';
import {
  backupListSchema,
  backupRequestSchema,
  backupRunSchema,
  PROBLEM,
  verificationSchema,
  verifyRequestSchema,
} from './schemas.ts';
import type { StrictApp } from './strict-app.ts';

export function registerBackupRoutes(app: StrictApp, { backups }: AdminPorts): void {
  app.route({
    method: 'POST',
    url: '/backups',
    schema: {
      tags: ['Backups'],
      summary: 'Back up now',
      description: '201 when at least one location holds a verified copy; each tells how it fared.',
      body: backupRequestSchema,
      response: { 201: backupRunSchema, 401: PROBLEM, 500: PROBLEM },
    },
    handler: async (request, reply) => {
      // A large store takes longer than a connection may stand idle.
      request.raw.socket.setTimeout(0);
      const run = await backups.run(writeContext(request), request.body?.kind ?? 'full');
      return reply.code(201).send(runDocument(run));
    },
  });
  app.route({
    method: 'GET',
    url: '/backups',
    schema: {
      tags: ['Backups'],
      summary: 'List backups, newest first',
      response: { 200: backupListSchema, 401: PROBLEM },
    },
    handler: async () => {
      const { backups: listings, unreadable } = await backups.list();
      return {
        backups: listings.map(({ id, kind, atMs, location, sizeBytes }) => ({
          id,
          kind,
          at: formatInstant(atMs),
          location,
          sizeBytes,
        })),
        unreadable,
      };
    },
  });
  app.route({
    method: 'POST',
    url: '/backups/verify',
    schema: {
      tags: ['Backups'],
      summary: 'Read backups back and check every row',
      body: verifyRequestSchema,
      response: { 200: verificationSchema, 401: PROBLEM, 404: PROBLEM },
    },
    handler: async (request) => {
      request.raw.socket.setTimeout(0);
      const { id, location } = request.body ?? {};
      const results = await backups.verify({
        ...(id === undefined ? {} : { id }),
        ...(location === undefined ? {} : { location }),
      });
      return {
        good: results.length > 0 && results.every((result) => result.good),
        backups: results.map((result) => ({ ...result, message: result.message ?? null })),
      };
    },
  });
}

function runDocument(run: BackupRun) {
  return {
    id: run.id,
    at: formatInstant(run.atMs),
    leftOut: run.leftOut.map(({ path, reason }) => ({ path, reason })),
    locations: run.locations.map(({ location, stored, verified, kind, sizeBytes, message }) => ({
      location,
      stored,
      verified,
      kind: kind ?? null,
      sizeBytes: sizeBytes ?? null,
      message: message ?? null,
    })),
  };
}
