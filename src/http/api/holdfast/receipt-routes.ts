/** What became of a change (`/receipts/{id}`), and all that happened, in order (`/events`). */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { formatInstant } from '#base/clock.ts';
import type { AdminPorts } from '../admin-ports.ts';
import { receiptMissing } from '../api-error.ts';
import type { Receipt, ReceiptPort } from '../ports.ts';
import { mayReadPart } from '../readable-zone.ts';
import { preferredWaitMs } from '../write-exchange.ts';
import { eventPageSchema, PROBLEM, receiptListSchema, receiptSchema } from './schemas.ts';
import type { StrictApp } from './strict-app.ts';

/** Characters; EPP has 64 at most. */
const TRANSACTION_SIZE_MAX = 256;
const EVENT_COUNT_DEFAULT = 100;
const EVENT_COUNT_MAX = 1_000;

export function registerReceiptRoutes(app: StrictApp, { receipts, events }: AdminPorts): void {
  app.route({
    method: 'GET',
    url: '/receipts/:id',
    config: { access: 'anybody' },
    schema: {
      tags: ['Changes'],
      summary: 'Read the life of a change',
      description: '`Prefer: wait=SECONDS` answers when every name server serves it, or later.',
      params: z.object({ id: z.string() }),
      response: { 200: receiptSchema, 401: PROBLEM, 404: PROBLEM },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      await getReceipt(request, receipts, id);
      const waitMs = preferredWaitMs(request.headers['prefer']);
      if (waitMs !== undefined) {
        await receipts.waitServed(id, waitMs);
        void reply.header('preference-applied', `wait=${waitMs / 1000}`);
      }
      return receiptDocument(await getReceipt(request, receipts, id));
    },
  });
  app.route({
    method: 'GET',
    url: '/receipts',
    config: { access: 'anybody' },
    schema: {
      tags: ['Changes'],
      summary: 'Find the changes that a request made',
      description:
        'Empty where it changed no zone, or has not yet. A command that found its zone as it ' +
        'wants it has the receipt of the change that made it so.',
      querystring: z.object({
        transaction: z
          .string()
          .min(1)
          .max(TRANSACTION_SIZE_MAX)
          .describe('`X-Request-Id` of an HTTP request, or `svTRID` of an EPP command'),
      }),
      response: { 200: receiptListSchema, 400: PROBLEM, 401: PROBLEM },
    },
    handler: async (request) => {
      const found = await receipts.ofTransaction(request.query.transaction);
      const readable = found.filter(({ zone }) => mayReadPart(request, zone));
      return { receipts: readable.map(receiptDocument) };
    },
  });
  app.route({
    method: 'GET',
    url: '/events',
    schema: {
      tags: ['Changes'],
      summary: 'Read the event feed',
      querystring: z.object({
        after: z.string().optional().describe('Cursor of the last page; from the oldest if absent'),
        limit: z.coerce.number().int().min(1).max(EVENT_COUNT_MAX).default(EVENT_COUNT_DEFAULT),
      }),
      response: { 200: eventPageSchema, 401: PROBLEM, 410: PROBLEM },
    },
    handler: async (request) => events.read(request.query.after, request.query.limit),
  });
}

/** One of a zone that may not be read is as missing as one that never was. */
async function getReceipt(
  request: FastifyRequest,
  receipts: ReceiptPort,
  id: string,
): Promise<Receipt> {
  const receipt = await receipts.find(id);
  if (receipt === undefined || !mayReadPart(request, receipt.zone)) throw receiptMissing(id);
  return receipt;
}

function receiptDocument(receipt: Receipt): z.output<typeof receiptSchema> {
  return {
    id: receipt.id,
    zone: receipt.zone,
    source: receipt.source,
    actor: receipt.actor,
    requestId: receipt.requestId,
    oldSerial: receipt.oldSerial ?? null,
    newSerial: receipt.newSerial ?? null,
    receivedAt: formatInstant(receipt.receivedAtMs),
    durableAt: formatStage(receipt.durableAtMs),
    publishedAt: formatStage(receipt.publishedAtMs),
    served: receipt.served.map(({ nameserver, address, servedAtMs }) => ({
      nameserver,
      address,
      servedAt: formatStage(servedAtMs),
    })),
  };
}

function formatStage(ms: number | undefined): string | null {
  return ms === undefined ? null : formatInstant(ms);
}
