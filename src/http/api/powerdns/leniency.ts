/**
 * What makes a part of the server answer like PowerDNS: bodies are JSON whatever their content
 * type says, answers are `application/json` without a charset and with sorted keys, errors are
 * `{"error": "text"}`. Encapsulated by the plugin that calls it: the rest of the server stays
 * strict.
 */
import type { FastifyInstance } from 'fastify';
import type { HttpError } from '#http/http-error.ts';
import { sortedJson } from '#http/json.ts';
import { logFailure, toHttpError } from '#http/problem.ts';
import { bodyUnreadable } from '../api-error.ts';

/** PowerDNS takes 2 MB by default; whole zones come as one body, so more is allowed here. */
const BODY_SIZE_MAX = 64 * 1024 * 1024;

/** Refusals of which PowerDNS says no more than their status. */
const STATUS_TEXTS: Readonly<Record<string, string>> = {
  API_ZONE_MISSING: 'Not Found',
  API_ZONE_EXISTS: 'Conflict',
  HTTP_NOT_FOUND: 'Not Found',
};

export function answerLikePowerDns(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: BODY_SIZE_MAX },
    async (_request: unknown, body: Buffer) => parseJson(body),
  );
  // Schemas describe these routes and do not judge: coercion would change what PowerDNS takes.
  app.setValidatorCompiler(() => () => true);
  // As octets, because Fastify adds a charset to the content type of text.
  app.setReplySerializer((payload) => Buffer.from(sortedJson(payload)) as unknown as string);
  app.addHook('onSend', async (_request, reply, payload) => {
    const type = reply.getHeader('content-type');
    if (typeof type === 'string' && type.startsWith('application/json')) {
      void reply.header('content-type', 'application/json');
    }
    return payload;
  });
  app.setErrorHandler((error, request, reply) => {
    const failure = toHttpError(error);
    logFailure(request, failure);
    return reply
      .code(failure.status)
      .headers(failure.headers)
      .send({ error: errorText(failure) });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'Not Found' }));
}

function errorText(failure: HttpError): string {
  return STATUS_TEXTS[failure.code] ?? failure.message;
}

/** `undefined` for an empty body: many clients send the content type and nothing else. */
function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
  } catch {
    throw bodyUnreadable();
  }
}
