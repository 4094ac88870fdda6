/**
 * How the store and its mirror are kept together. With every batch the store writes a row that has
 * the number and the checksum of that batch's record in the mirror, so at each start it shows which
 * of the two has more:
 *
 *     store 7, mirror 7     as it should be
 *     store 7, mirror 9     the store lost the end of its log: 8 and 9 are made again
 *     store 9, mirror 7     the mirror lost its end, or was switched off for two batches: it goes
 *                           on at 10, and 8 and 9 are a gap
 *     store 7, mirror 20-   the store is an older one: refused, nobody knows what 8 to 19 were
 *     another checksum      the mirror is that of another store, or of what this one was before
 *                           it was restored: set aside, and begun anew
 */
import { concatBytes } from '#base/bytes.ts';
import type { Log } from '#base/log.ts';
import type { KeyValueReader, Write } from '../key-value-store.ts';
import { buildKey, KEYSPACE, readU32Key, readU64Key, u32Key, u64Key } from '../keyspace.ts';
import { StoreError } from '../store-error.ts';
import { parseWrites } from './mirror-record.ts';
import type { WriteMirror } from './write-mirror.ts';

/** Of the store itself, beside its layout version. */
export const POSITION_KEY = buildKey(KEYSPACE.layout, Uint8Array.of(1));

/** Stands for no record. */
const NO_CHECKSUM = 0;

/** Says which record of the mirror a batch is. */
export function positionWrite(number: number, checksum: number): Write {
  return { key: POSITION_KEY, value: concatBytes([u64Key(number), u32Key(checksum)]) };
}

export interface MirrorPosition {
  /** Of the newest batch of the store that was mirrored, 0 when none ever was. */
  readonly number: number;
  readonly checksum: number;
}

/** What the store says of its mirror. */
export async function readPosition(reader: KeyValueReader): Promise<MirrorPosition> {
  const value = await reader.get(POSITION_KEY);
  if (value === undefined) return { number: 0, checksum: NO_CHECKSUM };
  return { number: readU64Key(value, 0), checksum: readU32Key(value, 8) };
}

/** Whether a mirror could be there that leads up to this store, though none is kept at present. */
export async function namesRecord(reader: KeyValueReader): Promise<boolean> {
  const { checksum } = await readPosition(reader);
  return checksum !== NO_CHECKSUM;
}

/**
 * Says that no mirror which is there is that of this store: a restored one goes on from the number
 * that it has, and the batches that a mirror has after that are those of the past that was lost.
 */
export async function partWrite(reader: KeyValueReader): Promise<Write> {
  const { number } = await readPosition(reader);
  return positionWrite(Math.max(1, number), NO_CHECKSUM);
}

/**
 * Brings the store up to its mirror. @returns the number of the newest batch
 * @param apply makes writes durable in the store
 * @throws StoreError STORE_DAMAGED when the store is older than all that the mirror has
 */
export async function joinMirror(
  reader: KeyValueReader,
  apply: (writes: readonly Write[]) => Promise<void>,
  mirror: WriteMirror,
  log: Log,
): Promise<number> {
  const { number, checksum } = await readPosition(reader);
  if (mirror.last === 0) return number;
  if (number > 0 && checksum === NO_CHECKSUM) return setAside(mirror, number, log);
  if (mirror.first > number + 1) throw tooOld(mirror, number);
  let reached = number;
  // From the record on that the store names, which tells whose mirror it is.
  for await (const batch of mirror.batchesAfter(number - 1)) {
    if (batch.number === number) {
      if (batch.checksum === checksum) continue;
      return setAside(mirror, number, log);
    }
    if (batch.number !== reached + 1) throw tooOld(mirror, reached);
    await apply([...parseWrites(batch.body), positionWrite(batch.number, batch.checksum)]);
    reached = batch.number;
  }
  if (reached > number) {
    const batches = reached - number;
    log.warn({ batches }, 'writes that the store had not kept were made again from the mirror');
  }
  return reached;
}

/** It may be all that is left of what somebody looks for. */
async function setAside(mirror: WriteMirror, number: number, log: Log): Promise<number> {
  const path = await mirror.setAside();
  log.warn({ path }, 'the mirror is not that of this store: it is set aside and begun anew');
  return number;
}

function tooOld({ folder, first, last }: WriteMirror, number: number): StoreError {
  return new StoreError(
    'STORE_DAMAGED',
    `the store ends with batch ${number}, and its mirror ${folder} has ${first} to ${last}: what ` +
      'is in between is lost; restore the newest good backup, or move the mirror away to go on ' +
      'with the store as it is',
  );
}
