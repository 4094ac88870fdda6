/**
 * Files that are either the old or the new, whatever happens in between: written beside the
 * target, synced, renamed over it, and the folder synced.
 */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces `path` as a whole; `mode` are the permission bits of the new file. */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  mode = 0o644,
): Promise<void> {
  await replaceFileAtomic(path, mode, (file) => file.writeFile(content));
}

/** The same for a content that is written in pieces: `write` is given the new file, empty. */
export async function replaceFileAtomic(
  path: string,
  mode: number,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const draft = `${path}.new`;
  try {
    const file = await open(draft, 'w', mode);
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes durable what was written to the file. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes renames and removals in `folder` durable. */
export async function syncFolder(folder: string): Promise<void> {
  // To the system a folder is a file of names.
  await syncFile(folder);
}
