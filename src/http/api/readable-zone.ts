/**
 * Zones as a principal may see them: the list without the zones that their scope does not reach,
 * a zone without the RRsets that it does not allow to read. For the admin key nothing is wrapped.
 */
import type { FastifyRequest } from 'fastify';
import { mayAct } from './access.ts';
import type { RrsetText, ZoneSummary, ZoneView } from './ports.ts';

/** Chunks without what may not be read; an empty chunk is left out. */
export function readableZones(
  request: FastifyRequest,
  zones: AsyncIterable<ZoneSummary[]>,
): AsyncIterable<ZoneSummary[]> {
  return filterChunks(request, zones, ({ name }) => mayReadPart(request, name));
}

/** The same view; RRsets that may not be read are not in it. Its `masterFile` is whole. */
export function readableView(request: FastifyRequest, view: ZoneView): ZoneView {
  if (request.principal?.scope === undefined) return view;
  const { name: zone } = view.summary;
  return {
    ...view,
    rrsets: (filter) =>
      filterChunks(request, view.rrsets(filter), ({ name, type }: RrsetText) =>
        mayAct(request, { zone, name, type, write: false }),
      ),
  };
}

/** Whether the principal may read anything in the zone. */
export function mayReadPart(request: FastifyRequest, zone: string): boolean {
  return mayAct(request, { zone, write: false, part: true });
}

function filterChunks<T>(
  request: FastifyRequest,
  chunks: AsyncIterable<T[]>,
  isReadable: (item: T) => boolean,
): AsyncIterable<T[]> {
  return request.principal?.scope === undefined ? chunks : keepReadable(chunks, isReadable);
}

async function* keepReadable<T>(
  chunks: AsyncIterable<T[]>,
  isReadable: (item: T) => boolean,
): AsyncGenerator<T[]> {
  for await (const chunk of chunks) {
    const kept = chunk.filter(isReadable);
    if (kept.length > 0) yield kept;
  }
}
