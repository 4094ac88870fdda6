/**
 * The gap that a stopped monitor leaves. Cycles whose results can no longer be decided (each is
 * decided 120 s after its end, once) are unmeasured, and the ledger says so by a `monitor-down`
 * entry; those that ended so lately that their results may still come in are not part of it.
 */
import { formatInstant } from '#base/clock.ts';
import { DECISION_DELAY_MS } from '#sla/measurement/cycle-record.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';

/**
 * The entry to append on start, or `undefined` if nothing was lost. `decidedEndMs` is the end of
 * the last cycle in the ledger, `cycleMs` the shortest cycle's length; both in milliseconds.
 */
export function findMonitorGap(
  decidedEndMs: number | undefined,
  nowMs: number,
  cycleMs: number,
): EventOf<'monitor-down'> | undefined {
  if (decidedEndMs === undefined) return undefined;
  const lostEndMs = Math.floor((nowMs - DECISION_DELAY_MS) / cycleMs) * cycleMs;
  if (lostEndMs <= decidedEndMs) return undefined;
  return {
    kind: 'monitor-down',
    from: formatInstant(decidedEndMs),
    to: formatInstant(lostEndMs),
  };
}
