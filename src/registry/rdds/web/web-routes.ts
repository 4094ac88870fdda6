/**
 * The WHOIS page's paths: `/` with the form, `/whois?query=NAME` with what was found. The
 * stylesheet is that of every page, and who puts the server together registers it.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type RequestRates, waitSeconds } from '#base/request-rates.ts';
import { clientNetwork } from '#net/client-network.ts';
import type { Directory } from '../directory.ts';
import type { CountLookup } from '../lookup-outcome.ts';
import { lookUpWhois } from '../whois/whois-answer.ts';
import { readWhoisQuery } from '../whois/whois-query.ts';
import { type LookupResult, lookupPage } from './lookup-page.ts';

/** Nothing runs, nothing is loaded from elsewhere, and the form goes nowhere else. */
const CONTENT_POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; " +
  "frame-ancestors 'none'";
const QUERY_SIZE_MAX = 300;

export interface WebLookupOptions {
  directory: Directory;
  /** Look-ups of each client. */
  rates: RequestRates;
  count: CountLookup;
}

export function registerWebLookup(app: FastifyInstance, options: WebLookupOptions): void {
  const pages = [
    ['/', async (_request: FastifyRequest, reply: FastifyReply) => sendPage(reply, 200)],
    [
      '/whois',
      async (request: FastifyRequest, reply: FastifyReply) => show(request, reply, options),
    ],
  ] as const;
  for (const [url, handler] of pages) {
    app.route({ method: 'GET', url, exposeHeadRoute: true, handler });
  }
}

async function show(
  request: FastifyRequest,
  reply: FastifyReply,
  { directory, rates, count }: WebLookupOptions,
): Promise<FastifyReply> {
  const given = (request.query as Record<string, unknown>)['query'];
  const text = typeof given === 'string' ? given.trim() : '';
  if (text === '') return sendPage(reply, 200);
  const nothing = { query: text.slice(0, QUERY_SIZE_MAX), objects: [], asOfMs: 0 };
  const waitMs = rates.take(clientNetwork(request.ip));
  if (waitMs > 0) {
    count('web', 'limited');
    const seconds = waitSeconds(waitMs);
    const problem = `Too many queries from your address; try again in ${seconds} s.`;
    void reply.header('retry-after', String(seconds));
    return sendPage(reply, 429, { ...nothing, problem });
  }
  const query = text.length > QUERY_SIZE_MAX ? undefined : readWhoisQuery(text);
  if (query === undefined) {
    count('web', 'refused');
    const problem = 'This is no name: write a domain, or nameserver or registrar and its name.';
    return sendPage(reply, 400, { ...nothing, problem });
  }
  const found = await lookUpWhois(directory, query).catch((error: unknown) => {
    count('web', 'failed');
    throw error;
  });
  const isFound = found.objects.length > 0;
  count('web', isFound ? 'found' : 'missing');
  return sendPage(reply, isFound ? 200 : 404, { query: text, ...found });
}

function sendPage(reply: FastifyReply, status: number, result?: LookupResult): FastifyReply {
  return reply
    .code(status)
    .header('content-security-policy', CONTENT_POLICY)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(lookupPage(result));
}
