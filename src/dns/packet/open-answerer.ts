/**
 * The real answer path of one thread: its own view of the image and an answerer on it. The thread's
 * position is its reader slot, so a successor takes over the slot of the dead thread, and whatever
 * that one had pinned is let go.
 */
import { Answerer, type AnswerOptions } from '#dns/answer/answerer.ts';
import type { ImageHandle } from '#dns/image/arena.ts';
import { ImageReader } from '#dns/image/image-reader.ts';
import type { MakeAnswerer } from './thread-body.ts';

/** What `PacketThreadsOptions.answerer` is for the real threads. */
export interface AnswererStart {
  image: ImageHandle;
  options: AnswerOptions;
}

/** @throws ImageError IMAGE_LAYOUT, IMAGE_READERS */
export const openAnswerer: MakeAnswerer = ({ answerer, thread }) => {
  const { image, options } = answerer as AnswererStart;
  return new Answerer(ImageReader.open(image, thread), options);
};
