/**
 * One fixed piece of shared memory and the views over it. It is reserved at full size and the
 * system commits a page when it is first written, so an empty image costs nothing
 * (docs/adr/0001-fixed-arena.md). Readers and the writer each open their own views.
 */
import { totalmem } from 'node:os';
import process from 'node:process';
import { ImageError } from './image-error.ts';
import { ARENA_LAYOUT, ARENA_MAGIC, IMAGE_LAYOUT, IMAGE_MAGIC, WINDOW_SIZE } from './layout.ts';

/** What a thread needs to read the image; can be posted to a worker. */
export interface ImageHandle {
  layout: number;
  memory: SharedArrayBuffer;
}

export const ARENA_SIZE_DEFAULT = 4 * 1024 ** 3;
/** Words are counted with 30 bits. */
export const ARENA_SIZE_MAX = 4 * 1024 ** 3;
export const ARENA_SIZE_MIN = 1024 ** 2;
/** Below this a default reservation is given up rather than halved again. */
const RESERVATION_MIN = 64 * 1024 ** 2;

export class Arena {
  readonly handle: ImageHandle;
  /** The whole arena by words. Signed, so that every value is a small integer to the engine. */
  readonly words: Int32Array;
  /** The arena by octets, in windows of 2 GiB; no block crosses from one to the next. */
  readonly windows: readonly Uint8Array[];
  readonly sizeBytes: number;

  private constructor(handle: ImageHandle) {
    this.handle = handle;
    this.sizeBytes = handle.memory.byteLength;
    this.words = new Int32Array(handle.memory);
    const windows: Uint8Array[] = [];
    for (let at = 0; at < this.sizeBytes; at += WINDOW_SIZE) {
      windows.push(new Uint8Array(handle.memory, at, Math.min(WINDOW_SIZE, this.sizeBytes - at)));
    }
    this.windows = windows;
  }

  /**
   * Reserves a new arena, halving the size until the system agrees.
   * @param sizeBytes default: 4 GiB, at most half of the memory that this process may use
   * @throws ImageError IMAGE_NO_MEMORY
   */
  static reserve(sizeBytes: number = defaultSize()): Arena {
    const wanted = Math.min(ARENA_SIZE_MAX, Math.max(ARENA_SIZE_MIN, sizeBytes));
    for (let size = wanted - (wanted % 4096); ; size = Math.floor(size / 8192) * 4096) {
      try {
        const arena = new Arena({ layout: IMAGE_LAYOUT, memory: new SharedArrayBuffer(size) });
        arena.words[ARENA_MAGIC] = IMAGE_MAGIC;
        arena.words[ARENA_LAYOUT] = IMAGE_LAYOUT;
        return arena;
      } catch (error) {
        if (size / 2 >= RESERVATION_MIN) continue;
        throw new ImageError(
          'IMAGE_NO_MEMORY',
          `cannot reserve ${size} octets of shared memory for the zones: ` +
            'give the process more memory or address space',
          { cause: error },
        );
      }
    }
  }

  /** Views over somebody else's arena. @throws ImageError IMAGE_LAYOUT */
  static open(handle: ImageHandle): Arena {
    const arena = new Arena(handle);
    const layout = arena.words[ARENA_LAYOUT];
    if (
      handle.layout !== IMAGE_LAYOUT ||
      arena.words[ARENA_MAGIC] !== IMAGE_MAGIC ||
      layout !== IMAGE_LAYOUT
    ) {
      throw new ImageError(
        'IMAGE_LAYOUT',
        `image layout ${handle.layout}/${layout} is not ${IMAGE_LAYOUT}: ` +
          'all threads must run the same release; restart the server',
      );
    }
    return arena;
  }
}

function defaultSize(): number {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  const usable = constrained > 0 && constrained < total ? constrained : total;
  return Math.min(ARENA_SIZE_DEFAULT, Math.floor(usable / 2));
}
