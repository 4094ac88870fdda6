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
  /** Without `decided`, time passes and the ledger cannot be written. */
  const setTo = (instant: string): void => setClockCell(cell, Date.parse(instant));
  const moveTo = (instant: string): void => {
    setTo(instant);
    scores.decided(Date.parse(instant));
  };
  return { scores, moveTo, setTo };
}

const record = (instant: string, isDown = false) => {
  const cycle = secondsOf(instant);
  return packCycle('dns', cycle, dnsTests({ cycle, fails: () => isDown }));
};

const availability = (scores: RunningScore, month?: string): unknown =>
  scores
    .score(undefined, month)
    ?.parameters.find(({ parameter }) => parameter === 'dns-service-availability');

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

  it('is as of the last time at which everything due was in the ledger', () => {
    const { scores, moveTo, setTo } = running();
    scores.add(record(START));
    moveTo('2026-10-01T00:03:00Z');
    setTo('2026-10-01T00:04:00.100Z');
    expect(scores.score()).toMatchObject({ asOf: '2026-10-01T00:03:00Z' });
    expect(availability(scores)).toMatchObject({ unmeasuredSeconds: 0, verdict: 'met' });
  });

  it('of the last month is the recomputed one, weeks that began a month earlier included', () => {
    const { scores, moveTo } = running();
    const lines = [record('2026-10-31T23:58:00Z', true), record('2026-11-01T00:00:00Z', true)];
    for (const line of lines) scores.add(line);
    moveTo('2026-12-15T00:00:00Z');
    const later = record('2026-12-14T00:00:00Z');
    scores.add(later);
    expect(scores.score(undefined, '2026-11')).toEqual(
      scoreOf('biz-2013-lab', '2026-11', [...lines, later]),
    );
    expect(availability(scores, '2026-11')).toMatchObject({ verdict: 'breached' });
  });

  it('of an older month, or of one to come, it does not pretend to know', () => {
    const { scores, moveTo } = running();
    scores.add(record(START, true));
    moveTo('2026-11-15T00:00:00Z');
    expect(availability(scores, '2026-10')).toMatchObject({ downSeconds: { min: 60 } });
    moveTo('2026-12-15T00:00:00Z');
    scores.add(record('2026-12-14T00:00:00Z'));
    expect([scores.score(undefined, '2026-10'), scores.score(undefined, '2027-01')]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('knows no other contract and no month that is none', () => {
    const { scores } = running();
    expect([scores.score('hosting'), scores.score(undefined, '2026-13')]).toEqual([
      undefined,
      undefined,
    ]);
  });
});
