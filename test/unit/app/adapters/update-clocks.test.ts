/** What is said of changes that are late, and when. */
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { UpdateClocks } from '#app/adapters/update-clocks.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { LateZone } from '#dns/transfer/watched-server.ts';
import { parseName } from '#dns/wire/name.ts';

const START_MS = 1_700_000_000_000;

function openClocks() {
  const cell = makeClockCell(START_MS);
  const said: [level: string, text: string][] = [];
  const keep =
    (level: string) =>
    (_facts: unknown, text: string): void =>
      void said.push([level, text]);
  const log = { warn: keep('warn'), error: keep('error') } as unknown as Log;
  const state = { zones: [] as LateZone[], waitingSinceMs: undefined as number | undefined };
  const registry = new Registry();
  const clocks = new UpdateClocks({
    late: () => (state.zones.length === 0 ? [] : [{ address: '192.0.2.2:53', zones: state.zones }]),
    waitingSinceMs: () => state.waitingSinceMs,
    registry,
    clock: openClock({ kind: 'cell', cell }),
    log,
  });
  const lookAfter = (seconds: number): void => {
    setClockCell(cell, START_MS + seconds * 1000);
    clocks.look();
  };
  const figure = async (stage: string, level: string): Promise<string | undefined> => {
    const line = `holdfast_update_overdue{stage="${stage}",level="${level}"} `;
    const text = await registry.metrics();
    return text
      .split('\n')
      .find((candidate) => candidate.startsWith(line))
      ?.slice(line.length);
  };
  return { clocks, state, said, lookAfter, figure };
}

function late(name: string): LateZone {
  return { apex: parseName(name), serial: 2, sinceMs: START_MS };
}

describe('a change that is not served', () => {
  it('is warned of after a minute and called an error after five, once each', async () => {
    const { state, said, lookAfter, figure } = openClocks();
    state.zones = [late('a.example.'), late('b.example.')];
    lookAfter(59);
    expect(said).toEqual([]);
    expect(await figure('served', 'warning')).toBe('0');
    lookAfter(61);
    lookAfter(70);
    expect(said.map(([level]) => level)).toEqual(['warn']);
    expect(said[0][1]).toContain('192.0.2.2:53 does not serve changes');
    expect(await figure('served', 'warning')).toBe('2');
    lookAfter(301);
    lookAfter(310);
    expect(said.map(([level]) => level)).toEqual(['warn', 'error']);
    expect(await figure('served', 'error')).toBe('2');
    state.zones = [];
    lookAfter(320);
    expect(await figure('served', 'error')).toBe('0');
    state.zones = [late('a.example.')];
    lookAfter(330);
    expect(said).toHaveLength(3);
  });
});

describe('a change that is not begun', () => {
  it('is warned of and counted likewise', async () => {
    const { state, said, lookAfter, figure } = openClocks();
    state.waitingSinceMs = START_MS;
    lookAfter(61);
    expect(said).toHaveLength(1);
    expect(await figure('begun', 'warning')).toBe('1');
    expect(await figure('begun', 'error')).toBe('0');
    state.waitingSinceMs = undefined;
    lookAfter(62);
    expect(await figure('begun', 'warning')).toBe('0');
  });
});
