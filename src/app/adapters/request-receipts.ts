/**
 * What requests have changed that were under way when the process ended: the journal has the id of
 * each request that changed a zone, in the batch that made the change.
 */
import type { ReceiptFinder } from '#access/idempotency-keys.ts';
import type { Journal } from '#dns/zonedb/journal.ts';
import { formatReceiptId } from '#dns/zonedb/receipt-id.ts';

/** Wall clocks are set; a step back of more than this is not reckoned with. */
const CLOCK_STEP_MS_MAX = 3_600_000;

/** Reads backwards, as far as the oldest of the requests. */
export function findReceiptsIn(journal: Pick<Journal, 'newest'>): ReceiptFinder {
  return async (requestIds, sinceMs) => {
    const receipts = new Map<string, string[]>();
    for await (const { sequence, transactionId, begunAtMs } of journal.newest()) {
      if (begunAtMs < sinceMs - CLOCK_STEP_MS_MAX) break;
      if (!requestIds.has(transactionId)) continue;
      const others = receipts.get(transactionId) ?? [];
      receipts.set(transactionId, [formatReceiptId(sequence), ...others]);
    }
    return receipts;
  };
}
