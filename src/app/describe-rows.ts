/**
 * What a backup says of all that is in it: of the zones as the zone database tells, and of the
 * register of names by the number and digest of its rows. Two backups between which the register
 * changed differ in that, which is how a restore to a moment between them knows.
 */
import { describeZones } from '#dns/zonedb/describe-zones.ts';
import type { BackupFacts } from '#store/backup/manifest.ts';
import { addRow, emptyDigest, formatDigest } from '#store/digest.ts';
import type { KeyValueReader } from '#store/key-value-store.ts';

/** The octets that keyspace.ts gives to the register, and the first behind them. */
const REGISTER_FIRST = 0x80;
const REGISTER_END = 0xc0;

/** @throws what `describeZones` raises */
export async function describeRows(
  reader: KeyValueReader,
  tell?: (zone: object) => void,
): Promise<BackupFacts> {
  const zones = await describeZones(reader, tell);
  const digest = emptyDigest();
  let registerRows = 0;
  const from = Uint8Array.of(REGISTER_FIRST);
  const to = Uint8Array.of(REGISTER_END);
  for await (const rows of reader.range(from, to)) {
    for (const { key, value } of rows) addRow(digest, key, value);
    registerRows += rows.length;
  }
  return { ...zones, registerRows, register: formatDigest(digest) };
}
