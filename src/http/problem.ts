/**
 * Errors as HTTP answers. Whatever was thrown becomes an HttpError first; the strict part of the
 * server writes it as problem+json (RFC 9457) with our stable code beside the standard members.
 * What we did not expect is logged whole and told to the client only by its request id.
 */
import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CodedError, errorCode, errorMessage } from '#base/coded-error.ts';
import { HttpError } from './http-error.ts';

/** An error document as RFC 9457 section 3 defines it, and members of ours. */
interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** Stable, listed in docs/reference/errors.md. */
  code: string;
  requestId: string;
}

/** What Fastify adds to the errors that it raises itself. */
interface FastifyFailure {
  statusCode?: number;
  validation?: { instancePath?: string; message?: string }[];
  validationContext?: string;
}

/** The HttpError that stands for anything thrown while answering. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof CodedError) {
    return new HttpError(error.code, 500, error.message, { cause: error });
  }
  const { statusCode = 500, validation, validationContext } = (error ?? {}) as FastifyFailure;
  const message = errorMessage(error);
  if (validation !== undefined) {
    // Into the body itself, as RFC 9457 section 3 has it; other parts are named first.
    const isBody = validationContext === undefined || validationContext === 'body';
    const errors = validation.map(({ instancePath = '', message: detail = '' }) => ({
      pointer: isBody ? instancePath : `/${validationContext}${instancePath}`,
      detail,
    }));
    return new HttpError('HTTP_REQUEST_SCHEMA', 400, message, { members: { errors } });
  }
  switch (errorCode(error)) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new HttpError('HTTP_MEDIA_TYPE', 415, message, { cause: error });
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new HttpError('HTTP_BODY_TOO_LARGE', 413, message, { cause: error });
    default:
  }
  if (statusCode >= 400 && statusCode < 500) {
    return new HttpError('HTTP_REQUEST_REFUSED', statusCode, message, { cause: error });
  }
  return new HttpError('HTTP_INTERNAL', 500, 'Internal error; the log has more', { cause: error });
}

/**
 * Logs what is our fault, keeps quiet about what is the client's. An error with a code of ours says
 * all in its message: while a disk is full there is one for each change.
 */
export function logFailure(request: FastifyRequest, error: HttpError): void {
  const { status, code, cause = error } = error;
  if (status < 500) return;
  const facts = cause instanceof CodedError ? { reason: cause.message } : { err: cause };
  request.log.error({ code, ...facts }, 'request failed');
}

/** Error handler of the strict part of a server. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const failure = toHttpError(error);
  logFailure(request, failure);
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[failure.status] ?? 'Error',
    status: failure.status,
    detail: failure.message,
    code: failure.code,
    requestId: request.id,
    ...failure.members,
  };
  void reply
    .code(failure.status)
    .headers(failure.headers)
    .header('content-type', 'application/problem+json')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(problem);
}

/** Not-found handler of the strict part of a server. */
export function sendNotFound(request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split('?', 1)[0] ?? '';
  const error = new HttpError('HTTP_NOT_FOUND', 404, `Nothing answers ${request.method} ${path}`);
  sendProblem(error, request, reply);
}
