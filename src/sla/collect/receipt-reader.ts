/**
 * Asks a name server for the receipt of a change (`GET /api/holdfast/v1/receipts/ID`, or with
 * `?transaction=ID` for the one that an EPP command made): when it received the change, and when
 * its own watch first saw each address serve it.
 */
import { z } from 'zod';
import { canonicalAddress } from '#sla/measurement/cycle-record.ts';
import { instantMs, instantSchema } from '#sla/measurement/instant.ts';
import { readBounded } from './bounded-reply.ts';
import type { ServedReceipt } from './evidence-comparison.ts';

const REQUEST_TIMEOUT_MS = 5_000;

const receiptSchema = z.object({
  receivedAt: instantSchema,
  served: z.array(z.object({ address: z.string(), servedAt: instantSchema.nullable() })),
});

const listSchema = z.object({ receipts: z.array(receiptSchema) });

export interface ReceiptReaderParts {
  /** URL of the admin API, without a path. */
  api: string;
  readKey: () => Promise<string>;
}

/**
 * What the server says of a change at an address, whatever its port: the latest where there are
 * several. `undefined` where it has no such receipt, or does not look at the address.
 * Raises Error where the server cannot be asked.
 * @param id of the receipt, or of the transaction: an EPP server tells nothing else (`svTRID`)
 */
export async function readReceipt(
  server: ReceiptReaderParts,
  id: string,
  address: string,
  signal: AbortSignal,
): Promise<ServedReceipt | undefined> {
  const receipt = await findReceipt(server, encodeURIComponent(id), signal);
  const places = (receipt?.served ?? []).filter(
    (place) => hostOf(place.address) === canonicalAddress(address),
  );
  if (receipt === undefined || places.length === 0) return undefined;
  const instants = places.map(({ servedAt }) => (servedAt === null ? NaN : instantMs(servedAt)));
  const lastMs = Math.max(...instants);
  return {
    receivedAtMs: instantMs(receipt.receivedAt),
    servedAtMs: Number.isNaN(lastMs) ? undefined : lastMs,
  };
}

async function findReceipt(
  server: ReceiptReaderParts,
  id: string,
  signal: AbortSignal,
): Promise<z.output<typeof receiptSchema> | undefined> {
  const own = await readDocument(server, `receipts/${id}`, signal);
  if (own !== undefined) return receiptSchema.parse(own);
  const listed = await readDocument(server, `receipts?transaction=${id}`, signal);
  return listed === undefined ? undefined : listSchema.parse(listed).receipts[0];
}

/** `undefined` where there is no such thing. */
async function readDocument(
  { api, readKey }: ReceiptReaderParts,
  path: string,
  signal: AbortSignal,
): Promise<unknown> {
  const response = await fetch(`${api}/api/holdfast/v1/${path}`, {
    headers: { 'x-api-key': await readKey(), accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
  });
  const text = await readBounded(response);
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`${api}: status ${response.status}`);
  return JSON.parse(text);
}

/** Of `ADDRESS:PORT`, as `[2001:db8::1]:53` too. */
function hostOf(place: string): string {
  return canonicalAddress(place.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
}
