/**
 * Which rows of the store are the register of names, and what of all writes a backup's log keeps so
 * that the register can be brought to a moment: its own writes whole, and of the zones' journal
 * the numbers alone, which say how far the zones were by then. Orders to the brake on removals
 * count by the numbers of the register's tasks, so they go with it.
 */
import { BRAKE_PREFIX } from '#app/adapters/removal-brake.ts';
import { compareBytes } from '#base/bytes.ts';
import { addRow, emptyDigest, formatDigest } from '#store/digest.ts';
import type { KeyValueReader, Write } from '#store/key-value-store.ts';
import { KEYSPACE, type KeyRange, prefixRange } from '#store/keyspace.ts';

/** The second are the octets that keyspace.ts gives to it. */
const REGISTER_RANGES: readonly KeyRange[] = [
  prefixRange(BRAKE_PREFIX),
  { from: Uint8Array.of(0x80), to: Uint8Array.of(0xc0) },
];
const EMPTY = new Uint8Array();

export function isRegisterRow(key: Uint8Array): boolean {
  return REGISTER_RANGES.some(
    ({ from, to }) => compareBytes(from, key) <= 0 && compareBytes(key, to) < 0,
  );
}

/** For the log of a backup. */
export function logRegister(write: Write): Write | undefined {
  if (isRegisterRow(write.key)) return write;
  const isEntry = write.key[0] === KEYSPACE.journal && 'value' in write;
  return isEntry ? { key: write.key, value: EMPTY } : undefined;
}

/** How many rows the register has, and their digest. @throws StoreError STORE_DAMAGED */
export async function digestRegister(
  reader: KeyValueReader,
): Promise<{ readonly registerRows: number; readonly register: string }> {
  const digest = emptyDigest();
  let registerRows = 0;
  for (const { from, to } of REGISTER_RANGES) {
    for await (const rows of reader.range(from, to)) {
      for (const { key, value } of rows) addRow(digest, key, value);
      registerRows += rows.length;
    }
  }
  return { registerRows, register: formatDigest(digest) };
}
