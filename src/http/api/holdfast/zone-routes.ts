/** Zones and their RRsets, page by page; a page costs the same wherever in a large zone it is. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { formatInstant } from '#base/clock.ts';
import { mayAct } from '../access.ts';
import { zoneMissing } from '../api-error.ts';
import type { BrowsePort, ListedZone } from '../change-ports.ts';
import { mayReadPart } from '../readable-zone.ts';
import { offerEtag } from '../zone-etag.ts';
import { zoneNameOfId } from '../zone-name.ts';
import { listedZoneSchema, rrsetPageSchema, zonePageSchema } from './change-schemas.ts';
import { PROBLEM } from './schemas.ts';
import type { StrictApp } from './strict-app.ts';

const COUNT_DEFAULT = 100;
const COUNT_MAX = 1_000;

const limit = z.coerce.number().int().min(1).max(COUNT_MAX).default(COUNT_DEFAULT);
const refusals = { 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 422: PROBLEM };
const zoneRefusals = { ...refusals, 404: PROBLEM, 412: PROBLEM };
const zoneParams = z.object({ zone: z.string() });
const notModified = { 304: z.null().describe('The client has it already') };

export function registerZoneRoutes(app: StrictApp, browse: BrowsePort): void {
  app.route({
    method: 'GET',
    url: '/zones',
    config: { access: 'anybody' },
    schema: {
      tags: ['Zones'],
      summary: 'List zones, page by page',
      description:
        'In canonical order. A page may hold fewer than asked for; `next` says if it ends.',
      querystring: z.object({
        after: z.string().optional().describe('`next` of the last page'),
        suffix: z.string().optional().describe('Only zones at or below this name'),
        limit,
      }),
      response: { 200: zonePageSchema, ...refusals },
    },
    handler: async (request) => {
      const { after, suffix } = request.query;
      const { zones, next } = browse.zones({
        ...(after !== undefined && { after }),
        ...(suffix !== undefined && { suffix }),
        limit: request.query.limit,
        isShown: (name) => mayReadPart(request, name),
      });
      return { zones: zones.map((zone) => zoneDocument(request, zone)), next: next ?? null };
    },
  });
  app.route({
    method: 'GET',
    url: '/zones/:zone',
    config: { access: 'zone-read-part' },
    schema: {
      tags: ['Zones'],
      summary: 'Read what a zone is',
      params: zoneParams,
      response: { 200: listedZoneSchema, ...notModified, ...zoneRefusals },
    },
    handler: async (request, reply) => {
      const name = zoneNameOfId(request.params.zone);
      const zone = browse.find(name);
      if (zone === undefined) throw zoneMissing(name);
      const document = zoneDocument(request, zone);
      if (offerEtag(request, reply, zone, document)) return reply.code(304).send(null);
      return document;
    },
  });
  registerRrsetRoute(app, browse);
}

function registerRrsetRoute(app: StrictApp, browse: BrowsePort): void {
  app.route({
    method: 'GET',
    url: '/zones/:zone/rrsets',
    config: { access: 'zone-read-part' },
    schema: {
      tags: ['Zones'],
      summary: 'List the RRsets of a zone, page by page',
      description:
        'In canonical order, of the zone as it is now: `If-Match` with the ETag of the first ' +
        'page refuses later pages of another version. A page may hold fewer than asked for.',
      params: zoneParams,
      querystring: z.object({
        after: z.string().optional().describe('`next` of the last page'),
        name: z.string().optional().describe('Only this owner'),
        type: z.string().optional().describe('Only this type'),
        limit,
      }),
      response: { 200: rrsetPageSchema, ...notModified, ...zoneRefusals },
    },
    handler: async (request, reply) => {
      const zone = zoneNameOfId(request.params.zone);
      const { after, name, type } = request.query;
      const page = await browse.rrsets(zone, {
        ...(after !== undefined && { after }),
        ...(name !== undefined && { name }),
        ...(type !== undefined && { type: type.toUpperCase() }),
        limit: request.query.limit,
      });
      if (page === undefined) throw zoneMissing(zone);
      const version = { name: page.zone, version: page.version };
      if (offerEtag(request, reply, version, request.url)) return reply.code(304).send(null);
      const rrsets = page.rrsets
        .filter((rrset) => mayAct(request, { zone, ...placeOf(rrset), write: false }))
        .map((rrset) => ({ ...rrset, comments: rrset.comments.map(commentDocument) }));
      return { ...page, rrsets, next: page.next ?? null };
    },
  });
}

function placeOf({ name, type }: { name: string; type: string }): { name: string; type: string } {
  return { name, type };
}

function commentDocument(comment: { content: string; account: string; modifiedAt: number }) {
  return { ...comment, modifiedAt: formatInstant(comment.modifiedAt * 1000) };
}

function zoneDocument(request: FastifyRequest, zone: ListedZone) {
  const { name, kind, serial, version, recordCount, fault } = zone;
  const records = mayAct(request, { zone: name, write: false }) ? recordCount : null;
  return { name, kind, serial, version, records, fault: fault ?? null };
}
