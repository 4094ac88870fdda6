import { describe, expect, it } from 'vitest';
import { ThreadWatchdog } from '#dns/packet/thread-watchdog.ts';

/** At which of the looks, from 1, the thread was said to hang. */
function looksThatBark(beats: number[]): number[] {
  const watchdog = new ThreadWatchdog();
  return beats.flatMap((count, i) => (watchdog.look(count) ? [i + 1] : []));
}

describe('the watchdog of a thread', () => {
  it('barks at the sixth look without progress, and counts anew then', () => {
    expect(looksThatBark([7, 7, 7, 7, 7, 7])).toEqual([]);
    expect(looksThatBark(Array.from({ length: 14 }, () => 7))).toEqual([7, 14]);
  });

  it('is quiet as long as there is any progress', () => {
    expect(looksThatBark([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3])).toEqual([]);
  });

  it('forgets the predecessor of a new thread', () => {
    const watchdog = new ThreadWatchdog();
    for (let i = 0; i < 6; i++) watchdog.look(5);
    watchdog.reset();
    expect(watchdog.look(5)).toBe(false);
  });
});
