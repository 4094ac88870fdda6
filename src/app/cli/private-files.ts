/** Nobody but our user and group may read what a command writes. */
import process from 'node:process';

/** Nothing for others, and for the group no writing. */
const OTHERS_MASK = 0o027;

/**
 * From now on, for the whole process: keys, persons and digests of passwords are in what it writes,
 * and the folder may be one that somebody made for everybody to enter.
 */
export function keepFilesPrivate(): void {
  const before = process.umask(OTHERS_MASK);
  process.umask(before | OTHERS_MASK);
}
