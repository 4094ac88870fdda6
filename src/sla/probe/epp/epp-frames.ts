/**
 * The data units of EPP over TCP (RFC 5734 section 4): four octets with the length of the whole,
 * then the XML.
 */
const HEADER_SIZE = 4;
/** Octets of one data unit; a longer one ends the session. */
export const FRAME_SIZE_MAX = 1_048_576;

export function buildEppFrame(xml: string): Buffer {
  const body = Buffer.from(xml, 'utf8');
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt32BE(HEADER_SIZE + body.length);
  return Buffer.concat([header, body]);
}

/** Collects data units from a stream. */
export class EppFrames {
  #chunks: Buffer[] = [];
  #size = 0;

  /** The texts that are whole by now; `undefined` when the stream holds no data unit. */
  add(chunk: Buffer): string[] | undefined {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const texts: string[] = [];
    while (this.#size >= HEADER_SIZE) {
      const held = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
      if (held === undefined) return texts;
      this.#chunks = [held];
      const size = held.readUInt32BE(0);
      if (size < HEADER_SIZE || size > FRAME_SIZE_MAX) return undefined;
      if (held.length < size) return texts;
      texts.push(held.toString('utf8', HEADER_SIZE, size));
      const rest = held.subarray(size);
      this.#chunks = [rest];
      this.#size = rest.length;
    }
    return texts;
  }
}
