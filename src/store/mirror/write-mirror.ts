/**
 * The mirror: every synced batch of the store once more, in files of its own that are only appended
 * to and synced (mirror-record.ts). LevelDB drops a damaged end of its log in silence, and can lose
 * a row; what was acknowledged is then still here. Batches are numbered without gaps as long as the
 * mirror works; the store keeps the number of its newest one in a row (mirror-position.ts).
 *
 *     0000000000000001.mirror   0000000000004711.mirror   ...   oldest files go at the limit
 *
 * The mirror is what the store is repaired from and never stops it: a mirror that cannot be
 * written is said (`failure`) and tried again, and changes go on. Rows of `writeBulk` are not in
 * it.
 */
import { type FileHandle, mkdir, open, rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '#base/atomic-file.ts';
import { latin1 } from '#base/bytes.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { MirroredWrite, Write } from '../key-value-store.ts';
import { StoreError } from '../store-error.ts';
import { parseWrites } from './mirror-record.ts';
import {
  findEnd,
  listSegments,
  type MirroredBatch,
  readBatches,
  segmentPath,
} from './mirror-segment.ts';

export interface MirrorLimits {
  /** A file that has so many octets is followed by a new one. */
  readonly segmentOctetsMax: number;
  /** Octets of all files; beyond, the oldest go. */
  readonly octetsMax: number;
}

export const MIRROR_LIMITS: MirrorLimits = {
  segmentOctetsMax: 16 << 20,
  octetsMax: 512 << 20,
};

/** After a failure so long passes before the next file is begun. */
const RETRY_DELAY_MS = 10_000;

/** In the mirror's folder: files of another store that lay in it. */
const ASIDE_FOLDER = 'set-aside';

interface SegmentSize {
  readonly first: number;
  size: number;
}

export class WriteMirror {
  readonly folder: string;
  readonly #limits: MirrorLimits;
  readonly #log: Log;
  /** Oldest first; the last one is written to. */
  readonly #segments: SegmentSize[];
  #last: number;
  #file: FileHandle | undefined;
  #failure: StoreError | undefined;
  #retryTimer: NodeJS.Timeout | undefined;

  private constructor(
    folder: string,
    log: Log,
    limits: MirrorLimits,
    segments: SegmentSize[],
    last: number,
  ) {
    this.folder = folder;
    this.#log = log;
    this.#limits = limits;
    this.#segments = segments;
    this.#last = last;
  }

  /** Opens the mirror in `folder`, created if missing; a torn end is cut off, which is said. */
  static async open(
    folder: string,
    log: Log,
    limits: MirrorLimits = MIRROR_LIMITS,
  ): Promise<WriteMirror> {
    await mkdir(folder, { recursive: true });
    const segments: SegmentSize[] = [];
    for (const first of await listSegments(folder)) {
      segments.push({ first, size: (await stat(segmentPath(folder, first))).size });
    }
    let last = 0;
    // A file without one whole record says nothing of what came before it.
    while (last === 0) {
      const newest = segments.at(-1);
      if (newest === undefined) break;
      const path = segmentPath(folder, newest.first);
      const { number, end } = (await findEnd(folder, newest.first)) ?? { number: 0, end: 0 };
      if (end < newest.size) {
        log.warn({ path, octets: newest.size - end }, 'the torn end of the mirror was cut off');
        await truncate(path, end);
        newest.size = end;
      }
      last = number;
      if (last > 0) break;
      segments.pop();
      await rm(path);
    }
    return new WriteMirror(folder, log, limits, segments, last);
  }

  /** Number of the newest batch, 0 when there is none. */
  get last(): number {
    return this.#last;
  }

  /** Number of the oldest batch, 0 when there is none. */
  get first(): number {
    return this.#segments[0]?.first ?? 0;
  }

  /** Why batches are not mirrored at present; `undefined`: they are. */
  get failure(): StoreError | undefined {
    return this.#failure;
  }

  /**
   * Gives a record to the system; `sync` makes it durable. One call at a time; never rejects.
   * @param number above all before
   */
  async append(number: number, record: Uint8Array): Promise<void> {
    if (this.#retryTimer !== undefined) return;
    try {
      this.#file ??= await this.#openSegment(number);
      const segment = this.#segments[this.#segments.length - 1];
      const { bytesWritten } = await this.#file.write(record, 0, record.length, segment.size);
      if (bytesWritten < record.length) throw new Error('the disk took only a part of it');
      segment.size += record.length;
      this.#last = number;
      if (this.#failure !== undefined) this.#log.info({ number }, 'the mirror is written again');
      this.#failure = undefined;
    } catch (error) {
      await this.#pause(error);
    }
  }

  /** Makes durable what was appended. Never rejects. */
  async sync(): Promise<void> {
    if (this.#retryTimer !== undefined || this.#file === undefined) return;
    try {
      await this.#file.datasync();
      const { size } = this.#segments[this.#segments.length - 1];
      if (size >= this.#limits.segmentOctetsMax) await this.#closeFile();
    } catch (error) {
      await this.#pause(error);
    }
  }

  /** The file that is there goes on after `open` and `cutAfter`; otherwise a new one begins. */
  async #openSegment(number: number): Promise<FileHandle> {
    const newest = this.#segments.at(-1);
    const isFollowed = newest !== undefined && this.#last === number - 1;
    if (isFollowed && this.#failure === undefined && newest.size < this.#limits.segmentOctetsMax) {
      return open(segmentPath(this.folder, newest.first), 'r+');
    }
    const file = await open(segmentPath(this.folder, number), 'w');
    await syncFolder(this.folder);
    if (newest?.first === number) newest.size = 0;
    else this.#segments.push({ first: number, size: 0 });
    await this.#dropOldest();
    return file;
  }

  async #dropOldest(): Promise<void> {
    let octets = 0;
    for (const { size } of this.#segments) octets += size;
    while (octets > this.#limits.octetsMax && this.#segments.length > 1) {
      const oldest = this.#segments[0];
      await rm(segmentPath(this.folder, oldest.first), { force: true });
      this.#segments.shift();
      octets -= oldest.size;
    }
  }

  /** Nothing is known of the file any more, so the next attempt begins another one. */
  async #pause(cause: unknown): Promise<void> {
    const failure = new StoreError(
      'STORE_MIRROR_FAILED',
      `${this.folder} cannot be written (${errorMessage(cause)}): changes go on without the ` +
        'mirror until it can; free space or replace the disk',
      { cause },
    );
    if (this.#failure === undefined) this.#log.error({ code: failure.code }, failure.message);
    this.#failure = failure;
    await this.#closeFile().catch(() => {});
    this.#retryTimer = setTimeout(() => this.#endPause(), RETRY_DELAY_MS).unref();
  }

  #endPause(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** Batches after `number`, oldest first. @throws an error of the system */
  batchesAfter(number: number): AsyncGenerator<MirroredBatch> {
    return readBatches(this.folder, number);
  }

  /**
   * The newest write of each key that is asked for and that the mirror has, by the key as latin1.
   * Reads the whole mirror.
   * @param position number of the newest batch of the store
   */
  async newest(
    isWanted: (key: Uint8Array) => boolean,
    position: number,
  ): Promise<Map<string, MirroredWrite>> {
    const found = new Map<string, { write: Write; number: number }>();
    let gapBefore = 0;
    let last = 0;
    for await (const { number, body } of this.batchesAfter(0)) {
      if (last !== 0 && number !== last + 1) gapBefore = number;
      last = number;
      for (const write of parseWrites(body)) {
        if (!isWanted(write.key)) continue;
        // A copy: the body is a view of all that was read with it.
        const key = Uint8Array.from(write.key);
        const kept: Write =
          'value' in write ? { key, value: Uint8Array.from(write.value) } : { key, delete: true };
        found.set(latin1(key), { write: kept, number });
      }
    }
    const isWhole = last >= position;
    return new Map(
      [...found].map(([key, { write, number }]) => [
        key,
        { write, isNewest: isWhole && number >= gapBefore },
      ]),
    );
  }

  /** Takes out all batches after `number`, and tries at once what had failed. */
  async cutAfter(number: number): Promise<void> {
    this.#endPause();
    await this.#closeFile();
    for (let newest = this.#segments.at(-1); newest !== undefined; newest = this.#segments.at(-1)) {
      const path = segmentPath(this.folder, newest.first);
      if (newest.first <= number) {
        const kept = await findEnd(this.folder, newest.first, number);
        if (kept !== undefined) {
          this.#last = kept.number;
          newest.size = kept.end;
          await truncate(path, kept.end);
          return;
        }
      }
      await rm(path);
      this.#segments.pop();
    }
    this.#last = 0;
  }

  /**
   * Moves all files into a folder inside, in the place of what was set aside before, and begins
   * anew. @returns the folder
   */
  async setAside(): Promise<string> {
    this.#endPause();
    await this.#closeFile();
    const aside = join(this.folder, ASIDE_FOLDER);
    // Together with what a process that was killed has moved there.
    const draft = `${aside}.new`;
    await mkdir(draft, { recursive: true });
    for (const { first } of this.#segments) {
      await rename(segmentPath(this.folder, first), segmentPath(draft, first));
    }
    await syncFolder(draft);
    await rm(aside, { recursive: true, force: true });
    await rename(draft, aside);
    await syncFolder(this.folder);
    this.#segments.length = 0;
    this.#last = 0;
    return aside;
  }

  async close(): Promise<void> {
    this.#endPause();
    await this.#closeFile();
  }
}
