/**
 * What the two journals, of zones and of the register, have in common for auditors: a span of time
 * in the query, and NDJSON as the answer, one line an entry, sent as fast as it is read.
 */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';

const NDJSON = 'application/x-ndjson';

const instant = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .optional();

/** Members of a query. */
export const spanQuery = {
  from: instant.describe('The first instant; from the oldest entry if absent'),
  to: instant.describe('The instant before which it ends; to the newest entry if absent'),
};

/** The response of status 200. */
export const exported = { content: { [NDJSON]: { schema: z.instanceof(Readable) } } };

/** Unix milliseconds; what is absent is without end. */
export function spanOf(query: { from?: number | undefined; to?: number | undefined }): {
  fromMs: number;
  toMs: number;
} {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = query;
  return { fromMs: from, toMs: to };
}

/** Answers with the documents, a line each. */
export function sendLines(reply: FastifyReply, documents: AsyncIterable<object>): FastifyReply {
  const stream = Readable.from(lines(documents), { objectMode: false });
  return reply.type(NDJSON).header('cache-control', 'no-store').send(stream);
}

async function* lines(documents: AsyncIterable<object>): AsyncGenerator<Buffer> {
  for await (const document of documents) yield Buffer.from(`${JSON.stringify(document)}\n`);
}
