/**
 * The admin API from the command line. Bodies stream in both directions and no timeout runs while a
 * request is answered, because an import may be of any size; connecting has one.
 */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { CodedError, errorMessage } from '#base/coded-error.ts';

/** Nobody answers at the URL, or the connection broke. */
export class AdminUnreachableError extends CodedError {
  constructor(message: string, options?: ErrorOptions) {
    super('ADMIN_UNREACHABLE', message, options);
  }
}

/** The server answered with a refusal; the message is the server's. */
export class AdminRefusedError extends CodedError {
  readonly status: number;

  constructor(status: number, message: string) {
    super('ADMIN_REFUSED', message);
    this.status = status;
  }
}

export interface AdminRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, from the root. */
  path: string;
  /** A stream is sent as it comes. */
  body?: Readable | string;
  contentType?: string;
  accept?: string;
}

export interface AdminClient {
  /** The answer's head with its body still to be read; any status. */
  send(request: AdminRequest): Promise<IncomingMessage>;
  /** The answer's JSON. @throws AdminRefusedError for a status outside 2xx */
  json<T>(request: AdminRequest): Promise<T>;
}

const CONNECT_LIMIT_MS = 10_000;

/** @param url of the server, without a path */
export function openAdminClient(url: string, key: string): AdminClient {
  const send = (request: AdminRequest): Promise<IncomingMessage> => sendTo(url, key, request);
  return {
    send,
    json: async <T>(request: AdminRequest) => {
      const answer = await send(request);
      const body = await text(answer);
      const status = answer.statusCode ?? 0;
      if (status < 200 || status > 299) throw refusal(request, status, body);
      return (body === '' ? undefined : JSON.parse(body)) as T;
    },
  };
}

/** The error for an answer outside 2xx: problem+json's detail, PowerDNS's error, or the text. */
export function refusal(request: AdminRequest, status: number, body: string): AdminRefusedError {
  let said: unknown = body;
  try {
    const { detail, error } = JSON.parse(body) as { detail?: unknown; error?: unknown };
    said = detail ?? error ?? body;
  } catch {
    // Not JSON: the text itself is what the server said.
  }
  const answer = String(said).trim() || `status ${status}`;
  const asked = `${request.method} ${decodeURIComponent(request.path)}`;
  return new AdminRefusedError(status, `${asked}: ${answer}${remedyFor(request, status)}`);
}

function remedyFor({ path }: AdminRequest, status: number): string {
  if (status === 401) return '; check --key-file';
  const isZone = status === 404 && path.startsWith('/api/v1/servers/localhost/zones/');
  return isZone ? '; "holdfast zone list" shows the zones that it has' : '';
}

async function sendTo(url: string, key: string, call: AdminRequest): Promise<IncomingMessage> {
  const answered = Promise.withResolvers<IncomingMessage>();
  const request = (url.startsWith('https:') ? requestHttps : requestHttp)(`${url}${call.path}`, {
    method: call.method,
    headers: {
      'x-api-key': key,
      accept: call.accept ?? 'application/json',
      ...(call.body === undefined
        ? {}
        : { 'content-type': call.contentType ?? 'application/json' }),
    },
  });
  const timer = setTimeout(() => request.destroy(new Error('timed out')), CONNECT_LIMIT_MS);
  request.once('socket', (socket) => {
    // One that is used again is connected, and says no more that it is.
    if (socket.connecting) socket.once('connect', () => clearTimeout(timer));
    else clearTimeout(timer);
  });
  request.once('response', answered.resolve);
  request.once('error', (error) => {
    const message = `${url}: ${errorMessage(error)}; is the server running there? see --api`;
    answered.reject(new AdminUnreachableError(message, { cause: error }));
  });
  try {
    if (call.body instanceof Readable) {
      // A refusal may arrive before all is sent: then the answer counts, not the broken upload.
      pipeline(call.body, request).catch((error: unknown) => request.destroy(error as Error));
    } else {
      request.end(call.body);
    }
    return await answered.promise;
  } finally {
    clearTimeout(timer);
  }
}
