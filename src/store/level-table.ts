/**
 * A look at LevelDB's tables before LevelDB uses them. Every block of a table carries a CRC-32C,
 * which LevelDB as we run it never compares: a flipped bit gave silently wrong keys, and when a
 * compaction met them out of order an assertion in LevelDB ended the whole process, at every start
 * again. So opening a store compares them all (over 1 GB a second; a table is about 8 MB). The
 * format (LevelDB doc/table_format):
 *
 *     data blocks | filter block | metaindex block | index block | footer, 48 octets
 *     block:  contents | type u8 (0 raw, 1 Snappy) | masked CRC-32C of both, u32 LE
 *     footer: handle of metaindex | handle of index | zeros | magic
 *     handle: offset varint | size varint
 *
 * The index has one entry per data block whose value is its handle, the metaindex one for the
 * filter block (damage there would make rows look absent). An entry of any such block is
 * shared varint | rest varint | value size varint | rest of key | value, and the block ends with
 * an array of u32 LE and its length.
 */
import { type Crc32cTable, crc32c, unmaskCrc32c } from './crc32c.ts';
import { unpackSnappy } from './snappy.ts';
import { VarintCursor } from './varint-cursor.ts';

const FOOTER_SIZE = 48;
const TRAILER_SIZE = 5;
const MAGIC_LOW = 0x8b80fb57;
const MAGIC_HIGH = 0xdb477524;

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** What is wrong with a table, for people, or `undefined` if every block is sound. */
export function findTableDamage(crcTable: Crc32cTable, file: Uint8Array): string | undefined {
  const footerAt = file.length - FOOTER_SIZE;
  if (footerAt < 0) return 'it is too short';
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const hasMagic =
    view.getUint32(file.length - 8, true) === MAGIC_LOW &&
    view.getUint32(file.length - 4, true) === MAGIC_HIGH;
  if (!hasMagic) return 'its end is not that of a table';
  const footer = new VarintCursor(file, footerAt, file.length - 8);
  const blocks: Handle[] = [];
  for (const handle of [readHandle(footer), readHandle(footer)]) {
    if (handle === undefined) return 'its footer cannot be read';
    const damage = findBlockDamage(crcTable, file, handle);
    if (damage !== undefined) return damage;
    const found = readIndex(file, handle);
    if (found === undefined) return 'its index cannot be read';
    blocks.push(...found);
  }
  for (const block of blocks) {
    const damage = findBlockDamage(crcTable, file, block);
    if (damage !== undefined) return damage;
  }
  return undefined;
}

function findBlockDamage(
  crcTable: Crc32cTable,
  file: Uint8Array,
  handle: Handle,
): string | undefined {
  const end = handle.offset + handle.size;
  if (end + TRAILER_SIZE > file.length) return `the block at octet ${handle.offset} is cut off`;
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const expected = unmaskCrc32c(view.getUint32(end + 1, true));
  if (crc32c(crcTable, file, handle.offset, end + 1) === expected) return undefined;
  return `the block at octet ${handle.offset} fails its checksum`;
}

/** The handles in an index or metaindex block, or `undefined` if it is not one. */
function readIndex(file: Uint8Array, handle: Handle): Handle[] | undefined {
  const packed = file.subarray(handle.offset, handle.offset + handle.size);
  const isRaw = file[handle.offset + handle.size] === 0;
  const contents = isRaw ? packed : unpackSnappy(packed);
  if (contents === undefined || contents.length < 4) return undefined;
  const view = new DataView(contents.buffer, contents.byteOffset, contents.length);
  const restarts = view.getUint32(contents.length - 4, true);
  const entriesEnd = contents.length - 4 * (restarts + 1);
  if (entriesEnd < 0) return undefined;
  const cursor = new VarintCursor(contents, 0, entriesEnd);
  const blocks: Handle[] = [];
  while (cursor.at < entriesEnd) {
    cursor.varint();
    const keySize = cursor.varint() ?? entriesEnd;
    const valueSize = cursor.varint();
    const valueAt = cursor.at + keySize;
    if (valueSize === undefined || valueAt + valueSize > entriesEnd) return undefined;
    const block = readHandle(new VarintCursor(contents, valueAt, valueAt + valueSize));
    if (block === undefined) return undefined;
    blocks.push(block);
    cursor.at = valueAt + valueSize;
  }
  return blocks;
}

function readHandle(cursor: VarintCursor): Handle | undefined {
  const offset = cursor.varint();
  const size = cursor.varint();
  return offset === undefined || size === undefined ? undefined : { offset, size };
}
