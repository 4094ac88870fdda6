import { describe, expect, it } from 'vitest';
import {
  cumulateLatencies,
  LATENCY_BUCKETS,
  latencyBucket,
  latencyBucketEdgeUs,
} from '#base/latency-buckets.ts';

const SLA_BOUNDS_US = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 4, 5, 7.5, 10, 20]
  .concat([60, 300, 900])
  .map((seconds) => Math.round(seconds * 1e6));

describe('latency buckets', () => {
  it('put every duration into the bucket whose edge is the next at or above it', () => {
    for (let us = 0; us < 2_000_000; us += us < 5000 ? 1 : 997) {
      const bucket = latencyBucket(us);
      expect(latencyBucketEdgeUs(bucket)).toBeGreaterThanOrEqual(us);
      expect(bucket === 0 ? -1 : latencyBucketEdgeUs(bucket - 1)).toBeLessThan(us);
    }
  });

  it('are at most a tenth wide', () => {
    for (let bucket = 101; bucket < LATENCY_BUCKETS; bucket++) {
      const edge = latencyBucketEdgeUs(bucket);
      expect((edge - latencyBucketEdgeUs(bucket - 1)) / edge).toBeLessThan(0.1);
    }
  });

  it('count what is longer than all of them in the last one, and what is negative in the first', () => {
    expect(latencyBucket(1e12)).toBe(LATENCY_BUCKETS - 1);
    expect(latencyBucket(-5)).toBe(0);
  });

  it('are exact at every bound of the service level: at the bound counts, 1 us over does not', () => {
    for (const bound of SLA_BOUNDS_US) {
      const counts = new Float64Array(LATENCY_BUCKETS);
      counts[latencyBucket(bound)] += 1;
      counts[latencyBucket(bound + 1)] += 1;
      expect(cumulateLatencies(counts, [bound])).toEqual({ within: [1], total: 2 });
    }
  });
});
