/** Zones: list, create, read, change records or settings, delete. */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { Clock } from '#base/clock.ts';
import { chunkStream } from '#http/chunk-stream.ts';
import { demandAct } from '../access.ts';
import type { AdminPorts } from '../admin-ports.ts';
import { bodyUnreadable, zoneExists, zoneMissing } from '../api-error.ts';
import type { RrsetFilter, ZoneKind, ZoneSettings, ZoneView } from '../ports.ts';
import { mayReadPart, readableView, readableZones } from '../readable-zone.ts';
import { acknowledgeWrite, writeContext } from '../write-exchange.ts';
import { offerEtag } from '../zone-etag.ts';
import { canonicalOwnerName, canonicalZoneName, withFinalDot, zoneNameOfId } from '../zone-name.ts';
import { booleanParameter, findParameter } from './query.ts';
import { registerResource } from './resource.ts';
import { parseRrsetEdits } from './rrset-request.ts';
import { ZONE_SCHEMAS } from './schemas.ts';
import { demandTsigKeys } from './transfer-resources.ts';
import {
  type RrsetSelection,
  zoneDocument,
  zoneDocumentText,
  zoneListDocument,
  zoneListText,
} from './zone-document.ts';
import {
  parseNewZone,
  parseNewZoneName,
  parseWholeContent,
  parseZoneSettings,
} from './zone-request.ts';

export function registerZoneResources(app: FastifyInstance, ports: AdminPorts, clock: Clock): void {
  registerResource(app, '/v1/servers/localhost/zones', {
    GET: { schema: ZONE_SCHEMAS.list, handler: listZones(ports), access: 'anybody' },
    POST: { schema: ZONE_SCHEMAS.create, handler: createZone(ports, clock), access: 'anybody' },
  });
  registerResource(app, '/v1/servers/localhost/zones/:id', {
    GET: { schema: ZONE_SCHEMAS.get, handler: getZone(ports), access: 'zone-read-part' },
    PATCH: {
      schema: ZONE_SCHEMAS.patch,
      handler: patchZone(ports, clock),
      access: 'zone-write-part',
    },
    PUT: { schema: ZONE_SCHEMAS.put, handler: putZone(ports, clock), access: 'zone-write' },
    DELETE: { schema: ZONE_SCHEMAS.delete, handler: deleteZone(ports), access: 'zone-write' },
  });
}

/** To be listed in a catalog is a change of the catalog, which is a zone of its own. */
function demandCatalog(request: FastifyRequest, { catalog = '' }: Partial<ZoneSettings>): void {
  if (catalog !== '') demandAct(request, { zone: catalog, write: true });
}

/** A catalog that is followed makes zones of any name: that takes a scope over all of them. */
function demandEveryZone(request: FastifyRequest, kind: ZoneKind): void {
  if (kind === 'Consumer') demandAct(request, { zone: '.', write: true });
}

/** The zone that the path names. */
export function zoneOf(request: FastifyRequest): string {
  return zoneNameOfId((request.params as { id: string }).id);
}

function listZones({ zones }: AdminPorts): RouteHandlerMethod {
  return async (request, reply) => {
    const wanted = findParameter(request, 'zone');
    const withDnssec = booleanParameter(request, 'dnssec', true);
    if (wanted !== undefined) {
      const zone = await zones.find(canonicalZoneName(wanted));
      if (zone === undefined || !mayReadPart(request, zone.name)) return [];
      return [zoneListDocument(zone, withDnssec)];
    }
    const readable = readableZones(request, zones.list());
    return reply
      .type('application/json')
      .send(chunkStream(zoneListText(readable, withDnssec), () => undefined));
  };
}

function createZone({ zones, receipts, tsigKeys }: AdminPorts, clock: Clock): RouteHandlerMethod {
  return async (request, reply) => {
    const withRrsets = booleanParameter(request, 'rrsets', true);
    if (request.body === undefined) throw bodyUnreadable();
    const name = parseNewZoneName(request.body);
    demandAct(request, { zone: name, write: true });
    if ((await zones.find(name)) !== undefined) throw zoneExists(name);
    const zone = parseNewZone(request.body, Math.floor(clock.nowMs() / 1000));
    demandCatalog(request, zone.settings);
    demandEveryZone(request, zone.settings.kind);
    await demandTsigKeys(tsigKeys, zone.settings);
    const outcome = await zones.create(zone, writeContext(request));
    await acknowledgeWrite(request, reply, receipts, outcome);
    void reply.code(201);
    const selection = { filter: {}, withDisabled: true, withCount: withRrsets };
    return sendZone(reply, await openZone({ zones }, name), withRrsets, selection);
  };
}

