/**
 * Long answers: an async iterable of text as a readable stream of byte chunks of a fair size, at
 * the pace of whoever reads. Nothing is held but the chunk in hand, whatever the total.
 */
import { Readable } from 'node:stream';

/** Big enough to be cheap per system call, small enough to be cheap to hold for many clients. */
const CHUNK_SIZE_MIN = 64 * 1024;

/**
 * `onClose` runs once when the stream is over: read to its end, failed, or the client gone. A
 * failure of the source destroys the stream, so that a cut answer cannot pass for a whole one.
 */
export function chunkStream(
  text: AsyncIterable<string>,
  onClose: () => Promise<void> | void,
): Readable {
  const stream = Readable.from(chunks(text), { objectMode: false });
  stream.once('close', () => {
    void Promise.resolve(onClose()).catch(() => undefined);
  });
  return stream;
}

async function* chunks(text: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let held: string[] = [];
  let size = 0;
  for await (const part of text) {
    held.push(part);
    size += part.length;
    if (size < CHUNK_SIZE_MIN) continue;
    yield Buffer.from(held.join(''), 'utf8');
    held = [];
    size = 0;
  }
  if (size > 0) yield Buffer.from(held.join(''), 'utf8');
}
