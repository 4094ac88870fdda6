/**
 * `GET /registry/changes`: the register of names as a stream, for the replicas that WHOIS and RDAP
 * answer from. A response that does not end by itself: NDJSON lines with changes as they are
 * committed, and at least one line a second, so that a replica of an idle register knows that it is
 * current. What the lines say is the port's business; how many may listen, and that nobody is left
 * hanging when the server stops, is settled here.
 *
 * A replica that reads slowly is sent slowly: the port is asked for a line when there is room.
 */
import { Readable } from 'node:stream';
import { z } from 'zod';
import { tooManyReplicas } from './api-error.ts';
import { PROBLEM } from './holdfast/schemas.ts';
import type { StrictApp } from './holdfast/strict-app.ts';

/** Streams at a time. */
const REPLICAS_MAX = 8;
const RETRY_AFTER_S = 10;
const SVTRID_SIZE_MAX = 64;
const NDJSON = 'application/x-ndjson';

/** The last change that a replica has; none: it begins with a copy. */
export interface StreamStart {
  sequence: number;
  /** Transaction id of that change: tells whether both have the same history. */
  svTrid?: string;
}

export interface RegistryStreamPort {
  /** Lines, each with its line end, until `signal` aborts; waits where there is nothing to tell. */
  follow(start: StreamStart | undefined, signal: AbortSignal): AsyncIterable<string>;
}

export function registerRegistryStream(app: StrictApp, port: RegistryStreamPort): void {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  let replicas = 0;
  app.route({
    method: 'GET',
    url: '/registry/changes',
    config: { access: 'replica' },
    schema: {
      tags: ['Register'],
      summary: 'Follow the register',
      description:
        'NDJSON without an end: the changes after one, or a copy of the register and the changes ' +
        'after it. Nothing in it is secret from the public, but contacts are not redacted.',
      querystring: z.object({
        after: z.coerce
          .number()
          .int()
          .min(0)
          .optional()
          .describe('Sequence number of the last change that is there; none: a copy comes first'),
        svTrid: z
          .string()
          .max(SVTRID_SIZE_MAX)
          .optional()
          .describe('Transaction id of that change; another one here: a copy comes first'),
      }),
      response: { 200: z.instanceof(Readable), 401: PROBLEM, 403: PROBLEM, 503: PROBLEM },
    },
    handler: async (request, reply) => {
      if (replicas >= REPLICAS_MAX) throw tooManyReplicas(REPLICAS_MAX, RETRY_AFTER_S);
      const { after, svTrid } = request.query;
      const start =
        after === undefined
          ? undefined
          : { sequence: after, ...(svTrid !== undefined && { svTrid }) };
      const gone = new AbortController();
      const signal = AbortSignal.any([gone.signal, closing.signal]);
      const stream = Readable.from(octets(port.follow(start, signal)), { objectMode: false });
      replicas += 1;
      request.log.info({ source: request.ip, after }, 'a replica follows the register');
      stream.once('close', () => {
        gone.abort();
        replicas -= 1;
        request.log.info({ source: request.ip }, 'a replica is gone');
      });
      return reply.type(NDJSON).header('cache-control', 'no-store').send(stream);
    },
  });
}

async function* octets(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const line of lines) yield Buffer.from(line, 'utf8');
}
