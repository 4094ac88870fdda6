/**
 * Log-linear buckets for durations: two significant decimal digits, so that every bound with two
 * digits (5 ms, 0.25 s, 7.5 s) is a bucket's upper edge and a histogram with such bounds is exact,
 * not interpolated.
 *
 *   index 0..100           a duration of exactly that many microseconds
 *   index 101 + 90*d + k   (k = 0..89) durations in ( (10+k) * 10^(d+1), (11+k) * 10^(d+1) ] us
 *
 * Seven decades reach 1,000 s; what is longer falls into the last bucket. The counts are plain
 * numbers in somebody's array (see shared-counters.ts); here is only the arithmetic.
 */

const LINEAR = 101;
const PER_DECADE = 90;
const DECADES = 7;

/** Counters that a histogram takes. */
export const LATENCY_BUCKETS = LINEAR + PER_DECADE * DECADES;

/** The bucket of a duration in whole microseconds; negative ones count as 0. */
export function latencyBucket(us: number): number {
  if (us < LINEAR) return us > 0 ? us : 0;
  let scale = 10;
  let decade = 0;
  while (us > 100 * scale && decade < DECADES - 1) {
    scale *= 10;
    decade += 1;
  }
  const step = Math.min(Math.ceil(us / scale) - 11, PER_DECADE - 1);
  return LINEAR + decade * PER_DECADE + step;
}

/** The longest duration, in microseconds, that the bucket counts. */
export function latencyBucketEdgeUs(bucket: number): number {
  if (bucket < LINEAR) return bucket;
  const decade = Math.floor((bucket - LINEAR) / PER_DECADE);
  const step = (bucket - LINEAR) % PER_DECADE;
  return (11 + step) * 10 ** (decade + 1);
}

/**
 * Cumulative counts as a Prometheus histogram wants them: how many durations were at most each
 * bound. Exact for bounds of two significant digits.
 * @param counts LATENCY_BUCKETS numbers
 * @param boundsUs ascending, in microseconds
 */
export function cumulateLatencies(
  counts: ArrayLike<number>,
  boundsUs: readonly number[],
): { within: number[]; total: number } {
  const within: number[] = [];
  let bucket = 0;
  let total = 0;
  for (const boundUs of boundsUs) {
    while (bucket < LATENCY_BUCKETS && latencyBucketEdgeUs(bucket) <= boundUs) {
      total += counts[bucket];
      bucket += 1;
    }
    within.push(total);
  }
  while (bucket < LATENCY_BUCKETS) {
    total += counts[bucket];
    bucket += 1;
  }
  return { within, total };
}
