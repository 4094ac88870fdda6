/**
 * The admin API as a customer uses it (PowerDNS v1): what the change-to-served test makes its
 * changes through, and how a probe finds a zone to test when none is configured.
 */
import type { Clock } from '#base/clock.ts';
import { CodedError, requestReason } from '#base/coded-error.ts';
import type { ConfirmedChange } from './update-test.ts';

const ZONES_PATH = '/api/v1/servers/localhost/zones';
const REQUEST_TIMEOUT_MS = 10_000;
const RECORD_TTL = 1;

export interface ZoneApiParts {
  /** URL of the admin API, without a path. */
  url: string;
  readKey: () => Promise<string>;
  clock: Clock;
  signal: AbortSignal;
}

export class ZoneApi {
  readonly #parts: ZoneApiParts;

  constructor(parts: ZoneApiParts) {
    this.#parts = parts;
  }

  /** Names of the zones, as the API lists them. Raises PROBE_API_FAILED. */
  async zoneNames(): Promise<string[]> {
    const { text } = await this.#send('GET', ZONES_PATH);
    const zones = JSON.parse(text) as { name: string }[];
    return zones.map(({ name }) => name);
  }

  /**
   * Sets the name's TXT record. A zone that is not there is made, with `nameservers`.
   * Raises PROBE_API_FAILED.
   */
  async writeText(
    zone: string,
    name: string,
    text: string,
    nameservers: readonly string[],
  ): Promise<ConfirmedChange> {
    const records = [{ content: `"${text}"`, disabled: false }];
    const rrset = { name, type: 'TXT', ttl: RECORD_TTL, changetype: 'REPLACE', records };
    const path = `${ZONES_PATH}/${encodeURIComponent(zone)}`;
    const change = (): Promise<SentRequest> =>
      this.#send('PATCH', path, { rrsets: [rrset] }, [404]);
    let sent = await change();
    if (sent.status === 404) {
      await this.#send('POST', ZONES_PATH, { name: zone, kind: 'Native', nameservers });
      sent = await change();
      if (sent.status === 404) throw failure(`PATCH ${path}`, 'status 404');
    }
    return { receipt: sent.receipt, confirmedAtMs: sent.doneMs };
  }

  async #send(
    method: string,
    path: string,
    body?: unknown,
    accepted: readonly number[] = [],
  ): Promise<SentRequest> {
    const { url, readKey, clock, signal } = this.#parts;
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          'x-api-key': await readKey(),
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      const text = await response.text();
      const doneMs = clock.nowMs();
      const { status } = response;
      if (!response.ok && !accepted.includes(status)) {
        throw failure(`${method} ${path}`, `status ${status}: ${text.slice(0, 200)}`);
      }
      return {
        status,
        text,
        doneMs,
        receipt: response.headers.get('holdfast-receipt') ?? undefined,
      };
    } catch (error) {
      if (error instanceof CodedError) throw error;
      throw failure(`${method} ${url}${path}`, requestReason(error), error);
    }
  }
}

interface SentRequest {
  status: number;
  text: string;
  doneMs: number;
  receipt: string | undefined;
}

function failure(asked: string, why: string, cause?: unknown): CodedError {
  const message = `${asked}: ${why}; is the name server running, and the key its own?`;
  return new CodedError('PROBE_API_FAILED', message, { cause });
}
