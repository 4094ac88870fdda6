/**
 * Scrapes `/metrics` of servers and probes, as Prometheus would, and keeps what it saw: that the
 * target answered, and the figures that are evidence of service (update times, serials, refusals,
 * the tests that a probe counted). A change of a target between up and down is a ledger entry at
 * once; its figures become one once per interval of record.
 */
import { type Clock, formatInstant } from '#base/clock.ts';
import type { LedgerBody } from '#sla/ledger/ledger-line.ts';
import { parseExposition } from './exposition.ts';

export const SCRAPE_INTERVAL_MS = 15_000;
/** Evidence once a minute, not each scrape: the ledger is kept for years. */
const RECORD_INTERVAL_MS = 60_000;
const SCRAPE_TIMEOUT_MS = 5_000;
const BODY_SIZE_MAX = 16 * 1024 * 1024;
const VALUES_MAX = 200;

/** Samples that go into the ledger, by the start of their name. Buckets are too many. */
const EVIDENCE = [
  'holdfast_update_seconds_count',
  'holdfast_update_seconds_sum',
  'holdfast_dns_responses_total',
  'holdfast_dns_dropped_total',
  'holdfast_backup_last_success_timestamp_seconds',
  'holdfast_zone_serial',
  'sla_tests_total',
  'sla_probe_up',
  'sla_probe_clock_offset_seconds',
  'sla_probe_batches_waiting',
];

export interface ScrapedTarget {
  url: string;
  up: boolean;
  /** When it was last asked, Unix milliseconds; `undefined` before the first time. */
  atMs: number | undefined;
  /** Why it is not up. */
  reason: string | undefined;
  values: Record<string, number>;
}

export class Scraper {
  readonly #clock: Clock;
  readonly #targets: ScrapedTarget[];
  readonly #recordedMs = new Map<string, number>();

  constructor(urls: readonly string[], clock: Clock) {
    this.#clock = clock;
    this.#targets = urls.map((url) => {
      return { url, up: false, atMs: undefined, reason: 'not asked yet', values: {} };
    });
  }

  targets(): readonly Readonly<ScrapedTarget>[] {
    return this.#targets;
  }

  /** Asks every target once; gives the entries for the ledger. Never rejects. */
  async scrape(signal: AbortSignal): Promise<LedgerBody[]> {
    const entries = await Promise.all(this.#targets.map((target) => this.#ask(target, signal)));
    return entries.flat();
  }

  async #ask(target: ScrapedTarget, signal: AbortSignal): Promise<LedgerBody[]> {
    const wasUp = target.up;
    try {
      target.values = await fetchValues(target.url, signal);
      target.up = true;
      target.reason = undefined;
    } catch (error) {
      if (signal.aborted) return [];
      target.values = {};
      target.up = false;
      target.reason = reasonOf(error);
    }
    const nowMs = this.#clock.nowMs();
    target.atMs = nowMs;
    const recordedMs = this.#recordedMs.get(target.url);
    const isDue = recordedMs === undefined || nowMs - recordedMs >= RECORD_INTERVAL_MS;
    if (!isDue && wasUp === target.up) return [];
    this.#recordedMs.set(target.url, nowMs);
    const { url, up, values } = target;
    return [{ kind: 'scrape', at: formatInstant(nowMs), target: url, up, values }];
  }
}

async function fetchValues(url: string, signal: AbortSignal): Promise<Record<string, number>> {
  const response = await fetch(url, {
    headers: { accept: 'text/plain;version=0.0.4' },
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(SCRAPE_TIMEOUT_MS)]),
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const samples = parseExposition(await readBounded(response));
  const chosen = [...samples].filter(([name]) => EVIDENCE.some((start) => name.startsWith(start)));
  return Object.fromEntries(chosen.slice(0, VALUES_MAX));
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const octets of response.body ?? []) {
    text += decoder.decode(octets as Uint8Array, { stream: true });
    if (text.length > BODY_SIZE_MAX) throw new Error(`more than ${BODY_SIZE_MAX} characters`);
  }
  return text;
}

/** fetch hides the socket's own words one level down. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}
