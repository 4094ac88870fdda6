/**
 * What makes a part of the server answer like PowerDNS: bodies are JSON whatever their content
 * type says, answers are `application/json` without a charset and with sorted keys, errors are
 * `{"error": "text"}`, or a page or a line of text for who asks for one. Encapsulated by the plugin
 * that calls it: the rest of the server stays strict.
 */
import { STATUS_CODES } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptQuality, acceptsExplicitly } from '#http/accept.ts';
import type { HttpError } from '#http/http-error.ts';
import { sortedJson } from '#http/json.ts';
import { logFailure, toHttpError } from '#http/problem.ts';
import { takeJsonBodies } from './body-limits.ts';

/** Refusals of which PowerDNS says no more than their status. */
const STATUS_TEXTS: Readonly<Record<string, string>> = {
  API_ZONE_MISSING: 'Not Found',
  API_ZONE_EXISTS: 'Conflict',
  HTTP_NOT_FOUND: 'Not Found',
};

export function answerLikePowerDns(app: FastifyInstance): void {
  takeJsonBodies(app);
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
  app.setErrorHandler(sendLikePowerDns);
  app.setNotFoundHandler((request, reply) => sendError(request, reply, 404, 'Not Found'));
}

/** Error handler; also for what is wrong with a request before it reaches the plugin. */
export function sendLikePowerDns(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const failure = toHttpError(error);
  logFailure(request, failure);
  void reply.headers(failure.headers);
  sendError(request, reply, failure.status, errorText(failure));
}

function errorText(failure: HttpError): string {
  return STATUS_TEXTS[failure.code] ?? failure.message;
}

/** JSON unless a page or plain text was asked for by name. */
function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  text: string,
): void {
  void reply.code(status);
  const { accept } = request.headers;
  const type = ['text/html', 'text/plain'].find((candidate) => isWanted(accept, candidate));
  if (type === undefined) {
    const body = Buffer.from(JSON.stringify({ error: text }));
    void reply.header('content-type', 'application/json').send(body);
  } else if (type === 'text/plain') {
    void reply.header('content-type', 'text/plain; charset=utf-8').send(text);
  } else {
    const title = STATUS_CODES[status] ?? 'Error';
    const page = `<!doctype html><title>${title}</title><h1>${title}</h1><p>${escapeHtml(text)}</p>`;
    void reply.header('content-type', 'text/html; charset=utf-8').send(page);
  }
}

function isWanted(accept: string | undefined, type: string): boolean {
  if (!acceptsExplicitly(accept, type)) return false;
  const json = acceptsExplicitly(accept, 'application/json')
    ? acceptQuality(accept, 'application/json')
    : 0;
  return (acceptQuality(accept, type) ?? 0) > (json ?? 0);
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
