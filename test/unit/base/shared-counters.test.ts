import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  layoutCounters,
  makeCounterRows,
  openCounterRow,
  sumCounterRows,
} from '#base/shared-counters.ts';

describe('shared counters', () => {
  it('lay groups out one behind the other, and rows on cache lines of their own', () => {
    const layout = layoutCounters({ a: 3, b: 20 });
    expect(layout.at).toEqual({ a: 0, b: 3 });
    expect(layout.size).toBe(32);
  });

  it('sum what several threads add to rows of their own, at the same time', async () => {
    const layout = layoutCounters({ n: 2 });
    const counters = makeCounterRows(layout, 3);
    const code = `
      import { workerData } from 'node:worker_threads';
      const { counters, row } = workerData;
      const counts = new Float64Array(counters.memory, row * counters.rowSize * 8, 2);
      for (let i = 0; i < 100000; i++) { counts[0] += 1; counts[1] += 2; }`;
    const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
    const workers = [0, 1].map((row) => new Worker(url, { workerData: { counters, row } }));
    openCounterRow(counters, 2)[0] += 5;
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
    expect([...sumCounterRows(counters).subarray(0, 2)]).toEqual([200_005, 400_000]);
  });
});
