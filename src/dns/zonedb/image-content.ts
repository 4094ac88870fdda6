/**
 * The content of a zone as it is answered, from memory: what a running server repairs a zone from
 * that neither store nor mirror have whole any more. As little believed as any other source.
 */
import { setImmediate } from 'node:timers/promises';
import type { ImageWriter } from '#dns/image/image-writer.ts';
import type { StoredNode } from './node-row.ts';
import type { ContentSource } from './repair-zone.ts';
import type { ZoneRow } from './zone-row.ts';

/** Names in one chunk, behind which others get their turn. */
const NODES_TOGETHER = 256;

/** The zone must not be changed before it is read to its end: its lock is held. */
export function contentFromImage(image: ImageWriter): ContentSource {
  return { name: 'memory', nodes: (row) => readContent(image, row), isServedOnly: true };
}

async function* readContent(image: ImageWriter, { apex }: ZoneRow): AsyncGenerator<StoredNode[]> {
  let chunk: StoredNode[] = [];
  for (const served of image.content(apex)) {
    const rrsets = served.map(({ type, ttl, rdatas }) => ({
      type,
      ttl,
      records: rdatas.map((rdata) => ({ rdata, disabled: false })),
      comments: [],
    }));
    chunk.push({ owner: served[0].owner, rrsets });
    if (chunk.length < NODES_TOGETHER) continue;
    yield chunk;
    chunk = [];
    await setImmediate();
  }
  yield chunk;
}
