/**
 * Backups give way to changes: they run on the same thread, and would otherwise take all of it for
 * as long as they last. After each chunk the reader pauses for a multiple of the time that the
 * chunk took, so each location has about a ninth of the thread and takes the longer for it. Time
 * that went to others counts too: the busier the thread, the longer the pauses.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '#base/clock.ts';
import type { KeyValueReader } from '../key-value-store.ts';

/** Pause for each time that was worked. */
const PAUSE_FACTOR = 8;
const PAUSE_MS_MAX = 100;
/** Shorter pauses are saved up: a timer is no more exact. */
const PAUSE_MS_MIN = 2;

/** The same chunks, with pauses in between. */
export async function* pace<T>(chunks: AsyncIterable<T>, clock: Clock): AsyncGenerator<T> {
  let owedMs = 0;
  for await (const chunk of chunks) {
    const startUs = clock.monotonicUs();
    yield chunk;
    owedMs += (PAUSE_FACTOR * (clock.monotonicUs() - startUs)) / 1000;
    if (owedMs < PAUSE_MS_MIN) continue;
    await sleep(Math.min(owedMs, PAUSE_MS_MAX));
    owedMs = 0;
  }
}

/** The same reader, whose ranges are read with pauses. */
export function pacedReader(reader: KeyValueReader, clock: Clock): KeyValueReader {
  return {
    get: async (key) => reader.get(key),
    getMany: async (keys) => reader.getMany(keys),
    range: (from, to, options) => pace(reader.range(from, to, options), clock),
  };
}
