/**
 * The image as a file, so that a start need not build it again: the part of the arena that was ever
 * used, as it stands in memory, with what the writer knows beside it. The store stays the truth;
 * a snapshot only spares work, and one that is damaged or of another layout is not used.
 *
 *     "HFIMG" | u8 zero | u16 SNAPSHOT_LAYOUT      little-endian, as the arena itself is
 *     u32 size of the header | header, JSON: SnapshotHeader
 *     the arena's octets from its beginning, `touchedBytes` of them
 *     SHA-256 over all of the above, 32 octets
 *
 * It is written under another name, synced and renamed. Only its owner may read it: it holds the
 * seed of the name hashes.
 */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { replaceFileAtomic } from '#base/atomic-file.ts';
import type { AllocatorState } from './allocator.ts';
import type { Arena } from './arena.ts';
import { ImageError } from './image-error.ts';
import { IMAGE_LAYOUT, WINDOW_SIZE } from './layout.ts';

/** Changes with the drawing above, or with what the header says. */
const SNAPSHOT_LAYOUT = 1;
const MAGIC = Uint8Array.of(0x48, 0x46, 0x49, 0x4d, 0x47, 0, SNAPSHOT_LAYOUT & 0xff, 0);
const PREFIX_SIZE = MAGIC.length + 4;
const HEADER_SIZE_MAX = 1 << 28;
const DIGEST_SIZE = 32;
/** Octets read or written at a time. */
const PIECE_SIZE = 4 << 20;

/** What the writer knows of the arena that the arena itself does not say. */
export interface ImageState extends AllocatorState {
  zones: number;
  slots: number;
  names: number;
  records: number;
}

interface SnapshotHeader {
  imageLayout: number;
  state: ImageState;
  /** By name of the zone: what its content is, in the caller's words. */
  contents: [zone: string, content: string][];
}

export interface LoadedSnapshot {
  state: ImageState;
  contents: ReadonlyMap<string, string>;
}

/** Replaces the file; the arena must not change meanwhile. */
export async function saveSnapshot(
  path: string,
  arena: Arena,
  state: ImageState,
  contents: ReadonlyMap<string, string>,
): Promise<void> {
  const header: SnapshotHeader = { imageLayout: IMAGE_LAYOUT, state, contents: [...contents] };
  await replaceFileAtomic(path, 0o600, async (file) => {
    const hash = createHash('sha256');
    await writeAll(file, headerOctets(header), hash);
    for (const piece of arenaPieces(arena, state.touchedBytes)) await writeAll(file, piece, hash);
    await file.write(hash.digest());
  });
}

/**
 * Reads the file into a fresh arena; `undefined`: there is no such file. After an error the arena
 * holds garbage and must be thrown away.
 * @throws ImageError IMAGE_SNAPSHOT when it is damaged, of another layout or too large
 */
export async function loadSnapshot(
  path: string,
  arena: Arena,
): Promise<LoadedSnapshot | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw unusable(path, error.message, error);
  });
  if (file === undefined) return undefined;
  try {
    return await readSnapshot(path, file, arena);
  } finally {
    await file.close();
  }
}

async function readSnapshot(path: string, file: FileHandle, arena: Arena): Promise<LoadedSnapshot> {
  const { size } = await file.stat();
  const hash = createHash('sha256');
  const prefix = await readExactly(path, file, 0, PREFIX_SIZE, hash);
  if (MAGIC.some((octet, at) => octet !== prefix[at])) {
    throw unusable(path, 'it is no snapshot, or one of another release');
  }
  const headerSize = prefix.readUInt32LE(MAGIC.length);
  if (headerSize > HEADER_SIZE_MAX || PREFIX_SIZE + headerSize > size) throw damaged(path);
  const headerText = await readExactly(path, file, PREFIX_SIZE, headerSize, hash);
  const header = parseHeader(path, headerText);
  const { touchedBytes } = header.state;
  if (header.imageLayout !== IMAGE_LAYOUT) throw unusable(path, 'its image has another layout');
  if (touchedBytes > arena.sizeBytes) throw unusable(path, 'the image has less memory than it had');
  let at = PREFIX_SIZE + headerSize;
  if (at + touchedBytes + DIGEST_SIZE !== size) throw damaged(path);
  for (const piece of arenaPieces(arena, touchedBytes)) {
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead !== piece.length) throw damaged(path);
    hash.update(piece);
    at += piece.length;
  }
  const digest = await readExactly(path, file, at, DIGEST_SIZE);
  if (!hash.digest().equals(digest)) throw damaged(path);
  return { state: header.state, contents: new Map(header.contents) };
}

/** A header that damage made unreadable is damage like any other. */
function parseHeader(path: string, text: Buffer): SnapshotHeader {
  try {
    return JSON.parse(text.toString('utf8')) as SnapshotHeader;
  } catch (error) {
    throw damaged(path, error);
  }
}

function headerOctets(header: SnapshotHeader): Buffer {
  const text = Buffer.from(JSON.stringify(header), 'utf8');
  const size = Buffer.alloc(4);
  size.writeUInt32LE(text.length);
  return Buffer.concat([MAGIC, size, text]);
}

async function writeAll(file: FileHandle, octets: Uint8Array, hash: Hash): Promise<void> {
  hash.update(octets);
  for (let at = 0; at < octets.length; ) {
    const { bytesWritten } = await file.write(octets, at, octets.length - at);
    at += bytesWritten;
  }
}

async function readExactly(
  path: string,
  file: FileHandle,
  at: number,
  size: number,
  hash?: Hash,
): Promise<Buffer> {
  const octets = Buffer.alloc(size);
  const { bytesRead } = await file.read(octets, 0, size, at);
  if (bytesRead !== size) throw damaged(path);
  hash?.update(octets);
  return octets;
}

/** Views over the arena's first octets, none across two windows. */
function* arenaPieces(arena: Arena, sizeBytes: number): Generator<Uint8Array> {
  for (let at = 0; at < sizeBytes; ) {
    const window = arena.windows[Math.floor(at / WINDOW_SIZE)];
    const from = at % WINDOW_SIZE;
    const size = Math.min(PIECE_SIZE, sizeBytes - at, window.length - from);
    yield window.subarray(from, from + size);
    at += size;
  }
}

function damaged(path: string, cause?: unknown): ImageError {
  return unusable(path, 'it is damaged', cause);
}

function unusable(path: string, why: string, cause?: unknown): ImageError {
  return new ImageError(
    'IMAGE_SNAPSHOT',
    `the snapshot ${path} cannot be used: ${why}; the zones are built from the store`,
    { cause },
  );
}
