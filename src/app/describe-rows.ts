/**
 * What a backup says of all that is in it: of the zones as the zone database tells, and of the
 * register of names by the number and digest of its rows. Two backups between which the register
 * changed differ in that, which is how a restore to a moment between them knows.
 */
import { digestRegister } from '#app/register-rows.ts';
import { describeZones } from '#dns/zonedb/describe-zones.ts';
import type { BackupFacts } from '#store/backup/manifest.ts';
import type { KeyValueReader } from '#store/key-value-store.ts';

/** @throws what `describeZones` raises */
export async function describeRows(
  reader: KeyValueReader,
  tell?: (zone: object) => void,
): Promise<BackupFacts> {
  return { ...(await describeZones(reader, tell)), ...(await digestRegister(reader)) };
}
