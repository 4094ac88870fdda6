/**
 * What bodies may cost. Each has its limit; all that are being worked on have one together, because
 * a whole zone in one body is tens of megabytes and a hundred of those at once are not. A body that
 * does not declare its length is reckoned at a share of its own.
 *
 *     head -> room for what it declares? -> read (Fastify's limit) -> parse -> handler -> room back
 */
import type { FastifyInstance } from 'fastify';
import { ApiError, bodyUnreadable } from '../api-error.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Octets that this request holds of the room for bodies. */
    bodyRoom: number;
  }
}

/** PowerDNS takes 2 MB by default; whole zones come as one body, so more is allowed here. */
export const BODY_SIZE_MAX = 64 * 1024 * 1024;

const QUOTE = 0x22;
const COMMA = 0x2c;
const LIST = 0x5b;
const BACKSLASH = 0x5c;
const LIST_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;

export interface BodyLimits {
  /** Octets of all bodies together. */
  roomSize: number;
  /** Reckoned for a body that comes in chunks. */
  chunkedSize: number;
  /** Values, lists and members in one body: each costs far more memory than text. */
  valuesMax: number;
  /** Lists and objects in one another. Documents of this API have six at most. */
  depthMax: number;
}

export const BODY_LIMITS: Readonly<BodyLimits> = {
  roomSize: 256 * 1024 * 1024,
  chunkedSize: 8 * 1024 * 1024,
  valuesMax: 8_000_000,
  depthMax: 64,
};

/** The parser of JSON bodies, and the hooks that keep its limits, for every route of `app`. */
export function takeJsonBodies(app: FastifyInstance, limits: BodyLimits = BODY_LIMITS): void {
  let held = 0;
  app.decorateRequest('bodyRoom', 0);
  app.addHook('preParsing', async (request) => {
    const { headers } = request;
    const declared = headers['transfer-encoding'] === undefined ? headers['content-length'] : '';
    if (declared === undefined) return;
    const size = declared === '' ? limits.chunkedSize : Math.min(Number(declared), BODY_SIZE_MAX);
    if (held + size > limits.roomSize) throw bodiesWaiting();
    held += size;
    request.bodyRoom = size;
  });
  // Not onResponse, which does not come for a client that has left.
  app.addHook('onSend', async (request) => {
    held -= request.bodyRoom;
    request.bodyRoom = 0;
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: BODY_SIZE_MAX },
    async (request: { headers: Record<string, unknown> }, body: Buffer) => {
      const encoding = request.headers['content-encoding'];
      if (encoding !== undefined && encoding !== 'identity') throw encodingUnknown();
      return parseJson(body, limits);
    },
  );
}

/** `undefined` for an empty body: many clients send the content type and nothing else. */
function parseJson(body: Buffer, { valuesMax, depthMax }: BodyLimits): unknown {
  if (body.length === 0) return undefined;
  const { values, depth } = measure(body);
  if (values > valuesMax) throw tooManyValues(valuesMax);
  if (depth > depthMax) throw tooDeep(depthMax);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
  } catch {
    throw bodyUnreadable();
  }
}

/**
 * How many values there are, or more by those of empty lists and objects, and how deep they lie:
 * what walks through a document of millions of levels does so for half a minute.
 */
function measure(body: Buffer): { values: number; depth: number } {
  let values = 0;
  let level = 0;
  let depth = 0;
  for (let at = 0; at < body.length; at++) {
    const octet = body[at];
    if (octet === QUOTE) at = endOfString(body, at);
    else if (octet === COMMA) values += 1;
    else if (octet === LIST || octet === OBJECT) {
      values += 1;
      level += 1;
      if (level > depth) depth = level;
    } else if (octet === LIST_END || octet === OBJECT_END) level -= 1;
  }
  return { values, depth };
}

/** Where the quote stands that ends the string which begins at `start`. */
function endOfString(body: Buffer, start: number): number {
  let at = start + 1;
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  return at;
}

function tooManyValues(valuesMax: number): ApiError {
  return new ApiError('API_BODY_TOO_LARGE', 413, `The body holds more than ${valuesMax} values`);
}

function tooDeep(depthMax: number): ApiError {
  const message = `The body holds lists and objects more than ${depthMax} deep in one another`;
  return new ApiError('API_BODY_TOO_LARGE', 413, message);
}

/** RFC 9110 section 15.5.16: what is taken is said by Accept-Encoding. */
function encodingUnknown(): ApiError {
  return new ApiError('API_BODY_ENCODED', 415, 'Send the body without Content-Encoding', {
    headers: { 'accept-encoding': 'identity' },
  });
}

function bodiesWaiting(): ApiError {
  const message = 'The bodies that are being worked on leave no room for this one: try later';
  return new ApiError('API_BUSY', 503, message, {
    headers: { 'retry-after': '1', connection: 'close' },
  });
}
