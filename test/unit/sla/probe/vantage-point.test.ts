// Whose clock counts: cycles are the sidecar's, and a clock that is far off makes a probe unfit.
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Clock, makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { dnsPlan } from '#sla/probe/cycle-plan.ts';
import { DnsTester } from '#sla/probe/dns-tester.ts';
import { ProbeFitness } from '#sla/probe/probe-fitness.ts';
import { ProbeMetrics } from '#sla/probe/probe-metrics.ts';
import { SerialWatch } from '#sla/probe/serial-watch.ts';
import type { Result } from '#sla/probe/spool.ts';
import { StallWatch } from '#sla/probe/stall-watch.ts';
import { VantagePoint } from '#sla/probe/vantage-point.ts';
import { scriptedDns } from '../../../kit/scripted-dns.ts';

const CYCLE = 1_790_812_800;
const STALL_LIMIT_MS = 60_000;

/** A vantage point whose wall clock shows `atMs`; what it said so far is in `results`. */
async function begin(atMs: number, offset: { ms: number | undefined }) {
  const { server } = await scriptedDns();
  const cell = makeClockCell(atMs);
  const wall = openClock({ kind: 'cell', cell });
  const real = openClock({ kind: 'system' });
  const clock: Clock = { nowMs: () => wall.nowMs(), monotonicUs: () => real.monotonicUs() };
  const stop = new AbortController();
  const { signal } = stop;
  const stalls = new StallWatch(clock, STALL_LIMIT_MS);
  const targets = [{ nameserver: 'ns1.example.com.', server }];
  const results: Result[] = [];
  const point = new VantagePoint({
    probes: ['p01'],
    services: [
      dnsPlan({
        probes: ['p01'],
        targets,
        cycleSeconds: 60,
        proportion: { udp: 1, tcp: 1 },
        questions: [],
        tester: new DnsTester({
          zone: 'example.com.',
          timeouts: { udp: 5000, tcp: 5000 },
          clock,
          random: seededRandom(1),
          stalls,
          serials: new SerialWatch(60_000),
          signal,
        }),
      }),
    ],
    stalls,
    metrics: new ProbeMetrics({
      registry: new Registry(),
      probes: ['p01'],
      subjects: [],
      isFit: () => true,
      clockOffsetMs: () => offset.ms,
      resultsWaiting: () => 0,
    }),
    updates: [],
    onResult: (result) => results.push(result),
    fitness: new ProbeFitness({ clockOffsetMs: () => offset.ms, lagLimitMs: 60_000, clock }),
    clockOffsetMs: () => offset.ms,
    clock,
    log: silentLog(),
    signal,
  });
  point.start();
  onTestFinished(async () => {
    stop.abort();
    await point.close();
  });
  const until = async (count: number): Promise<Result[]> => {
    for (let turn = 0; turn < 400 && results.length < count; turn++) await sleep(25);
    return results;
  };
  return { until, moveTo: (ms: number) => setClockCell(cell, ms) };
}

describe('a vantage point', () => {
  it('tests in the cycle of the sidecar’s clock, and says how far its own is off', async () => {
    // The sidecar is already in the cycle; this clock is three seconds behind it.
    const { until } = await begin(CYCLE * 1000 - 1000, { ms: -3000 });
    expect(await until(1)).toMatchObject([
      { cycle: CYCLE, outcome: 'answered', clockOffsetMs: -3000 },
    ]);
  });

  it.each([
    [5000, 'answered'],
    [-5001, 'internal'],
  ])('whose clock is %i ms off makes tests that are %s', async (ms, outcome) => {
    const { until } = await begin((CYCLE + 10) * 1000 + ms, { ms });
    const [first] = await until(1);
    expect(first).toMatchObject({ cycle: CYCLE, outcome });
    expect(first).toHaveProperty(outcome === 'internal' ? 'error' : 'rttUs');
  });

  it('that was an hour ahead begins again in the right cycle when it learns so', async () => {
    const offset: { ms: number | undefined } = { ms: undefined };
    const { until, moveTo } = await begin((CYCLE + 3600) * 1000, offset);
    expect(await until(1)).toMatchObject([{ cycle: CYCLE + 3600 }]);
    offset.ms = 3_600_000;
    moveTo((CYCLE + 3600 + 59) * 1000);
    expect(await until(2)).toMatchObject([
      { cycle: CYCLE + 3600 },
      { cycle: CYCLE, outcome: 'internal', error: 'clock-off' },
    ]);
  });
});
