/**
 * `GET /journal`: every change of any zone in a span of time, for auditors: who, through which
 * door, from where, when, and which records. NDJSON, oldest first, one line an entry, as much as
 * the journal keeps. Only the admin key may read it.
 */
import { Readable } from 'node:stream';
import { z } from 'zod';
import { formatInstant } from '#base/clock.ts';
import type { JournalPort, JournalRecord } from '../change-ports.ts';
import { diffDocument, versionDocument } from './change-schemas.ts';
import { PROBLEM } from './schemas.ts';
import type { StrictApp } from './strict-app.ts';

const NDJSON = 'application/x-ndjson';

const exported = { content: { [NDJSON]: { schema: z.instanceof(Readable) } } };

const instant = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .optional();

export function registerJournalRoute(app: StrictApp, journal: JournalPort): void {
  app.route({
    method: 'GET',
    url: '/journal',
    schema: {
      tags: ['History'],
      summary: 'Export the journal of all zones',
      description:
        'NDJSON, oldest first: per line one change with its number (without gaps), zone, ' +
        'version, serials, actor, door, address, times and records. Whole imports have no records.',
      querystring: z.object({
        from: instant.describe('The first instant; from the oldest entry if absent'),
        to: instant.describe('The instant before which it ends; to the newest entry if absent'),
      }),
      response: { 200: exported, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM },
    },
    handler: async (request, reply) => {
      const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = request.query;
      const stream = Readable.from(lines(journal.export(from, to)), { objectMode: false });
      return reply.type(NDJSON).header('cache-control', 'no-store').send(stream);
    },
  });
}

async function* lines(records: AsyncIterable<JournalRecord>): AsyncGenerator<Buffer> {
  for await (const record of records) yield Buffer.from(`${JSON.stringify(documentOf(record))}\n`);
}

function documentOf(record: JournalRecord): object {
  const { sequence, zone, receivedAtMs, diff, settings } = record;
  return {
    sequence,
    zone,
    ...versionDocument(record, formatInstant(record.atMs)),
    receivedAt: formatInstant(receivedAtMs),
    diff: diff === undefined ? null : diffDocument(diff),
    settings: settings ?? null,
  };
}
