/**
 * Backups in a local directory (or on a second disk mounted there): `DIRECTORY/ID/FILE`, folders
 * 0700 and files 0600 because backups hold keys. A file is written as `FILE.partial`, synced and
 * renamed, and the folders are synced, before it counts as written. A draft that is there already
 * is not written through: where others may write it could be a link to anything.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '#base/atomic-file.ts';
import { errorCode } from '#base/coded-error.ts';
import { type BackupLocation, MANIFEST_NAME } from './location.ts';

const READ_OCTETS = 256 << 10;

export class DirectoryLocation implements BackupLocation {
  readonly name: string;
  readonly #directory: string;

  constructor(name: string, directory: string) {
    this.name = name;
    this.#directory = directory;
  }

  async listIds(): Promise<string[]> {
    const entries = await readdir(this.#directory, { withFileTypes: true }).catch(absent);
    return (entries ?? []).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  }

  async hasFile(id: string, file: string): Promise<boolean> {
    const found = await stat(this.#path(id, file)).catch(absent);
    return found?.isFile() ?? false;
  }

  async writeFile(id: string, file: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    await mkdir(join(this.#directory, id), { recursive: true, mode: 0o700 });
    const path = this.#path(id, file);
    const draft = `${path}.partial`;
    try {
      await rm(draft, { force: true });
      const handle = await open(draft, 'wx', 0o600);
      try {
        for await (const chunk of content) await writeAll(handle, chunk);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => {});
      throw error;
    }
    await syncFolder(join(this.#directory, id));
    await syncFolder(this.#directory);
  }

  readFile(id: string, file: string): AsyncIterable<Uint8Array> {
    return createReadStream(this.#path(id, file), { highWaterMark: READ_OCTETS });
  }

  async remove(id: string): Promise<void> {
    await rm(this.#path(id, MANIFEST_NAME), { force: true });
    const folder = join(this.#directory, id);
    if ((await stat(folder).catch(absent)) === undefined) return;
    await syncFolder(folder);
    await rm(folder, { recursive: true, force: true });
    await syncFolder(this.#directory);
  }

  #path(id: string, file: string): string {
    return join(this.#directory, id, file);
  }
}

type FileHandle = Awaited<ReturnType<typeof open>>;

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let at = 0;
  while (at < chunk.length) at += (await handle.write(chunk, at)).bytesWritten;
}

/** Turns "there is none" into `undefined` and passes on every other error. */
function absent(error: unknown): undefined {
  if (errorCode(error) === 'ENOENT') return undefined;
  throw error;
}
