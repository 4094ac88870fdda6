/**
 * An answerer for tests of sockets and threads: sends the query back with QR set, unless the first
 * label says otherwise.
 *
 *   drop   nothing        slow    the slow lane        die    throws, which a real one never does
 *   hang   never comes back, which a real one never does either
 *   long   padded with zeros to 4,000 octets (16,000 over a stream)
 */
import type { QueryAnswerer } from '#dns/packet/query-answerer.ts';

export class StubAnswerer implements QueryAnswerer {
  rcode = 0;
  qtype = 1;
  dropReason = 1;

  beginBatch(): void {}

  endBatch(): void {}

  answer(
    query: Uint8Array,
    queryAt: number,
    querySize: number,
    reply: Uint8Array,
    replyAt: number,
    replyMax: number,
    isStream: boolean,
  ): number {
    if (querySize < 17) return 0;
    const label = command(query, queryAt, querySize);
    if (label === 'drop') return 0;
    if (label === 'slow') return -1;
    if (label === 'die') throw new Error('told to die');
    if (label === 'hang') for (;;) this.rcode = 0;
    const size = Math.min(querySize, replyMax);
    for (let i = 0; i < size; i++) reply[replyAt + i] = query[queryAt + i];
    reply[replyAt + 2] |= 0x80;
    if (label !== 'long') return size;
    const longSize = Math.min(isStream ? 16_000 : 4000, replyMax);
    reply.fill(0, replyAt + size, replyAt + longSize);
    return longSize;
  }
}

/** The first label if it is short enough to be one of the words above; benches use longer ones. */
function command(query: Uint8Array, queryAt: number, querySize: number): string {
  const at = queryAt + 13;
  const size = query[at - 1];
  if (size > 4 || 13 + size > querySize) return '';
  return String.fromCharCode(...query.subarray(at, at + size));
}
