/**
 * One HTTP request on a connection of its own to a given address, timed from the start of the
 * connection to its end (biz-2013 4.3), TLS included. The connection ends when the response is
 * whole: both sides have said that there is only one request in it.
 */
import { type IncomingHttpHeaders, type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import type { Clock } from '#base/clock.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import type { ProbeErrorCode } from '../probe-error.ts';
import { AttemptFailure, attempt } from '../timed-attempt.ts';
import { RESPONSE_SIZE_MAX } from './whois-exchange.ts';

export interface HttpOptions {
  server: ListenAddress;
  /** Of the Host header, and the name that a certificate must be for. */
  host: string;
  path: string;
  accept: string;
  /** `name=value; name=value`, or empty. */
  cookies: string;
  /** Absent: without TLS. `ca`: PEM of the authorities; absent, those of Node. */
  tls?: { ca?: string | undefined } | undefined;
  timeoutMs: number;
  clock: Clock;
  signal: AbortSignal;
}

export interface HttpResponse {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  rttUs: number;
}

/** Never rejects: what goes wrong is the result. */
export async function exchangeHttp(
  options: HttpOptions,
): Promise<HttpResponse | { failure: ProbeErrorCode }> {
  const { server, host, path, accept, cookies, tls, timeoutMs, clock, signal: stop } = options;
  return attempt(timeoutMs, stop, async (signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const startUs = clock.monotonicUs();
    const asked = {
      host: server.address,
      port: server.port,
      path,
      agent: false as const,
      signal,
      headers: {
        host,
        accept,
        connection: 'close',
        'user-agent': 'holdfast-probe',
        ...(cookies !== '' && { cookie: cookies }),
      },
    };
    const sent =
      tls === undefined
        ? requestPlain(asked)
        : requestTls({
            ...asked,
            servername: nameOf(host),
            ...(tls.ca !== undefined && { ca: tls.ca }),
          });
    sent.on('response', resolve).on('error', reject).end();
    try {
      const response = await promise;
      const text = await readText(response);
      const rttUs = clock.monotonicUs() - startUs;
      return { status: response.statusCode ?? 0, headers: response.headers, text, rttUs };
    } finally {
      sent.on('error', () => undefined).destroy();
    }
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > RESPONSE_SIZE_MAX) throw new AttemptFailure('response-too-long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Host without its port. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '');
}
