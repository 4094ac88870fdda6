/**
 * RDAP over HTTP (RFC 7480, 9082): paths, and what every response has, errors included: the media
 * type, the conformance, and leave for every page on the web to read it (RFC 7480 section 5.6).
 * There are look-ups and no searches; what is about numbers belongs to other registries.
 *
 *     /domain/NAME  /nameserver/NAME  /entity/HANDLE  /help       GET, HEAD
 *     /domains /nameservers /entities /ip /autnum                  501
 */
import { STATUS_CODES } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type RequestRates, waitSeconds } from '#base/request-rates.ts';
import { HttpError } from '#http/http-error.ts';
import { logFailure, toHttpError } from '#http/problem.ts';
import { clientNetwork } from '#net/client-network.ts';
import type { Directory, Found } from '../directory.ts';
import { readName } from '../directory-query.ts';
import type { CountLookup } from '../lookup-outcome.ts';
import { noticesOf, TERMS_NOTICE } from './notices.ts';
import { CONFORMANCE, RDAP_TYPE, type RdapPlace } from './rdap-object.ts';
import { type RdapSubject, rdapResponse } from './rdap-response.ts';

export interface RdapOptions {
  directory: Directory;
  /** Look-ups of each client. */
  rates: RequestRates;
  count: CountLookup;
  /** URL under which the world reaches the service, without a final slash. */
  base: string;
  /** Registered without a path of its own: whatever else is asked for is not RDAP's. */
  isRoot: boolean;
}

const HANDLE_SIZE_MAX = 255;
const UNSUPPORTED = ['domains', 'nameservers', 'entities', 'ip', 'autnum'] as const;

/** To be registered under the path of the service. */
export async function rdapApi(app: FastifyInstance, options: RdapOptions): Promise<void> {
  const { directory, rates, count } = options;
  app.addHook('onRequest', async (request, reply) => {
    openToTheWeb(reply);
    if (request.method === 'OPTIONS') return;
    const waitMs = rates.take(clientNetwork(request.ip));
    if (waitMs === 0) return;
    count('rdap', 'limited');
    const seconds = String(waitSeconds(waitMs));
    throw new HttpError('RDDS_RATE', 429, `Too many queries: try again in ${seconds} s`, {
      headers: { 'retry-after': seconds },
    });
  });
  app.setErrorHandler((error, request, reply) => sendRdapError(error, request, reply, options));
  if (!options.isRoot) {
    app.setNotFoundHandler((request, reply) =>
      sendRdapError(pathInvalid(request), request, reply, options),
    );
  }
  const lookUp = (path: string, find: (text: string) => Promise<Found<RdapSubject>>): void => {
    app.route({
      method: ['GET', 'HEAD'],
      url: path,
      handler: async (request, reply) => {
        const { key } = request.params as { key: string };
        const { objects, asOfMs } = await find(key);
        const [subject] = objects;
        if (subject === undefined) {
          throw new HttpError('RDDS_MISSING', 404, `There is no ${key} in this registry`);
        }
        count('rdap', 'found');
        return send(reply, rdapResponse(subject, asOfMs, placeOf(request, options)));
      },
    });
  };
  lookUp('/domain/:key', (key) => directory.findDomain(demandName(key)));
  lookUp('/nameserver/:key', (key) => directory.findHost(demandName(key)));
  lookUp('/entity/:key', (key) => findEntity(directory, key));
  registerHelp(app, options);
  for (const path of UNSUPPORTED) refuseUnsupported(app, path);
  if (!options.isRoot) app.options('/*', async (_request, reply) => allowReading(reply));
}

/** Registrars go by their number, or name, contacts by their handle. */
async function findEntity(directory: Directory, key: string): Promise<Found<RdapSubject>> {
  if (key.length > HANDLE_SIZE_MAX || /\p{Cc}/u.test(key)) throw queryInvalid(key, 'handle');
  const registrars = await directory.findRegistrar(key);
  return registrars.objects.length > 0 ? registrars : directory.findContact(key);
}

function registerHelp(app: FastifyInstance, options: RdapOptions): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/help',
    handler: async (request, reply) => {
      const help = {
        title: 'Help',
        description: [
          'domain/NAME, nameserver/NAME and entity/HANDLE are answered. Names may be in A-labels ' +
            'or U-labels; handles are those of contacts, and IANA numbers and names of registrars.',
          'There is no search. Queries are limited per address: status 429 says in Retry-After ' +
            'when to come again.',
        ],
        links: [],
      };
      const place = placeOf(request, options);
      return send(reply, {
        rdapConformance: CONFORMANCE,
        notices: noticesOf([help, TERMS_NOTICE], place),
      });
    },
  });
}

function refuseUnsupported(app: FastifyInstance, path: string): void {
  for (const url of [`/${path}`, `/${path}/*`]) {
    app.route({
      method: ['GET', 'HEAD'],
      url,
      handler: async () => {
        throw new HttpError('RDDS_UNSUPPORTED', 501, `Queries for ${path} are not answered here`);
      },
    });
  }
}

function demandName(text: string): string {
  const name = readName(text);
  if (name === undefined) throw queryInvalid(text, 'domain name');
  return name;
}

function pathInvalid({ method, url }: FastifyRequest): HttpError {
  if (!['GET', 'HEAD'].includes(method)) {
    return new HttpError('RDDS_METHOD', 405, `RDAP is for reading, not for ${method}`, {
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
  }
  return new HttpError('RDDS_QUERY', 400, `${url.split('?', 1)[0] ?? ''} is no query of RDAP`);
}

function queryInvalid(text: string, kind: string): HttpError {
  return new HttpError('RDDS_QUERY', 400, `'${text.slice(0, HANDLE_SIZE_MAX)}' is no ${kind}`);
}

function placeOf(request: FastifyRequest, { base }: Pick<RdapOptions, 'base'>): RdapPlace {
  const { origin } = new URL(base);
  return { base, asked: origin + request.url };
}

function openToTheWeb(reply: FastifyReply): void {
  void reply
    .header('access-control-allow-origin', '*')
    .header('cross-origin-resource-policy', 'cross-origin')
    .header('access-control-expose-headers', 'retry-after');
}

function allowReading(reply: FastifyReply): FastifyReply {
  return reply
    .code(204)
    .header('access-control-allow-methods', 'GET, HEAD, OPTIONS')
    .header('access-control-max-age', '86400')
    .send();
}

function send(reply: FastifyReply, document: object): FastifyReply {
  return reply
    .type(RDAP_TYPE)
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(document);
}

/** An error object (RFC 9083 section 6), whatever went wrong. */
export function sendRdapError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  options: Pick<RdapOptions, 'count' | 'base'>,
): void {
  const { count } = options;
  const failure = toHttpError(error);
  logFailure(request, failure);
  openToTheWeb(reply);
  if (failure.status === 404) count('rdap', 'missing');
  else if (failure.status >= 500 && failure.status !== 501) count('rdap', 'failed');
  else if (failure.status !== 429) count('rdap', 'refused');
  void send(reply.code(failure.status).headers(failure.headers), {
    rdapConformance: CONFORMANCE,
    errorCode: failure.status,
    title: STATUS_CODES[failure.status] ?? 'Error',
    description: [failure.message],
    notices: noticesOf([TERMS_NOTICE], placeOf(request, options)),
  });
}
