/**
 * Which batch a moment means. The clock may have been set between two batches, so times need not
 * ascend, and there is one rule for all that restores to a moment:
 *
 *     11:58  11:59  11:57  12:01  11:59  12:02       12:00 means the fifth: the last not later
 *                            ^ is in it, though later
 *
 * That is what the store had when the clock last passed the moment: as after a kill then.
 */

/** What of a batch says where it stands in order and in time. */
export interface TimedBatch {
  readonly number: number;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** Number of the last batch that is not later than the moment; 0: all are. */
export async function findLastUntil(
  batches: AsyncIterable<TimedBatch>,
  untilMs: number,
): Promise<number> {
  let last = 0;
  for await (const { number, atMs } of batches) if (atMs <= untilMs) last = number;
  return last;
}
