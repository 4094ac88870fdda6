/**
 * Asks a name server for the receipt of a change (`GET /api/holdfast/v1/receipts/ID`): when it
 * received the change, and when its own watch first saw each address serve it.
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

export interface ReceiptReaderParts {
  /** URL of the admin API, without a path. */
  api: string;
  readKey: () => Promise<string>;
}

/**
 * What the server says of a change at an address, whatever its port: the latest where there are
 * several. `undefined` where it has no such receipt, or does not look at the address.
 * Raises Error where the server cannot be asked.
 */
export async function readReceipt(
  { api, readKey }: ReceiptReaderParts,
  id: string,
  address: string,
  signal: AbortSignal,
): Promise<ServedReceipt | undefined> {
  const response = await fetch(`${api}/api/holdfast/v1/receipts/${encodeURIComponent(id)}`, {
    headers: { 'x-api-key': await readKey(), accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
  });
  const text = await readBounded(response);
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`${api}: status ${response.status}`);
  const { receivedAt, served } = receiptSchema.parse(JSON.parse(text));
  const places = served.filter((place) => hostOf(place.address) === canonicalAddress(address));
  if (places.length === 0) return undefined;
  const instants = places.map(({ servedAt }) => (servedAt === null ? NaN : instantMs(servedAt)));
  const lastMs = Math.max(...instants);
  return {
    receivedAtMs: instantMs(receivedAt),
    servedAtMs: Number.isNaN(lastMs) ? undefined : lastMs,
  };
}

/** Of `ADDRESS:PORT`, as `[2001:db8::1]:53` too. */
function hostOf(place: string): string {
  return canonicalAddress(place.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
}
