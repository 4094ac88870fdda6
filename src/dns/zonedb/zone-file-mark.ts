/**
 * The mark of a zone that was imported from the folder of master files: the files that were read,
 * the named one first, by which the next start knows whether they have changed. A file whose inode
 * says the same as then (`ctime` cannot be set back) is not read again.
 */
import { asBuffer, utf8 } from '#base/bytes.ts';
import type { Name } from '#dns/wire/name.ts';
import type { KeyValueReader, Write } from '#store/key-value-store.ts';
import { zoneFileKey } from './zone-keys.ts';

/** `inode`: empty where the file could not be looked at. */
export type ZoneFileMark = { path: string; sha256: string; inode: string }[];

export async function readMark(
  store: KeyValueReader,
  apex: Name,
): Promise<ZoneFileMark | undefined> {
  const value = await store.get(zoneFileKey(apex));
  if (value === undefined) return undefined;
  return JSON.parse(asBuffer(value).toString('utf8')) as ZoneFileMark;
}

export function markWrite(apex: Name, mark: ZoneFileMark): Write {
  return { key: zoneFileKey(apex), value: utf8(JSON.stringify(mark)) };
}

/** A mark that no file fits: at the next start the file counts as changed. */
export function staleMark(apex: Name, path: string): Write {
  return markWrite(apex, [{ path, sha256: '', inode: '' }]);
}

/** The file that the zone was imported from. */
export async function readImportedFile(
  store: KeyValueReader,
  apex: Name,
): Promise<string | undefined> {
  return (await readMark(store, apex))?.[0]?.path;
}
