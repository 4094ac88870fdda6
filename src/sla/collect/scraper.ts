/**
 * Scrapes `/metrics` of servers and probes itself, as Prometheus would: what the sidecar does where
 * no Prometheus is configured. A target that does not answer in time, answers with an error or with
 * too much is down, and the reason is shown.
 */
import type { Clock } from '#base/clock.ts';
import { requestReason } from '#base/coded-error.ts';
import type { LedgerBody } from '#sla/ledger/ledger-line.ts';
import { readBounded } from './bounded-reply.ts';
import { parseExposition } from './exposition.ts';
import {
  type MetricSource,
  type ScrapedTarget,
  ScrapedTargets,
  type TargetReading,
} from './scraped-targets.ts';

export const SCRAPE_INTERVAL_MS = 15_000;
const SCRAPE_TIMEOUT_MS = 5_000;

export interface ScraperParts {
  /** `/metrics` URLs. */
  urls: readonly string[];
  clock: Clock;
  onReading: (reading: TargetReading) => void;
}

export class Scraper implements MetricSource {
  readonly #parts: ScraperParts;
  readonly #targets: ScrapedTargets;

  constructor(parts: ScraperParts) {
    this.#parts = parts;
    this.#targets = new ScrapedTargets(parts.onReading);
    for (const url of parts.urls) this.#targets.expect(url);
  }

  targets(): readonly Readonly<ScrapedTarget>[] {
    return this.#targets.all();
  }

  async scrape(signal: AbortSignal): Promise<LedgerBody[]> {
    const readings = await Promise.all(this.#parts.urls.map((url) => this.#ask(url, signal)));
    if (signal.aborted) return [];
    return readings.flatMap((reading) => this.#targets.take(reading));
  }

  async #ask(url: string, signal: AbortSignal): Promise<TargetReading> {
    const { clock } = this.#parts;
    try {
      const values = await fetchSamples(url, signal);
      return { url, atMs: clock.nowMs(), up: true, reason: undefined, values };
    } catch (error) {
      return {
        url,
        atMs: clock.nowMs(),
        up: false,
        reason: requestReason(error),
        values: new Map(),
      };
    }
  }
}

async function fetchSamples(url: string, signal: AbortSignal): Promise<Map<string, number>> {
  const response = await fetch(url, {
    headers: { accept: 'text/plain;version=0.0.4' },
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(SCRAPE_TIMEOUT_MS)]),
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return parseExposition(await readBounded(response));
}
