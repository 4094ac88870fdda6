/**
 * Metadata: lists of strings by kind, per zone. POST adds values, PUT sets them, DELETE takes the
 * kind away. Who may write them may widen who gets the zone, so the admin key alone may.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AdminPorts } from '../admin-ports.ts';
import { bodyUnreadable, invalidRequest, zoneMissing } from '../api-error.ts';
import type { ZonePort, ZoneSummary } from '../ports.ts';
import { acknowledgeWrite, writeContext } from '../write-exchange.ts';
import { asObject } from './json-fields.ts';
import { changeMetadata, listMetadata, readMetadata } from './metadata-kinds.ts';
import { registerResource } from './resource.ts';
import { METADATA_SCHEMAS } from './schemas.ts';
import { zoneOf } from './zone-resources.ts';

const PATH = '/v1/servers/localhost/zones/:id/metadata';

export function registerMetadataResources(app: FastifyInstance, ports: AdminPorts): void {
  const { zones } = ports;
  registerResource(app, PATH, {
    GET: {
      schema: METADATA_SCHEMAS.list,
      access: 'zone-read',
      handler: async (request) => {
        const zone = await getZone(zones, request);
        return listMetadata(zone).map(([kind, values]) => metadataDocument(kind, values));
      },
    },
    POST: {
      schema: METADATA_SCHEMAS.add,
      handler: async (request, reply) => {
        await getZone(zones, request);
        const { kind } = asObject(bodyOf(request));
        if (typeof kind !== 'string') throw invalidRequest('kind is not specified or not a string');
        const added = getValues(request);
        void reply.code(201);
        return change(ports, request, reply, kind, (held) => [...new Set([...held, ...added])]);
      },
    },
  });
  registerResource(app, `${PATH}/:kind`, {
    GET: {
      schema: METADATA_SCHEMAS.get,
      access: 'zone-read',
      handler: async (request) => {
        const zone = await getZone(zones, request);
        const kind = kindOf(request);
        return metadataDocument(kind, readMetadata(zone, kind));
      },
    },
    PUT: {
      schema: METADATA_SCHEMAS.set,
      handler: async (request, reply) => {
        await getZone(zones, request);
        const values = getValues(request);
        return change(ports, request, reply, kindOf(request), () => values);
      },
    },
    DELETE: {
      schema: METADATA_SCHEMAS.delete,
      handler: async (request, reply) => {
        await getZone(zones, request);
        await change(ports, request, reply, kindOf(request), () => []);
        return reply.code(204).send();
      },
    },
  });
}

function kindOf(request: FastifyRequest): string {
  return (request.params as { kind: string }).kind;
}

async function getZone(zones: ZonePort, request: FastifyRequest): Promise<ZoneSummary> {
  const name = zoneOf(request);
  const zone = await zones.find(name);
  if (zone === undefined) throw zoneMissing(name);
  return zone;
}

function bodyOf(request: FastifyRequest): unknown {
  if (request.body === undefined) throw bodyUnreadable();
  return request.body;
}

function getValues(request: FastifyRequest): string[] {
  const { metadata } = asObject(bodyOf(request));
  if (!Array.isArray(metadata)) throw invalidRequest('metadata is not specified or not an array');
  if (!metadata.every((value) => typeof value === 'string')) {
    throw invalidRequest('metadata must be strings');
  }
  return metadata;
}

/** Writes, and gives the document of the kind as it is then. */
async function change(
  { zones, receipts }: AdminPorts,
  request: FastifyRequest,
  reply: FastifyReply,
  kind: string,
  valuesOf: (held: readonly string[]) => string[],
): Promise<unknown> {
  let values: string[] = [];
  const outcome = await zones.changeSettings(
    zoneOf(request),
    (settings) =>
      changeMetadata(settings, kind, (held) => {
        values = valuesOf(held);
        return values;
      }),
    writeContext(request),
  );
  await acknowledgeWrite(request, reply, receipts, outcome);
  return metadataDocument(kind, values);
}

function metadataDocument(kind: string, metadata: readonly string[]): Record<string, unknown> {
  return { type: 'Metadata', kind, metadata };
}
