/**
 * How the store and its mirror are kept together. With every batch the store writes a row that has
 * the number and the checksum of that batch's record in the mirror, so at each start it shows which
 * of the two has more:
 *
 *     store 7, mirror 7     as it should be
 *     store 7, mirror 9     the store lost the end of its log: 8 and 9 are made again
 *     store 9, mirror 7     the mirror lost its end: it goes on at 10, and 8 and 9 are a gap
 *     store 7, mirror 20-   the store is an older one: refused, nobody knows what 8 to 19 were
 *     another checksum      the mirror is that of another store: begun anew
 */
import { rm } from 'node:fs/promises';
import { concatBytes } from '#base/bytes.ts';
import type { Log } from '#base/log.ts';
import type { KeyValueReader, Write } from '../key-value-store.ts';
import { buildKey, KEYSPACE, readU32Key, readU64Key, u32Key, u64Key } from '../keyspace.ts';
import { StoreError } from '../store-error.ts';
import { parseWrites } from './mirror-record.ts';
import { WriteMirror } from './write-mirror.ts';

/** Of the store itself, beside its layout version. */
export const POSITION_KEY = buildKey(KEYSPACE.layout, Uint8Array.of(1));

/** Says which record of the mirror a batch is. */
export function positionWrite(number: number, checksum: number): Write {
  return { key: POSITION_KEY, value: concatBytes([u64Key(number), u32Key(checksum)]) };
}

interface MirrorPosition {
  readonly number: number;
  readonly checksum: number;
}

async function readPosition(reader: KeyValueReader): Promise<MirrorPosition> {
  const value = await reader.get(POSITION_KEY);
  if (value === undefined) return { number: 0, checksum: 0 };
  return { number: readU64Key(value, 0), checksum: readU32Key(value, 8) };
}

/**
 * Brings the store up to its mirror. @returns the mirror, and the number of the newest batch
 * @param apply makes writes durable in the store
 * @throws StoreError STORE_DAMAGED when the store is older than all that the mirror has
 */
export async function joinMirror(
  reader: KeyValueReader,
  apply: (writes: readonly Write[]) => Promise<void>,
  opened: WriteMirror,
  log: Log,
): Promise<{ mirror: WriteMirror; number: number }> {
  const position = await readPosition(reader);
  const { number } = position;
  if (opened.last === 0) return { mirror: opened, number };
  if (opened.first > number + 1) throw tooOld(opened, number);
  if (await isForeign(opened, position)) {
    log.warn({ path: opened.folder }, 'the mirror is not that of this store: it is begun anew');
    return { mirror: await beginAnew(opened, log), number };
  }
  let reached = number;
  for await (const { number: next, checksum, body } of opened.batchesAfter(number)) {
    if (next !== reached + 1) throw tooOld(opened, reached);
    await apply([...parseWrites(body), positionWrite(next, checksum)]);
    reached = next;
  }
  if (reached > number) {
    const batches = reached - number;
    log.warn({ batches }, 'writes that the store had not kept were made again from the mirror');
  }
  return { mirror: opened, number: reached };
}

/** True if the record that the store names is another one in the mirror. */
async function isForeign(mirror: WriteMirror, position: MirrorPosition): Promise<boolean> {
  if (position.number === 0) return false;
  for await (const { number, checksum } of mirror.batchesAfter(position.number - 1)) {
    return number === position.number && checksum !== position.checksum;
  }
  return false;
}

async function beginAnew(mirror: WriteMirror, log: Log): Promise<WriteMirror> {
  await mirror.close();
  await rm(mirror.folder, { recursive: true });
  return WriteMirror.open(mirror.folder, log);
}

function tooOld({ folder, first, last }: WriteMirror, number: number): StoreError {
  return new StoreError(
    'STORE_DAMAGED',
    `the store ends with batch ${number}, and its mirror ${folder} has ${first} to ${last}: what ` +
      'is in between is lost; restore the newest good backup, or move the mirror away to go on ' +
      'with the store as it is',
  );
}
