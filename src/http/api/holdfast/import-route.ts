/**
 * `POST /zones/{zone}/import`: a master file of any size replaces a zone. The body is handed on as
 * it arrives and read only as fast as the zone is built, so its size costs no memory here. A file
 * with an error changes nothing, and every error is told with its line and column.
 */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { drainRest } from '#http/drain-rest.ts';
import type { AdminPorts } from '../admin-ports.ts';
import { masterFileRefused } from '../api-error.ts';
import { acknowledgeWrite, writeContext } from '../write-exchange.ts';
import { zoneNameOfId } from '../zone-name.ts';
import { IMPORT_PROBLEM, importSchema, PROBLEM } from './schemas.ts';
import type { StrictApp } from './strict-app.ts';

/** RFC 4027, and what people call such a file. */
const MEDIA_TYPES = ['text/dns', 'text/plain'];

export function registerImportRoute(app: StrictApp, { zones, receipts }: AdminPorts): void {
  app.addContentTypeParser(MEDIA_TYPES, (_request, payload, done) => done(null, payload));
  app.route({
    method: ['POST', 'PUT'],
    url: '/zones/:zone/import',
    config: { streamsBody: true, access: 'zone-write' },
    schema: {
      tags: ['Zones'],
      summary: 'Import a zone from a master file',
      description: 'The body is the master file (text/dns), of any size; includes are refused.',
      consumes: MEDIA_TYPES,
      params: z.object({ zone: z.string() }),
      querystring: z.object({
        force: z
          .enum(['true', 'false'])
          .default('false')
          .describe('Replace a version that was changed through another door'),
      }),
      response: {
        200: importSchema,
        400: PROBLEM,
        401: PROBLEM,
        403: PROBLEM,
        409: PROBLEM,
        412: PROBLEM,
        415: PROBLEM,
        422: IMPORT_PROBLEM,
      },
    },
    handler: async (request, reply) => {
      const zone = zoneNameOfId(request.params.zone);
      const options = { force: request.query.force === 'true' };
      const context = writeContext(request);
      try {
        const result = await zones.import(zone, bodyOf(request), options, context);
        if (!result.imported) throw masterFileRefused(zone, result.errors);
        const { outcome, recordCount, warnings } = result;
        await acknowledgeWrite(request, reply, receipts, outcome);
        return {
          zone,
          receipt: outcome.receiptId,
          oldSerial: outcome.oldSerial ?? null,
          newSerial: outcome.newSerial ?? null,
          changed: outcome.changed,
          records: recordCount,
          warnings,
        };
      } finally {
        drainRest(request);
      }
    },
  });
}

/**
 * The body's octets. Leaving early must not destroy the stream: what the client still sends has to
 * be read by somebody, or it sits between a full connection and a refusal that it never reads.
 */
async function* bodyOf(request: FastifyRequest): AsyncGenerator<Uint8Array> {
  const { socket } = request.raw;
  for await (const chunk of request.raw.iterator({ destroyOnReturn: false })) {
    yield chunk as Uint8Array;
  }
  // From here the client waits for us, and a large zone takes its time.
  socket.setTimeout(0);
}
