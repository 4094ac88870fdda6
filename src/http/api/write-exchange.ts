/**
 * What every write has in common: who asked goes in, with the version that they ask it of; the
 * receipt's id comes out. A client that prefers to (`Prefer: wait=SECONDS`, RFC 7240) is answered
 * only when the change is served everywhere, or when its patience ends.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { assert } from '#base/assert.ts';
import type { ReceiptPort, WriteContext, WriteOutcome } from './ports.ts';
import { readCondition } from './zone-etag.ts';

/** No client holds a connection longer than this, whatever it prefers. */
const WAIT_MAX_MS = 60_000;

/** @throws ApiError API_CONDITION_INVALID */
export function writeContext(request: FastifyRequest): WriteContext {
  assert(request.principal !== undefined, 'a write comes from a principal');
  const condition = readCondition(request.headers);
  return {
    actor: request.principal.actor,
    sourceAddress: request.ip,
    requestId: request.id,
    receivedAtMs: request.receivedAtMs,
    ...(condition && { condition }),
  };
}

/** Sets the receipt's header, and waits as the client prefers. The write itself is done. */
export async function acknowledgeWrite(
  request: FastifyRequest,
  reply: FastifyReply,
  receipts: ReceiptPort,
  outcome: WriteOutcome,
): Promise<void> {
  await acknowledgeChanges(request, reply, receipts, [outcome.receiptId]);
}

/** The same for several changes of one request; without any there is nothing to wait for. */
export async function acknowledgeChanges(
  request: FastifyRequest,
  reply: FastifyReply,
  receipts: ReceiptPort,
  receiptIds: readonly string[],
): Promise<void> {
  if (receiptIds.length === 0) return;
  void reply.header('holdfast-receipt', receiptIds.join(', '));
  const waitMs = preferredWaitMs(request.headers['prefer']);
  if (waitMs === undefined) return;
  await Promise.all(receiptIds.map((id) => receipts.waitServed(id, waitMs)));
  void reply.header('preference-applied', `wait=${waitMs / 1000}`);
}

/** The `wait` preference in milliseconds, capped; `undefined` without a valid one. */
export function preferredWaitMs(prefer: string | string[] | undefined): number | undefined {
  const fields = prefer === undefined ? [] : [prefer].flat();
  for (const preference of fields.flatMap((field) => field.split(','))) {
    const found = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;|$)/i.exec(preference);
    if (found !== null) return Math.min(Number(found[1]) * 1000, WAIT_MAX_MS);
  }
  return undefined;
}
