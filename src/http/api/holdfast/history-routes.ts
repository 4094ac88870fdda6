/** What a zone was: its versions, what lies between two of them, and the way back to one. */
import { z } from 'zod';
import { formatInstant } from '#base/clock.ts';
import type { AdminPorts } from '../admin-ports.ts';
import { versionMissing, zoneMissing } from '../api-error.ts';
import { acknowledgeChanges, writeContext } from '../write-exchange.ts';
import { zoneNameOfId } from '../zone-name.ts';
import {
  diffDocument,
  historyPageSchema,
  restoreSchema,
  versionChangeSchema,
  versionDiffSchema,
  versionDocument,
  zoneChangeDocument,
  zoneChangeSchema,
} from './change-schemas.ts';
import { PROBLEM } from './schemas.ts';
import type { StrictApp } from './strict-app.ts';

const COUNT_DEFAULT = 100;
const COUNT_MAX = 1_000;

const zoneParams = z.object({ zone: z.string() });
const version = z.coerce.number().int().min(0);
const refusals = { 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM };

export function registerHistoryRoutes(app: StrictApp, ports: AdminPorts): void {
  registerVersionRoutes(app, ports);
  registerDiffRoute(app, ports);
  registerRestoreRoute(app, ports);
}

function registerVersionRoutes(app: StrictApp, { history, browse }: AdminPorts): void {
  app.route({
    method: 'GET',
    url: '/zones/:zone/history',
    config: { access: 'zone-read' },
    schema: {
      tags: ['History'],
      summary: 'List the versions of a zone, newest first',
      description: 'Also of a zone that is gone, as long as the journal has something of it.',
      params: zoneParams,
      querystring: z.object({
        before: version.optional().describe('Only versions before this one'),
        limit: z.coerce.number().int().min(1).max(COUNT_MAX).default(COUNT_DEFAULT),
      }),
      response: { 200: historyPageSchema, ...refusals },
    },
    handler: async (request) => {
      const zone = zoneNameOfId(request.params.zone);
      const { before, limit } = request.query;
      const entries = await history.list(zone, { ...(before !== undefined && { before }), limit });
      if (entries.length === 0 && browse.find(zone) === undefined) throw zoneMissing(zone);
      const versions = entries.map((entry) => versionDocument(entry, formatInstant(entry.atMs)));
      const oldest = versions.at(-1)?.version ?? 0;
      return { versions, next: oldest > 1 ? oldest : null };
    },
  });
  app.route({
    method: 'GET',
    url: '/zones/:zone/history/:version',
    config: { access: 'zone-read' },
    schema: {
      tags: ['History'],
      summary: 'Read what one version changed',
      params: zoneParams.extend({ version }),
      response: { 200: versionChangeSchema, ...refusals },
    },
    handler: async (request) => {
      const zone = zoneNameOfId(request.params.zone);
      const entry = await history.find(zone, request.params.version);
      if (entry === undefined) throw versionMissing(zone, request.params.version);
      return {
        ...versionDocument(entry, formatInstant(entry.atMs)),
        diff: entry.diff === undefined ? null : diffDocument(entry.diff),
        settings: entry.settings ?? null,
      };
    },
  });
}

function registerDiffRoute(app: StrictApp, { history, browse }: AdminPorts): void {
  app.route({
    method: 'GET',
    url: '/zones/:zone/diff',
    config: { access: 'zone-read' },
    schema: {
      tags: ['History'],
      summary: 'Compare two versions of a zone',
      params: zoneParams,
      querystring: z.object({
        from: version.optional().describe('The one before `to` where absent'),
        to: version.optional().describe('The newest where absent'),
      }),
      response: { 200: versionDiffSchema, ...refusals, 410: PROBLEM },
    },
    handler: async (request) => {
      const zone = zoneNameOfId(request.params.zone);
      const newest = browse.find(zone);
      if (newest === undefined) throw zoneMissing(zone);
      const { to = newest.version } = request.query;
      const { from = Math.max(to - 1, 0) } = request.query;
      return { zone, from, to, ...diffDocument(await history.diff(zone, from, to)) };
    },
  });
}

function registerRestoreRoute(app: StrictApp, { history, receipts }: AdminPorts): void {
  app.route({
    method: 'POST',
    url: '/zones/:zone/restore',
    config: { access: 'zone-write' },
    schema: {
      tags: ['History'],
      summary: 'Give a zone the records of an earlier version',
      description: 'It is a new version with a new serial. Settings stay as they are.',
      params: zoneParams,
      body: restoreSchema,
      response: {
        200: zoneChangeSchema,
        ...refusals,
        410: PROBLEM,
        412: PROBLEM,
        415: PROBLEM,
        422: PROBLEM,
        503: PROBLEM,
      },
    },
    handler: async (request, reply) => {
      const zone = zoneNameOfId(request.params.zone);
      const context = writeContext(request);
      const { version: wanted, dryRun } = request.body;
      if (dryRun) return zoneChangeDocument(await history.previewRestore(zone, wanted, context));
      const change = await history.restore(zone, wanted, context);
      const ids = change.changed && change.receiptId !== undefined ? [change.receiptId] : [];
      await acknowledgeChanges(request, reply, receipts, ids);
      return zoneChangeDocument(change);
    },
  });
}
