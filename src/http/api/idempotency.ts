/**
 * `Idempotency-Key`: a write that is sent twice with the same key is done once, and its answer is
 * told again with `Idempotency-Replayed: true` (draft-ietf-httpapi-idempotency-key-header).
 *
 *     claim (on disk) -> handler -> answer kept (on disk) -> answer sent
 *
 * An answer that holds a secret is not kept, nor is one that is too long: whoever asks again hears
 * that it was done. One that says that nothing was done (4xx, 503) frees the key. The body of an
 * import passes by as a stream, so of it only what the head says is compared.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { assert } from '#base/assert.ts';
import { errorMessage } from '#base/coded-error.ts';
import {
  answerLost,
  idempotencyKeyInvalid,
  idempotencyKeyReused,
  idempotencyKeyRunning,
} from './api-error.ts';
import type { IdempotencyClaim, IdempotencyPort } from './idempotency-ports.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the key that this request holds until it is answered. */
    idempotencyClaim: string | undefined;
  }
  interface FastifyContextConfig {
    /** What is answered must not be kept: it holds a secret. */
    answersSecret?: boolean;
  }
}

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Characters of an answer's body that is kept. */
const BODY_LENGTH_MAX = 64 * 1024;
/** What is told again beside the body. */
const KEPT_HEADERS = [
  'content-type',
  'etag',
  'holdfast-receipt',
  'location',
  'x-pdns-new-serial',
  'x-pdns-old-serial',
];
/** Request headers that change what is done. */
const COMPARED_HEADERS = ['if-match', 'if-none-match'];
/** The same for a body that is not read before the request is begun. */
const COMPARED_OF_STREAMS = ['content-length', 'content-digest', 'content-type'];

/** To be called beside `demandKey`, whose principal owns the keys. */
export function keepIdempotency(app: FastifyInstance, port: IdempotencyPort): void {
  app.decorateRequest('idempotencyClaim', undefined);
  app.addHook('preHandler', async (request, reply) => {
    if (READS.has(request.method) || request.is404) return undefined;
    const key = readKey(request.headers['idempotency-key']);
    if (key === undefined) return undefined;
    assert(request.principal !== undefined, 'a write comes from a principal');
    const asked = { content: contentOf(request), id: request.id };
    const claim = await port.claim(request.principal.actor, key, asked);
    if (claim.kind !== 'new') return tellAgain(reply, claim);
    request.idempotencyClaim = claim.id;
    return undefined;
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const { idempotencyClaim: id } = request;
    if (id === undefined) return payload;
    request.idempotencyClaim = undefined;
    try {
      if (changedNothing(reply.statusCode)) {
        await port.abandon(id);
        return payload;
      }
      const isSecret = request.routeOptions.config.answersSecret === true;
      const { body, rest } = isSecret ? { rest: payload } : await readBody(payload);
      const headers = keptHeaders(reply);
      const answer = { status: reply.statusCode, headers, ...(body !== undefined && { body }) };
      await port.finish(id, answer).catch((error: unknown) => warn(request, error));
      return rest;
    } catch (error) {
      // The change is made or not whatever becomes of its key, and the client is told so.
      warn(request, error);
      return payload;
    }
  });
}

function warn(request: FastifyRequest, error: unknown): void {
  request.log.warn({ reason: errorMessage(error) }, 'what came of an idempotency key is not kept');
}

/** A string in quotes, as the draft writes it, or as it is. */
function readKey(field: string | string[] | undefined): string | undefined {
  if (field === undefined) return undefined;
  const found = /^(?:"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255}))$/.exec(
    String(field),
  );
  const key = found?.[1] ?? found?.[2];
  if (key === undefined) throw idempotencyKeyInvalid();
  return key;
}

function contentOf(request: FastifyRequest): string {
  const { method, url, headers, body } = request;
  const isStream = request.routeOptions.config.streamsBody === true;
  const compared = isStream ? [...COMPARED_HEADERS, ...COMPARED_OF_STREAMS] : COMPARED_HEADERS;
  const values = compared.map((name) => headers[name] ?? null);
  const text = isStream ? '' : (JSON.stringify(body) ?? '');
  return JSON.stringify([method, url, values, createHash('sha256').update(text).digest('hex')]);
}

function tellAgain(
  reply: FastifyReply,
  claim: Exclude<IdempotencyClaim, { kind: 'new' }>,
): FastifyReply {
  switch (claim.kind) {
    case 'different':
      throw idempotencyKeyReused();
    case 'running':
      throw idempotencyKeyRunning();
    case 'made':
      throw answerLost(claim.receipts);
    default: {
      const { status, headers, body } = claim.answer;
      if (body === undefined) throw answerLost([headers['holdfast-receipt'] ?? []].flat());
      void reply.code(status).headers(headers).header('idempotency-replayed', 'true');
      // As octets, because a serializer would have its own idea of a text.
      return body === '' ? reply.send() : reply.send(Buffer.from(body));
    }
  }
}

function changedNothing(status: number): boolean {
  return (status >= 400 && status < 500) || status === 503;
}

function keptHeaders(reply: FastifyReply): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = reply.getHeader(name);
    if (value !== undefined) headers[name] = String(value);
  }
  return headers;
}

/** The body if it is short enough to be kept, and what is to be sent instead of what was read. */
async function readBody(payload: unknown): Promise<{ body?: string; rest: unknown }> {
  if (payload === undefined || payload === null) return { body: '', rest: payload };
  if (typeof payload === 'string' || Buffer.isBuffer(payload)) {
    const body = payload.toString('utf8');
    return body.length > BODY_LENGTH_MAX ? { rest: payload } : { body, rest: payload };
  }
  if (!(payload instanceof Readable)) return { rest: payload };
  const chunks: Buffer[] = [];
  let size = 0;
  const iterator = payload.iterator({ destroyOnReturn: true });
  for (;;) {
    const step = (await iterator.next()) as IteratorResult<Buffer>;
    if (step.done === true) break;
    chunks.push(step.value);
    size += step.value.length;
    if (size > BODY_LENGTH_MAX) return { rest: Readable.from(joined(chunks, iterator)) };
  }
  const octets = Buffer.concat(chunks);
  return { body: octets.toString('utf8'), rest: octets };
}

async function* joined(
  read: readonly Buffer[],
  rest: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer> {
  try {
    yield* read;
    for (;;) {
      const step = await rest.next();
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    await rest.return?.();
  }
}
