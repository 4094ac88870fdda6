// The running judge gives what a recomputation from the same evidence gives, month after month.
import { describe, expect, it } from 'vitest';
import { RunningScore } from '#app/adapters/running-score.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { packCycle } from '#sla/measurement/cycle-record.ts';
import { dnsTests, scoreOf, secondsOf, shippedContract } from '../../../kit/sla-evidence.ts';

const START = '2026-10-01T00:00:00Z';

function running() {
  const cell = makeClockCell(Date.parse(START));
  const contract = shippedContract('biz-2013-lab');
  const loaded = { contract, file: 'lab.yaml', digest: '0' };
  const scores = new RunningScore([loaded], openClock({ kind: 'cell', cell }));
  return { scores, moveTo: (instant: string) => setClockCell(cell, Date.parse(instant)) };
}

const record = (instant: string, isDown = false) => {
  const cycle = secondsOf(instant);
  return packCycle('dns', cycle, dnsTests({ cycle, fails: () => isDown }));
};

describe('the running score', () => {
  it('is the one that is recomputed from the same lines', () => {
    const { scores, moveTo } = running();
    const lines = [record(START), record('2026-10-01T00:01:00Z', true)];
    for (const line of lines) scores.add(line);
    moveTo('2026-10-01T00:10:30Z');
    expect(scores.score()).toEqual(
      scoreOf('biz-2013-lab', '2026-10', lines, '2026-10-01T00:10:30Z'),
    );
    expect(scores.cycleState('dns', secondsOf('2026-10-01T00:01:00Z'))).toBe('down');
  });

  it('is worked out once between two decisions, and anew with each line and minute', () => {
    const { scores, moveTo } = running();
    scores.add(record(START));
    moveTo('2026-10-01T00:10:10Z');
    const first = scores.score();
    moveTo('2026-10-01T00:10:50Z');
    expect(scores.score()).toBe(first);
    moveTo('2026-10-01T00:11:00Z');
    const second = scores.score();
    expect(second).not.toBe(first);
    scores.add(record('2026-10-01T00:01:00Z'));
    expect(scores.score()).not.toBe(second);
  });

  it('keeps the month before the current one, and lets go of older ones', () => {
    const { scores, moveTo } = running();
    scores.add(record(START, true));
    moveTo('2026-11-15T00:00:00Z');
    scores.add(record('2026-11-14T00:00:00Z'));
    const downOf = (month: string): unknown =>
      scores
        .score(undefined, month)
        ?.parameters.find(({ parameter }) => parameter === 'dns-service-availability');
    expect(downOf('2026-10')).toMatchObject({ downSeconds: { min: 60 }, verdict: 'breached' });
    moveTo('2026-12-15T00:00:00Z');
    scores.add(record('2026-12-14T00:00:00Z'));
    expect(downOf('2026-10')).toMatchObject({ measuredSeconds: 0 });
  });

  it('knows no other contract and no month that is none', () => {
    const { scores } = running();
    expect([scores.score('hosting'), scores.score(undefined, '2026-13')]).toEqual([
      undefined,
      undefined,
    ]);
  });
});
