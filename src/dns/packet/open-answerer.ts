/**
 * The real answer path of one thread: its own view of the image and an answerer on it. The thread's
 * position is its reader slot, so a successor takes over the slot of the dead thread, and whatever
 * that one had pinned is let go.
 */
import { openClock } from '#base/clock.ts';
import { openCounterRow } from '#base/shared-counters.ts';
import { Answerer, type AnswerOptions } from '#dns/answer/answerer.ts';
import type { ImageHandle } from '#dns/image/arena.ts';
import { ImageReader } from '#dns/image/image-reader.ts';
import { RateLimiter, type RateLimitStart } from './rate-limiter.ts';
import type { MakeAnswerer } from './thread-body.ts';

/** What `PacketThreadsOptions.answerer` is for the real threads. */
export interface AnswererStart {
  image: ImageHandle;
  options: AnswerOptions;
  /** Of `makeRateLimits`; without it nothing is limited. */
  rateLimit?: RateLimitStart | undefined;
}

/** @throws ImageError IMAGE_LAYOUT, IMAGE_READERS */
export const openAnswerer: MakeAnswerer = (start) => {
  const { image, options, rateLimit } = start.answerer as AnswererStart;
  const clock = openClock(start.clock);
  if (start.kind === 'stream') {
    const keepaliveMs = start.limits.idleTimeoutMs;
    return new Answerer(
      ImageReader.open(image, start.thread),
      { ...options, keepaliveMs },
      { clock },
    );
  }
  const counters = openCounterRow(start.counters, start.thread);
  const limiter = rateLimit && new RateLimiter(rateLimit, clock, counters);
  return new Answerer(ImageReader.open(image, start.thread), options, { clock, limiter });
};
