/**
 * A look-up on a web page or an RDAP server. A registry may ask for several steps to get to the
 * information (a form with a token, a cookie, a redirection): all are made, in their order and to
 * the same address, and only the last one is timed (biz-2013 4.3).
 */
import type { ProbeErrorCode } from '../probe-error.ts';
import { exchangeHttp, type HttpOptions, type HttpResponse } from './http-exchange.ts';

export interface WebLookup {
  /** Of the Host header and the certificate. */
  host: string;
  /** `{name}` is the object's name, `{token}` what the step before it gave. */
  path: string;
  /** Steps before the one that counts. */
  before: readonly string[];
  /** Its first group is the token, in the response of the last step before. */
  token?: RegExp | undefined;
  accept: string;
  tls?: { ca?: string | undefined } | undefined;
}

export type LookupOptions = Pick<HttpOptions, 'server' | 'timeoutMs' | 'clock' | 'signal'>;

const STATUS_OK = 200;
const REDIRECTIONS_MAX = 3;
const COOKIES_MAX = 32;

/** The last step's response, or what went wrong in whichever step. Never rejects. */
export async function lookUp(
  lookup: WebLookup,
  name: string,
  options: LookupOptions,
): Promise<HttpResponse | { failure: ProbeErrorCode; rttUs?: number }> {
  const { host, path, before, token, accept, tls } = lookup;
  const cookies = new Map<string, string>();
  let captured = '';
  let redirections = 0;
  const steps = [...before, path];
  for (let at = 0; at < steps.length; ) {
    const filled = fill(steps[at] ?? '', name, captured);
    const sent = { ...options, host, accept, tls, path: filled, cookies: cookieText(cookies) };
    const seen = await exchangeHttp(sent);
    if ('failure' in seen) return seen;
    keepCookies(cookies, seen);
    const next = redirectionOf(seen, host, filled);
    if (next !== undefined && redirections < REDIRECTIONS_MAX) {
      redirections += 1;
      steps[at] = next.replaceAll('{', '%7B');
      continue;
    }
    if (seen.status !== STATUS_OK) return { failure: 'http-status', rttUs: seen.rttUs };
    at += 1;
    if (at === steps.length) return seen;
    captured = token?.exec(seen.text)?.[1] ?? captured;
  }
  return { failure: 'http-status' };
}

function fill(template: string, name: string, token: string): string {
  return template
    .replaceAll('{name}', () => encodeURIComponent(name))
    .replaceAll('{token}', () => encodeURIComponent(token));
}

/** Where a redirection on the same host leads, as path and query. */
function redirectionOf(
  { status, headers }: HttpResponse,
  host: string,
  path: string,
): string | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || headers.location === undefined) {
    return undefined;
  }
  try {
    const base = new URL(path, `http://${host}`);
    const target = new URL(headers.location, base);
    return target.hostname === base.hostname ? `${target.pathname}${target.search}` : undefined;
  } catch {
    return undefined;
  }
}

function keepCookies(cookies: Map<string, string>, { headers }: HttpResponse): void {
  for (const line of headers['set-cookie'] ?? []) {
    const [, cookie = '', value = ''] = /^\s*([^=;\s]+)=([^;]*)/.exec(line) ?? [];
    if (cookie !== '' && cookies.size < COOKIES_MAX) cookies.set(cookie, value);
  }
}

function cookieText(cookies: ReadonlyMap<string, string>): string {
  return [...cookies].map(([cookie, value]) => `${cookie}=${value}`).join('; ');
}