function getZone(ports: AdminPorts): RouteHandlerMethod {
  return async (request, reply) => {
    const withRrsets = booleanParameter(request, 'rrsets', true);
    const selection = rrsetSelection(request, withRrsets);
    const view = await openZone(ports, zoneOf(request));
    const shown = [zoneDocument(view.summary, selection.withCount), withRrsets, selection];
    try {
      if (offerEtag(request, reply, view.summary, shown)) {
        await view.close();
        return reply.code(304).send();
      }
    } catch (error) {
      await view.close();
      throw error;
    }
    return sendZone(reply, readableView(request, view), withRrsets, selection);
  };
}

/** How many records there are is known for a whole zone, and for who may read all of it. */
function rrsetSelection(request: FastifyRequest, withRrsets: boolean): RrsetSelection {
  const name = findParameter(request, 'rrset_name');
  const type = findParameter(request, 'rrset_type');
  const filter: RrsetFilter = {
    ...(name === undefined ? {} : { name: canonicalOwnerName(withFinalDot(name)) }),
    ...(type === undefined ? {} : { type: type.toUpperCase() }),
  };
  const isWhole = name === undefined && type === undefined;
  return {
    filter,
    withDisabled: booleanParameter(request, 'include_disabled', true),
    withCount:
      booleanParameter(request, 'record_count', withRrsets && isWhole) &&
      request.principal?.scope === undefined,
  };
}

async function openZone({ zones }: Pick<AdminPorts, 'zones'>, name: string): Promise<ZoneView> {
  const view = await zones.open(name);
  if (view === undefined) throw zoneMissing(name);
  return view;
}

/** The zone's document, streamed when it has RRsets; closes the view in any case. */
async function sendZone(
  reply: FastifyReply,
  view: ZoneView,
  withRrsets: boolean,
  selection: RrsetSelection,
): Promise<FastifyReply> {
  if (!withRrsets) {
    await view.close();
    return reply.send(zoneDocument(view.summary, selection.withCount));
  }
  return reply
    .type('application/json')
    .send(chunkStream(zoneDocumentText(view, selection), () => view.close()));
}

function patchZone({ zones, receipts }: AdminPorts, clock: Clock): RouteHandlerMethod {
  return async (request, reply) => {
    const zone = zoneOf(request);
    if ((await zones.find(zone)) === undefined) throw zoneMissing(zone);
    if (request.body === undefined) throw bodyUnreadable();
    const edits = parseRrsetEdits(request.body, Math.floor(clock.nowMs() / 1000));
    for (const { name, type } of edits) demandAct(request, { zone, name, type, write: true });
    const outcome = await zones.applyEdits(zone, edits, writeContext(request));
    await acknowledgeWrite(request, reply, receipts, outcome);
    if (outcome.changed) {
      void reply.header('x-pdns-old-serial', String(outcome.oldSerial));
      void reply.header('x-pdns-new-serial', String(outcome.newSerial));
    }
    return reply.code(204).send();
  };
}

function putZone({ zones, receipts, tsigKeys }: AdminPorts, clock: Clock): RouteHandlerMethod {
  return async (request, reply) => {
    const name = zoneOf(request);
    const zone = await zones.find(name);
    if (zone === undefined) throw zoneMissing(name);
    if (request.body === undefined) throw bodyUnreadable();
    const settings = parseZoneSettings(request.body, name);
    demandCatalog(request, settings);
    await demandTsigKeys(tsigKeys, settings);
    const { kind = zone.settings.kind } = settings;
    demandEveryZone(request, kind);
    const nowSeconds = Math.floor(clock.nowMs() / 1000);
    const rrsets = parseWholeContent(request.body, { name, kind }, nowSeconds);
    const context = writeContext(request);
    const outcome =
      rrsets === undefined
        ? await zones.changeSettings(name, settings, context)
        : await zones.replaceContents(name, rrsets, settings, context);
    await acknowledgeWrite(request, reply, receipts, outcome);
    return reply.code(204).send();
  };
}

function deleteZone({ zones, receipts }: AdminPorts): RouteHandlerMethod {
  return async (request, reply) => {
    const outcome = await zones.delete(zoneOf(request), writeContext(request));
    await acknowledgeWrite(request, reply, receipts, outcome);
    return reply.code(204).send();
  };
}
