/**
 * Which rows of the store are the register of names, and what of all writes a backup's log keeps so
 * that the register can be brought to a moment: its own writes whole, and of the zones' journal
 * the numbers alone, which say how far the zones were by then. Orders to the brake on removals
 * count by the numbers of the register's tasks, so they go with it.
 */
import { BRAKE_PREFIX } from '#app/adapters/removal-brake.ts';
import { compareBytes, latin1 } from '#base/bytes.ts';
import type { LoggedBackup } from '#store/backup/verify-backup.ts';
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

/**
 * Whether the log of a backup leads from the register of the backup before to its own. Keeps the
 * keys that are in the log, and no row.
 */
export async function checkRegisterLog({
  manifest,
  before,
  rowsBefore,
  log,
}: LoggedBackup): Promise<boolean> {
  const newest = new Map<string, number>();
  for await (const { number, writes } of log()) {
    for (const { key } of writes) if (isRegisterRow(key)) newest.set(latin1(key), number);
  }
  const wanted = manifest.facts['register'];
  if (newest.size === 0) return before.facts['register'] === wanted;
  const digest = emptyDigest();
  for await (const rows of await rowsBefore()) {
    for (const { key, value } of rows) {
      if (isRegisterRow(key) && !newest.has(latin1(key))) addRow(digest, key, value);
    }
  }
  for await (const { number, writes } of log()) {
    // The last one of a batch is in force.
    const last = new Map(writes.map((write) => [latin1(write.key), write]));
    for (const [name, write] of last) {
      if (newest.get(name) === number && 'value' in write) addRow(digest, write.key, write.value);
    }
  }
  return formatDigest(digest) === wanted;
}
