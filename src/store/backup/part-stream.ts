/**
 * How a part's octets travel: compressed with zstd at level 3 (level 19 gains a fifth and takes
 * twenty times as long), encrypted with age where there are recipients, counted and hashed as they
 * go by, stopped when the deadline passes.
 *
 *     rows -> zstd -> age -> location        location -> age -> zstd -> rows
 *
 * Files are what `age --decrypt` and `zstd --decompress` of any system open
 * (https://age-encryption.org/v1, RFC 8878).
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { Decrypter, Encrypter } from 'age-encryption';

const ZSTD_LEVEL = 3;

/** What passed through `meter`. Whole only when the stream has ended. */
export class Meter {
  size = 0;
  readonly #hash = createHash('sha256');

  /** The same octets, counted and hashed. */
  async *pass(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      this.size += chunk.length;
      this.#hash.update(chunk);
      yield chunk;
    }
  }

  /** Hexadecimal SHA-256; asked once, at the end. */
  sha256(): string {
    return this.#hash.digest('hex');
  }
}

/** The octets compressed, until `signal` aborts. The zstd frame carries a checksum of its own. */
export function compress(
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  return through(
    content,
    createZstdCompress({
      params: {
        [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL,
        [constants.ZSTD_c_checksumFlag]: 1,
      },
    }),
    signal,
  );
}

/** The octets of one whole zstd frame; rejects if it is damaged or cut. */
export function decompress(
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  return through(content, createZstdDecompress(), signal);
}

/** @param recipients public keys, `age1…` */
export async function* encrypt(
  content: AsyncIterable<Uint8Array>,
  recipients: readonly string[],
): AsyncGenerator<Uint8Array> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  yield* await encrypter.encrypt(webStream(content));
}

/** @param identities secret keys, `AGE-SECRET-KEY-1…`; one that fits is enough */
export async function* decrypt(
  content: AsyncIterable<Uint8Array>,
  identities: readonly string[],
): AsyncGenerator<Uint8Array> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  yield* await decrypter.decrypt(webStream(content));
}

function webStream(content: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  return ReadableStream.from<Uint8Array>(content);
}

async function* through(
  content: AsyncIterable<Uint8Array>,
  transform: ReturnType<typeof createZstdCompress>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  // The pipeline destroys the transform on any failure, which the loop below then raises.
  const fed = pipeline(Readable.from(content, { objectMode: false }), transform, {
    signal,
    end: true,
  });
  fed.catch(() => {});
  try {
    for await (const chunk of transform) yield chunk as Uint8Array;
    await fed;
  } finally {
    transform.destroy();
  }
}
