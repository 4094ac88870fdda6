/**
 * `GET …/search-data`. Few searches run at a time, since each reads many zones; one that could not
 * look at everything says so in a header of ours, `Holdfast-Incomplete: search`.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '#base/clock.ts';
import { mayAct } from '../access.ts';
import type { AdminPorts } from '../admin-ports.ts';
import { ApiError, invalidRequest } from '../api-error.ts';
import { mayReadPart } from '../readable-zone.ts';
import { findParameter } from './query.ts';
import { registerResource } from './resource.ts';
import { SEARCH_SCHEMAS } from './schemas.ts';
import { SEARCH_KINDS, type SearchKind, type SearchOrder, search } from './search.ts';
import { SearchPattern } from './search-pattern.ts';

/** Searches at a time; more are told to come again. */
const SEARCHES_MAX = 2;
/** Things of each kind that are found when nothing is said, and at most. */
const FOUND_DEFAULT = 100;
const FOUND_MAX = 10_000;
const PATTERN_LENGTH_MAX = 1_024;

export function registerSearchResource(
  app: FastifyInstance,
  { zones }: AdminPorts,
  clock: Clock,
): void {
  let running = 0;
  registerResource(app, '/v1/servers/localhost/search-data', {
    GET: {
      schema: SEARCH_SCHEMAS.search,
      access: 'anybody',
      handler: async (request, reply) => {
        const order = parseOrder(request);
        if (running >= SEARCHES_MAX) throw tooManySearches();
        running += 1;
        try {
          const { found, complete } = await search(zones, clock, order);
          if (!complete) void reply.header('holdfast-incomplete', 'search');
          return found;
        } finally {
          running -= 1;
        }
      },
    },
  });
}

function parseOrder(request: FastifyRequest): SearchOrder {
  const pattern = findParameter(request, 'q') ?? '';
  if (pattern === '') throw invalidRequest("Query q can't be blank");
  if (pattern.length > PATTERN_LENGTH_MAX) {
    throw invalidRequest(`Query q may have ${PATTERN_LENGTH_MAX} characters`);
  }
  return {
    pattern: new SearchPattern(pattern),
    kinds: parseKinds(findParameter(request, 'object_type')),
    max: parseMax(findParameter(request, 'max')),
    mayReadZone: (zone) => mayReadPart(request, zone),
    mayReadRrset: (zone, { name, type }) => mayAct(request, { zone, name, type, write: false }),
  };
}

function parseKinds(text = 'all'): ReadonlySet<SearchKind> {
  if (text === '' || text === 'all') return new Set(SEARCH_KINDS);
  const kind = SEARCH_KINDS.find((known) => known === text);
  if (kind !== undefined) return new Set([kind]);
  throw invalidRequest(
    `object_type must be one of the following options: all, ${SEARCH_KINDS.join(', ')}`,
  );
}

function parseMax(text: string | undefined): number {
  if (text === undefined || text === '') return FOUND_DEFAULT;
  if (!/^\d{1,15}$/.test(text) || Number(text) < 1) {
    throw invalidRequest('Maximum entries must be larger than 0');
  }
  return Math.min(Number(text), FOUND_MAX);
}

function tooManySearches(): ApiError {
  return new ApiError('API_BUSY', 503, `${SEARCHES_MAX} searches are running: try later`, {
    headers: { 'retry-after': '1' },
  });
}
