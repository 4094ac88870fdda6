/** What is done with a zone beside changing it: export, notify, rectify, transfer. */
import type { FastifyInstance } from 'fastify';
import { acceptQuality, acceptsExplicitly } from '#http/accept.ts';
import { chunkStream } from '#http/chunk-stream.ts';
import type { AdminPorts } from '../admin-ports.ts';
import { invalidRequest, zoneMissing, zoneSigned } from '../api-error.ts';
import type { ZonePort, ZoneSummary } from '../ports.ts';
import { asObject, findString } from './json-fields.ts';
import { registerResource } from './resource.ts';
import { ACTION_SCHEMAS } from './schemas.ts';
import { zoneExportText } from './zone-document.ts';
import { zoneOf } from './zone-resources.ts';

export function registerZoneActions(app: FastifyInstance, { zones }: AdminPorts): void {
  registerExport(app, zones);
  registerResource(app, '/v1/servers/localhost/zones/:id/notify', {
    PUT: {
      schema: ACTION_SCHEMAS.notify,
      access: 'zone-write-part',
      handler: async (request) => {
        const { name } = await getSummary(zones, zoneOf(request));
        await zones.notify(name);
        // Said for zones of every kind: lego and acme.sh take anything else as a failure.
        return { result: 'Notification queued' };
      },
    },
  });
  registerResource(app, '/v1/servers/localhost/zones/:id/rectify', {
    PUT: {
      schema: ACTION_SCHEMAS.rectify,
      access: 'zone-write-part',
      handler: async (request) => {
        const zone = await getSummary(zones, zoneOf(request));
        if (zone.signed) throw zoneSigned(zone.name);
        return { result: 'Rectified' };
      },
    },
  });
  registerResource(app, '/v1/servers/localhost/zones/:id/axfr-retrieve', {
    PUT: {
      schema: ACTION_SCHEMAS.retrieve,
      access: 'zone-write',
      handler: async (request) => {
        const { name, settings } = await getSummary(zones, zoneOf(request));
        const wanted = findString(asObject(request.body), 'primary');
        const primary = wanted ?? settings.masters[0] ?? 'its primary';
        if (wanted !== undefined && !settings.masters.includes(wanted)) {
          throw invalidRequest(`'${wanted}' is no primary of domain '${name}'`);
        }
        const isSecondary = settings.kind === 'Slave' || settings.kind === 'Consumer';
        if (!isSecondary || !(await zones.retrieve(name))) {
          throw invalidRequest(
            `Domain '${name}' is not a secondary domain (or has no primary defined)`,
          );
        }
        return { result: `Added retrieval request for '${name}' from primary ${primary}` };
      },
    },
  });
}

async function getSummary(zones: ZonePort, name: string): Promise<ZoneSummary> {
  const zone = await zones.find(name);
  if (zone === undefined) throw zoneMissing(name);
  return zone;
}

/** JSON for who asks for JSON, the master file for everybody else (a bare wildcard too). */
function registerExport(app: FastifyInstance, zones: ZonePort): void {
  registerResource(app, '/v1/servers/localhost/zones/:id/export', {
    GET: {
      schema: ACTION_SCHEMAS.export,
      access: 'zone-read',
      handler: async (request, reply) => {
        const name = zoneOf(request);
        const view = await zones.open(name);
        if (view === undefined) throw zoneMissing(name);
        const { accept } = request.headers;
        const plain = acceptsExplicitly(accept, 'text/plain')
          ? (acceptQuality(accept, 'text/plain') ?? 0)
          : 0;
        const json = acceptsExplicitly(accept, 'application/json')
          ? (acceptQuality(accept, 'application/json') ?? 0)
          : 0;
        const file = view.masterFile();
        if (json > plain) {
          void reply.type('application/json');
          return reply.send(chunkStream(zoneExportText(file), () => view.close()));
        }
        void reply.header('content-type', 'text/plain; charset=us-ascii');
        return reply.send(chunkStream(file, () => view.close()));
      },
    },
  });
}
