/**
 * What the next backup of a location goes on from: the last good copy that it took, with the index
 * of its rows. It lies in a file here and not in the location, so that nothing of it has to be
 * encrypted or trusted, and a restart of the server does not make the next backup a full one.
 *
 *     "HFLAST1\n" | size u32 | id, rows, digest, links, position as JSON | blocks | SHA-256
 *     a block: key size u16 | key | hash, 16 octets
 *
 * big-endian. Of a file that is not as it was written nothing is taken; whether the copy itself is
 * still in the location as it was made is for `hasCopy`, each time.
 */
import { hash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomic } from '#base/atomic-file.ts';
import { asPlainBytes, concatBytes, equalBytes, utf8 } from '#base/bytes.ts';
import { errorCode } from '#base/coded-error.ts';
import { u32Key } from '../keyspace.ts';
import type { BackupLocation } from '../locations/location.ts';
import type { MirrorPosition } from '../mirror/mirror-position.ts';
import { readChain } from './backup-chain.ts';
import { type Block, BlockIndex, HASH_SIZE } from './block-index.ts';
import type { BackupBase } from './manifest.ts';
import { isRowPart } from './read-backup.ts';

const MAGIC = utf8('HFLAST1\n');
const SIZE_SIZE = 4;
const SUM_SIZE = 32;
/** It has keys of all zones in it. */
const FILE_MODE = 0o600;
/** Codes of a copy that nothing can be built on; with others nothing can be known of it. */
const UNUSABLE: ReadonlySet<string> = new Set([
  'BACKUP_NOT_FOUND',
  'BACKUP_CHAIN',
  'BACKUP_DAMAGED',
  'BACKUP_FORMAT',
]);

export interface LastCopy extends BackupBase {
  /** Incremental copies from the full one to it. */
  readonly links: number;
  /** Of its rows; `undefined`: there are too many. */
  readonly index: BlockIndex | undefined;
  /** Where the mirror of the store was. */
  readonly position: MirrorPosition;
}

/**
 * True if the location still has exactly that copy, with all that it builds on.
 * @throws BackupError BACKUP_LOCATION
 */
export async function hasCopy(
  location: BackupLocation,
  { id, rows, digest }: BackupBase,
): Promise<boolean> {
  try {
    const chain = await readChain(location, id);
    const last = chain[chain.length - 1];
    if (last.rows !== rows || last.digest !== digest) return false;
    for (const { id: linkId, parts } of chain) {
      for (const part of parts.filter(isRowPart)) {
        if (!(await location.hasFile(linkId, part.file))) return false;
      }
    }
    return true;
  } catch (error) {
    if (UNUSABLE.has(errorCode(error) ?? '')) return false;
    throw error;
  }
}

/** Makes the folder if it has to. @throws an error of the system */
export async function saveLastCopy(path: string, { index, ...facts }: LastCopy): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const text = utf8(JSON.stringify({ ...facts, isIndexed: index !== undefined }));
  const pieces: Uint8Array[] = [MAGIC, u32Key(text.length), text];
  for (const { from, hash: sum } of index?.blocks ?? []) {
    pieces.push(Uint8Array.of(from.length >>> 8, from.length & 0xff), from, sum);
  }
  const content = concatBytes(pieces);
  await writeFileAtomic(path, concatBytes([content, hash('sha256', content, 'buffer')]), FILE_MODE);
}

/** `undefined`: there is none, or it is damaged. */
export async function loadLastCopy(path: string): Promise<LastCopy | undefined> {
  const octets = await readFile(path).catch(() => undefined);
  if (octets === undefined || octets.length < MAGIC.length + SIZE_SIZE + SUM_SIZE) return undefined;
  const content = octets.subarray(0, -SUM_SIZE);
  if (!equalBytes(content.subarray(0, MAGIC.length), MAGIC)) return undefined;
  if (!equalBytes(hash('sha256', content, 'buffer'), octets.subarray(-SUM_SIZE))) return undefined;
  const textAt = MAGIC.length + SIZE_SIZE;
  const blocksAt = textAt + content.readUInt32BE(MAGIC.length);
  const { isIndexed, ...facts } = JSON.parse(content.toString('utf8', textAt, blocksAt)) as Omit<
    LastCopy,
    'index'
  > & { isIndexed: boolean };
  const index = isIndexed ? new BlockIndex(parseBlocks(content.subarray(blocksAt))) : undefined;
  return { ...facts, index };
}

/** Copies: the file would stay in memory for as long as one block does. */
function parseBlocks(octets: Buffer): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < octets.length; ) {
    const keyTo = at + 2 + octets.readUInt16BE(at);
    const from = Uint8Array.from(asPlainBytes(octets.subarray(at + 2, keyTo)));
    const sum = Uint8Array.from(asPlainBytes(octets.subarray(keyTo, keyTo + HASH_SIZE)));
    blocks.push({ from, hash: sum });
    at = keyTo + HASH_SIZE;
  }
  return blocks;
}
