/**
 * What is in the register: objects, locks, the journal of who changed what, and the sums of a
 * month. Notices of maintenance go from here to all registrars.
 */
import { z } from 'zod';
import { objectMissing } from '../api-error.ts';
import { exported, sendLines, spanOf, spanQuery } from '../holdfast/journal-lines.ts';
import { PROBLEM } from '../holdfast/schemas.ts';
import type { StrictApp } from '../holdfast/strict-app.ts';
import type { RegistryPort } from '../registry-ports.ts';
import { READ_REFUSALS, registryContext, WRITE_REFUSALS } from './registry-exchange.ts';
import {
  announcedSchema,
  journalCursor,
  journalSchema,
  locksSchema,
  noticeSchema,
  objectParams,
  objectSchema,
  transactionsSchema,
} from './registry-schemas.ts';

const TAGS = ['Register'];
const JOURNAL_COUNT_DEFAULT = 100;
const JOURNAL_COUNT_MAX = 1_000;

const OBJECTS = [
  ['domain', 'domains'],
  ['host', 'hosts'],
  ['contact', 'contacts'],
] as const;

export function registerObjectRoutes(app: StrictApp, port: RegistryPort): void {
  for (const [type, plural] of OBJECTS) {
    app.route({
      method: 'GET',
      url: `/registry/${plural}/:key`,
      config: { access: 'register-read' },
      schema: {
        tags: TAGS,
        summary: `Read a ${type}`,
        params: objectParams,
        response: { 200: objectSchema, ...READ_REFUSALS, 404: PROBLEM },
      },
      handler: async ({ params: { key } }) => {
        const found = await port.findObject(type, key);
        if (found === undefined) throw objectMissing(type, key);
        return found;
      },
    });
  }
  registerOrderRoutes(app, port);
  registerRecordRoutes(app, port);
  registerJournalRoutes(app, port);
}

function registerOrderRoutes(app: StrictApp, port: RegistryPort): void {
  app.route({
    method: 'PUT',
    url: '/registry/domains/:key/locks',
    config: { access: 'register-write' },
    schema: {
      tags: TAGS,
      summary: 'Lock a domain',
      description: 'Its `server…` statuses are these and no others then. None opens it.',
      params: objectParams,
      body: locksSchema,
      response: { 200: objectSchema, ...WRITE_REFUSALS },
    },
    handler: async (request) => {
      const { locks, reason } = request.body;
      return port.lockDomain(request.params.key, locks, registryContext(request, reason));
    },
  });
  app.route({
    method: 'POST',
    url: '/registry/maintenances',
    config: { access: 'register-write' },
    schema: {
      tags: TAGS,
      summary: 'Tell all registrars of maintenance (RFC 9167)',
      body: noticeSchema,
      response: { 201: announcedSchema, ...WRITE_REFUSALS },
    },
    handler: async (request, reply) => {
      const { id, from, to, systems, ...rest } = request.body;
      const notice = {
        ...rest,
        ...(id !== undefined && { id }),
        fromMs: Date.parse(from),
        toMs: Date.parse(to),
        systems: systems.map(({ host, ...system }) => ({
          ...system,
          ...(host !== undefined && { host }),
        })),
      };
      const told = await port.announceMaintenance(notice, registryContext(request));
      return reply.code(201).send({ notice: told.notice, registrars: told.registrarCount });
    },
  });
}

function registerRecordRoutes(app: StrictApp, port: RegistryPort): void {
  app.route({
    method: 'GET',
    url: '/registry/transactions',
    config: { access: 'register-read' },
    schema: {
      tags: TAGS,
      summary: 'What registrars did in a month, by command',
      querystring: z.object({
        month: z
          .string()
          .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, 'write a month as 2026-11')
          .describe('UTC'),
      }),
      response: { 200: transactionsSchema, ...READ_REFUSALS, 400: PROBLEM },
    },
    handler: async ({ query: { month } }) => ({
      month,
      transactions: await port.transactions(month),
    }),
  });
}

function registerJournalRoutes(app: StrictApp, port: RegistryPort): void {
  app.route({
    method: 'GET',
    url: '/registry/journal',
    config: { access: 'register-read' },
    schema: {
      tags: TAGS,
      summary: 'Who changed what, oldest first',
      description: 'Every command with what it changed, before and after, and the money it moved.',
      querystring: z.object({
        after: journalCursor,
        limit: z.coerce.number().int().min(1).max(JOURNAL_COUNT_MAX).default(JOURNAL_COUNT_DEFAULT),
      }),
      response: { 200: journalSchema, ...READ_REFUSALS, 400: PROBLEM, 410: PROBLEM },
    },
    handler: async ({ query: { after, limit } }) => {
      const entries = await port.journal(after, limit);
      return { entries, next: String(entries.at(-1)?.sequence ?? after ?? '0') };
    },
  });
  app.route({
    method: 'GET',
    url: '/registry/journal/export',
    config: { access: 'register-read' },
    schema: {
      tags: TAGS,
      summary: 'Export the journal of the register',
      description:
        'NDJSON, oldest first: the same entries, one a line, of a span of time, as the export of ' +
        'the journal of all zones.',
      querystring: z.object({ ...spanQuery, after: journalCursor }),
      response: { 200: exported, ...READ_REFUSALS, 400: PROBLEM, 410: PROBLEM },
    },
    handler: async ({ query }, reply) => {
      const { fromMs, toMs } = spanOf(query);
      return sendLines(reply, port.exportJournal(query.after, fromMs, toMs));
    },
  });
}
