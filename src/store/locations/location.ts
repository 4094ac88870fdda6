/**
 * A place that keeps backups: a directory here, an S3 bucket or an SFTP server later. One backup is
 * a set of named files under an id. A file appears whole or not at all, and the set counts as a
 * backup once its manifest is there, which is written last and removed first.
 *
 * Operations raise whatever the place raises (system errors); run-backup.ts and its neighbours
 * turn that into a result per location.
 */

/** Name of the file that makes a set of files a backup. */
export const MANIFEST_NAME = 'manifest.json';

export interface BackupLocation {
  /** As the operator named it in the configuration. */
  readonly name: string;
  /** Ids of all sets, with or without a manifest, in no order; empty if there are none. */
  listIds(): Promise<string[]>;
  /** True if the set has the file. */
  hasFile(id: string, file: string): Promise<boolean>;
  /** Writes one file, whole and durable when it resolves; nothing of it stays if it rejects. */
  writeFile(id: string, file: string, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** The file's octets, in chunks. Rejects while iterating if there is no such file. */
  readFile(id: string, file: string): AsyncIterable<Uint8Array>;
  /** Removes a set, the manifest first; a set that is not there is no error. */
  remove(id: string): Promise<void>;
}
