/**
 * The image as one packet thread sees it: looking things up, and telling the writer between which
 * moments it may be looking at something. Each reader has a slot of its own, given by the control
 * thread; a thread that takes the place of a dead one takes its slot too.
 */
import { Arena, type ImageHandle } from './arena.ts';
import { ImageError } from './image-error.ts';
import { ImageLookup } from './image-lookup.ts';
import {
  ARENA_EPOCH,
  ARENA_READERS,
  READER_COUNT_MAX,
  READER_IDLE,
  READER_STRIDE,
} from './layout.ts';

export class ImageReader extends ImageLookup {
  readonly #slot: number;

  private constructor(arena: Arena, slot: number) {
    super(arena);
    this.#slot = ARENA_READERS + slot * READER_STRIDE;
    this.endBatch();
  }

  /**
   * @param slot 0 to READER_COUNT_MAX - 1, no two live readers with the same
   * @throws ImageError IMAGE_LAYOUT, IMAGE_READERS
   */
  static open(handle: ImageHandle, slot: number): ImageReader {
    if (!Number.isInteger(slot) || slot < 0 || slot >= READER_COUNT_MAX) {
      throw new ImageError(
        'IMAGE_READERS',
        `reader slot ${slot} is not below ${READER_COUNT_MAX}: configure fewer threads`,
      );
    }
    return new ImageReader(Arena.open(handle), slot);
  }

  /**
   * From here to `endBatch` nothing that is looked up is reclaimed. Keep batches short: memory
   * waits for the slowest.
   */
  beginBatch(): void {
    const { words } = this;
    // The second look makes sure that the writer saw this reader before it moved on; as an ordered
    // load it also keeps what follows from being read too early.
    let epoch = Atomics.load(words, ARENA_EPOCH);
    for (;;) {
      Atomics.store(words, this.#slot, epoch);
      const now = Atomics.load(words, ARENA_EPOCH);
      if (now === epoch) return;
      epoch = now;
    }
  }

  /** Nothing that was looked up may be used any more. */
  endBatch(): void {
    Atomics.store(this.words, this.#slot, READER_IDLE);
  }
}
