// When a probe may not judge: its clock is off, or its event loop lags.
import { describe, expect, it } from 'vitest';
import { ProbeFitness } from '#sla/probe/probe-fitness.ts';

const LOOK_US = 250_000;

function open(offset: { ms: number | undefined }) {
  let nowUs = 0;
  const clock = { nowMs: () => 0, monotonicUs: () => nowUs };
  const fitness = new ProbeFitness({ clockOffsetMs: () => offset.ms, lagLimitMs: 20, clock });
  const look = (times: number, lateUs: number): void => {
    for (let time = 0; time < times; time++) {
      nowUs += LOOK_US + lateUs;
      fitness.look();
    }
  };
  return { fitness, look };
}

describe('a probe', () => {
  it.each([
    [undefined, undefined],
    [5000, undefined],
    [-5000, undefined],
    [5001, 'clock-off'],
    [-5001, 'clock-off'],
  ])('whose clock is %s ms ahead is unfit by %s', (ms, code) => {
    expect(open({ ms }).fitness.unfit()?.code).toBe(code);
  });

  it('is unfit while its loop is late at more than a quarter of the looks of a minute', () => {
    const { fitness, look } = open({ ms: 0 });
    look(180, 0);
    look(60, 20_001);
    expect(fitness.unfit()).toBeUndefined();
    look(1, 20_001);
    expect(fitness.unfit()).toEqual({
      code: 'loop-lagging',
      reason: 'the event loop was late at 61 of 240 looks',
    });
    look(181, 20_000);
    expect(fitness.unfit()).toBeUndefined();
  });

  it('is not unfit because it was busy when it started', () => {
    const { fitness, look } = open({ ms: 0 });
    look(8, 500_000);
    expect(fitness.unfit()).toBeUndefined();
    look(32, 0);
    expect(fitness.unfit()).toBeUndefined();
  });
});
