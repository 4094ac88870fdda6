// How far behind: who is told when, and what goes to the event feed.

import { pino } from 'pino';
import { expect, it } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { ReplicaEvents } from '#registry/rdds/replica/replica-events.ts';
import { ReplicaLag } from '#registry/rdds/replica/replica-lag.ts';
import { temporaryStore } from '../../../kit/temporary-store.ts';

const START_MS = Date.parse('2026-11-22T00:00:00Z');

function openLag() {
  const cell = makeClockCell(START_MS);
  const said: string[] = [];
  const samples: number[] = [];
  let asOfMs: number | undefined = START_MS;
  const write = (line: string): void => {
    const { level, msg } = JSON.parse(line) as { level: number; msg: string };
    said.push(`${level} ${msg}`);
  };
  const lag = new ReplicaLag({
    asOfMs: () => asOfMs,
    onSample: async (_atMs, lagMs) => void samples.push(lagMs),
    clock: openClock({ kind: 'cell', cell }),
    log: pino({}, { write }),
  });
  let second = 0;
  /** Steps each second until then. */
  const runTo = async (seconds: number): Promise<void> => {
    for (; second <= seconds; second++) {
      setClockCell(cell, START_MS + second * 1000);
      await lag.step();
    }
  };
  return { lag, said, samples, runTo, setAsOf: (ms: number | undefined) => (asOfMs = ms) };
}

it('alarms at a minute, calls five a breach, says each once, and says when it is over', async () => {
  const { lag, said, samples, runTo, setAsOf } = openLag();
  await runTo(59);
  expect(said).toEqual([]);
  await runTo(299);
  expect(said).toEqual(['40 alarm: the replica is behind the register']);
  await runTo(360);
  expect(said.slice(1)).toEqual(['50 the replica is too far behind: a breach']);
  expect(lag.state).toBe('breached');
  setAsOf(START_MS + 359_500);
  await lag.step();
  expect(said.slice(2)).toEqual(['30 the replica is current again']);
  expect(lag.lagMs).toBe(500);
  expect(samples.at(-1)).toBe(360_000);
});

it('counts from its start while there is no copy, and never below nothing', () => {
  const { lag, setAsOf } = openLag();
  setAsOf(undefined);
  expect(lag.lagMs).toBe(0);
  setAsOf(START_MS + 5_000);
  expect(lag.lagMs).toBe(0);
});

it('keeps its samples for readers who come back', async () => {
  const store = await temporaryStore();
  const events = await ReplicaEvents.open(store);
  for (let at = 0; at < 3; at++) await events.add(START_MS + at * 60_000, at);
  const first = await events.read(undefined, 2);
  expect(first).toEqual({
    events: [
      { kind: 'replica-lag', at: '2026-11-22T00:00:00.000Z', lagMs: 0 },
      { kind: 'replica-lag', at: '2026-11-22T00:01:00.000Z', lagMs: 1 },
    ],
    next: '2',
  });
  const reopened = await ReplicaEvents.open(store);
  expect((await reopened.read(first?.next, 10))?.events).toMatchObject([{ lagMs: 2 }]);
  expect(await reopened.read('3', 10)).toEqual({ events: [], next: '3' });
  for (const cursor of ['4', '-1', 'x']) expect(await reopened.read(cursor, 10)).toBeUndefined();
});
