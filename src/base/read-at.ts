/** Reading from the middle of a file: the system may give fewer octets than it was asked for. */
import type { FileHandle } from 'node:fs/promises';

/** @returns fewer octets than `size` only where the file ends. @throws an error of the system */
export async function readAt(file: FileHandle, position: number, size: number): Promise<Buffer> {
  const octets = Buffer.allocUnsafe(size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await file.read(octets, done, size - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return octets.subarray(0, done);
}
