/**
 * Load on an EPP server at a given pace: commands begin when they are due, whether the last ones
 * are answered or not, as far as there are free sessions, and their time counts from when they were
 * due. So a server that is slow for a moment is not spared the commands of that moment.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type EppTestClient, resultOf } from '../kit/epp/epp-client.ts';

export interface LoadFigures {
  /** Commands answered 1000 a second. */
  perSecond: number;
  refused: number;
  /** Milliseconds, in order. */
  timesMs: number[];
}

export interface Load {
  sessions: readonly EppTestClient[];
  /** Commands a second; Infinity: as fast as the sessions go. */
  rate: number;
  seconds: number;
  /** The `at`-th command. */
  command: (at: number) => string;
  /** Told when the `at`-th command was done. */
  onDone?: (at: number, answeredMs: number) => void;
}

export async function runLoad({
  sessions,
  rate,
  seconds,
  command,
  onDone,
}: Load): Promise<LoadFigures> {
  const timesMs: number[] = [];
  let refused = 0;
  let next = 0;
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  const work = async (session: EppTestClient): Promise<void> => {
    for (;;) {
      const at = next++;
      const dueMs = Number.isFinite(rate) ? startMs + (at * 1000) / rate : performance.now();
      if (dueMs >= endMs) return;
      const waitMs = dueMs - performance.now();
      if (waitMs > 1) await sleep(waitMs);
      const answer = await session.ask(command(at));
      const answeredMs = performance.now();
      if (resultOf(answer) !== 1000) {
        refused += 1;
        continue;
      }
      timesMs.push(answeredMs - dueMs);
      onDone?.(at, answeredMs);
    }
  };
  await Promise.all(sessions.map(work));
  const tookSeconds = (performance.now() - startMs) / 1000;
  timesMs.sort((one, other) => one - other);
  return { perSecond: timesMs.length / tookSeconds, refused, timesMs };
}
