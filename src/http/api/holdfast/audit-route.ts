/** `GET /audit`: who did what, by any door, page by page. Only the admin key may read it. */
import { z } from 'zod';
import { formatInstant } from '#base/clock.ts';
import type { AuditPort } from '../access-ports.ts';
import { PROBLEM } from './schemas.ts';
import type { StrictApp } from './strict-app.ts';

const ENTRY_COUNT_DEFAULT = 100;
const ENTRY_COUNT_MAX = 1_000;

const auditPageSchema = z.object({
  entries: z.array(
    z.object({
      at: z.iso.datetime(),
      actor: z.string().describe('`admin-key`, `token:NAME`, `key:NAME.`'),
      address: z.string().describe('Where the request came from'),
      door: z.string().describe('api, update, transfer'),
      action: z.string(),
      zone: z.string().nullable(),
      outcome: z.enum(['done', 'refused', 'failed']),
      status: z.string().describe('HTTP status, or DNS RCODE'),
      detail: z.string().nullable().describe('What the scope lacks, where it was refused'),
      receipt: z.string().nullable(),
      requestId: z.string(),
    }),
  ),
  next: z.string().describe('Cursor for `after`'),
});

export function registerAuditRoute(app: StrictApp, audit: AuditPort): void {
  app.route({
    method: 'GET',
    url: '/audit',
    schema: {
      tags: ['Access'],
      summary: 'Read the audit log, oldest first',
      querystring: z.object({
        after: z.string().optional().describe('Cursor of the last page; from the oldest if absent'),
        limit: z.coerce.number().int().min(1).max(ENTRY_COUNT_MAX).default(ENTRY_COUNT_DEFAULT),
      }),
      response: { 200: auditPageSchema, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 410: PROBLEM },
    },
    handler: async (request) => {
      const { records, next } = await audit.read(request.query.after, request.query.limit);
      const entries = records.map(({ atMs, zone, detail, receipt, ...record }) => ({
        ...record,
        at: formatInstant(atMs),
        zone: zone ?? null,
        detail: detail ?? null,
        receipt: receipt ?? null,
      }));
      return { entries, next };
    },
  });
}
