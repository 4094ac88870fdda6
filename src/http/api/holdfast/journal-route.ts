/**
 * `GET /journal`: every change of any zone in a span of time, for auditors: who, through which
 * door, from where, when, and which records. NDJSON, oldest first, one line an entry, as much as
 * the journal keeps. Only the admin key may read it.
 */
import { z } from 'zod';
import { formatInstant } from '#base/clock.ts';
import type { JournalPort, JournalRecord } from '../change-ports.ts';
import { diffDocument, versionDocument } from './change-schemas.ts';
import { exported, sendLines, spanOf, spanQuery } from './journal-lines.ts';
import { PROBLEM } from './schemas.ts';
import type { StrictApp } from './strict-app.ts';

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
      querystring: z.object(spanQuery),
      response: { 200: exported, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM },
    },
    handler: async ({ query }, reply) => {
      const { fromMs, toMs } = spanOf(query);
      return sendLines(reply, documents(journal.export(fromMs, toMs)));
    },
  });
}

async function* documents(records: AsyncIterable<JournalRecord>): AsyncGenerator<object> {
  for await (const record of records) yield documentOf(record);
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
