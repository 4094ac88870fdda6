/** Where the octets of master files come from: files in pieces, errors with a stable code. */
import { createReadStream, readFileSync } from 'node:fs';
import { CodedError, fileReason } from '#base/coded-error.ts';

/** A master file that cannot be opened or read to its end: ZONEFILE_UNREADABLE. */
export class ZonefileUnreadableError extends CodedError {
  constructor(path: string, cause: unknown) {
    super(
      'ZONEFILE_UNREADABLE',
      `${path}: cannot be read: ${fileReason(cause)}; name a readable master file`,
      {
        cause,
      },
    );
  }
}

/** What reading a source threw; what names its file already stays as it is. */
export function unreadableError(path: string, thrown: unknown): ZonefileUnreadableError {
  if (thrown instanceof ZonefileUnreadableError) return thrown;
  return new ZonefileUnreadableError(path, thrown);
}

const PIECE_SIZE = 256 * 1024;

/** The octets of a file in pieces. The file is opened at the first one. */
export function openZonefile(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: PIECE_SIZE });
}

/**
 * The octets of a file in one piece, read at once: for folders of many small files, where opening a
 * stream for each costs ten times as much.
 */
export async function* readSmallZonefile(path: string): AsyncGenerator<Uint8Array> {
  let octets: Uint8Array;
  try {
    octets = readFileSync(path);
  } catch (error) {
    throw new ZonefileUnreadableError(path, error);
  }
  yield octets;
}

/** The octets of a text that is already in memory. */
export async function* zonefileOfText(text: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield typeof text === 'string' ? new TextEncoder().encode(text) : text;
}
