/**
 * `POST /changes`: edits of any number of zones, made as one or not at all, or only tried
 * (`dryRun`). What is refused is refused with every mistake and its place in the request.
 */
import { demandAct } from '../access.ts';
import type { AdminPorts } from '../admin-ports.ts';
import { invalidRequest } from '../api-error.ts';
import { acknowledgeChanges, writeContext } from '../write-exchange.ts';
import {
  changesAnswerSchema,
  changesSchema,
  EDITS_MAX,
  mistakesSchema,
  zoneChangeDocument,
} from './change-schemas.ts';
import { PROBLEM, problemWith } from './schemas.ts';
import type { StrictApp } from './strict-app.ts';

/** Octets of a request: some 10,000 edits with their contents. */
const BODY_SIZE_MAX = 4 * 1024 * 1024;

export function registerChangeRoute(app: StrictApp, { changes, receipts }: AdminPorts): void {
  app.route({
    method: 'POST',
    url: '/changes',
    bodyLimit: BODY_SIZE_MAX,
    config: { access: 'anybody' },
    schema: {
      tags: ['Changes'],
      summary: 'Change RRsets of any zones, all or none',
      description: '`Idempotency-Key` makes it safe to send again; `Prefer: wait=SECONDS` waits.',
      body: changesSchema,
      response: {
        200: changesAnswerSchema,
        400: problemWith(mistakesSchema),
        401: PROBLEM,
        403: PROBLEM,
        409: problemWith(mistakesSchema),
        413: PROBLEM,
        415: PROBLEM,
        422: problemWith(mistakesSchema),
        503: PROBLEM,
      },
    },
    handler: async (request, reply) => {
      const { zones, dryRun } = request.body;
      const batch = zones.map(({ zone, ifSerial, ifVersion, edits }) => ({
        zone,
        ...(ifSerial !== undefined && { ifSerial }),
        ...(ifVersion !== undefined && { ifVersion }),
        edits: edits.map((edit) => ({
          change: edit.change,
          name: edit.name,
          type: edit.type.toUpperCase(),
          ...('ttl' in edit && edit.ttl !== undefined && { ttl: edit.ttl }),
          records: 'records' in edit ? edit.records : [],
        })),
      }));
      for (const { zone, edits } of batch) {
        for (const { name, type } of edits) demandAct(request, { zone, name, type, write: true });
      }
      const count = batch.reduce((sum, { edits }) => sum + edits.length, 0);
      if (count > EDITS_MAX) throw invalidRequest(`${count} edits are more than ${EDITS_MAX}`);
      const context = writeContext(request);
      if (context.condition !== undefined) {
        throw invalidRequest('If-Match is for one zone; here give ifVersion or ifSerial with each');
      }
      const made = await (dryRun ? changes.preview(batch, context) : changes.apply(batch, context));
      const ids = made.flatMap(({ receiptId, changed }) => (changed && receiptId) || []);
      await acknowledgeChanges(request, reply, receipts, ids);
      return { dryRun, zones: made.map(zoneChangeDocument) };
    },
  });
}
