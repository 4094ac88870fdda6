/**
 * Reads servers' and probes' metrics from a Prometheus server that scrapes them already, instead of
 * asking each of them once more. What Prometheus stored is taken sample by sample, with the times
 * at which it scraped (`selector[window]`): never `rate` or `increase`, which extrapolate, and
 * never an instant vector, which shows a sample of five minutes ago as if it were of now.
 *
 *   {__name__=~"up|holdfast_…|sla_…",job=~"holdfast|…"}[60s]   ->  series with raw samples
 *   `up` with its labels   ->  a target, called by its `instance`
 *   the other series that have all labels of an `up`   ->  its values, by the time of the scrape
 *
 * One process that several jobs or replicas scrape is one target: of its copies the one with the
 * newest sample is read, never a sum. Samples that stop are missing evidence and not a failure of
 * the target: it is shown with the reason, and the ledger says nothing of it.
 */
import { z } from 'zod';
import type { Clock } from '#base/clock.ts';
import { requestReason } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { LedgerBody } from '#sla/ledger/ledger-line.ts';
import { readBounded } from './bounded-reply.ts';
import { formatSampleName } from './exposition.ts';
import {
  EVIDENCE_METRICS,
  type MetricSource,
  type ScrapedTarget,
  ScrapedTargets,
  TARGETS_MAX,
  type TargetReading,
} from './scraped-targets.ts';

const QUERY_TIMEOUT_MS = 10_000;
/** Read back at least so far, so that no scrape falls between two readings. */
const WINDOW_MIN_SECONDS = 60;
/** After a time without Prometheus: what is older belongs to cycles that are decided. */
const WINDOW_MAX_SECONDS = 300;
/** Without a sample for so long a target is missing: three scrapes of thirty seconds. */
export const STALE_MS = 90_000;
/** Its clock may be ahead of ours by so much. */
const AHEAD_MAX_MS = 5_000;
const SERIES_MAX = 20_000;

/** Labels of a series, `__name__` among them, and its samples: Unix seconds, value as text. */
const seriesSchema = z.object({
  metric: z.record(z.string(), z.string()),
  values: z.array(z.tuple([z.number(), z.string()])),
});
const replySchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('success'),
    data: z.object({ resultType: z.literal('matrix'), result: z.array(seriesSchema) }),
  }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
]);

type Series = z.infer<typeof seriesSchema>;
type Sample = Series['values'][number];

export interface PrometheusReaderParts {
  /** URL of the Prometheus server, up to its `/api`. */
  url: string;
  /** Names of the jobs that scrape servers and probes. */
  jobs: readonly string[];
  clock: Clock;
  log: Log;
  onReading: (reading: TargetReading) => void;
}

/** The `up` series of one process, and what belongs to it. */
interface Copy {
  up: Series;
  newestMs: number;
  series: Series[];
}

export class PrometheusReader implements MetricSource {
  readonly #parts: PrometheusReaderParts;
  readonly #targets: ScrapedTargets;
  readonly #saidTwice = new Set<string>();
  #readMs = -Infinity;

  constructor(parts: PrometheusReaderParts) {
    this.#parts = parts;
    this.#targets = new ScrapedTargets(parts.onReading);
    this.#targets.expect(parts.url);
  }

  targets(): readonly Readonly<ScrapedTarget>[] {
    return this.#targets.all();
  }

  async scrape(signal: AbortSignal): Promise<LedgerBody[]> {
    const { url, clock } = this.#parts;
    try {
      const copies = chooseCopies(await this.#query(signal), (instance) =>
        this.#sayTwice(instance),
      );
      const entries = this.#take(copies);
      this.#readMs = clock.nowMs();
      const own = { url, atMs: this.#readMs, up: true, reason: undefined, values: new Map() };
      return [...this.#targets.take(own), ...entries];
    } catch (error) {
      if (signal.aborted) return [];
      const nowMs = clock.nowMs();
      const reason = requestReason(error);
      for (const target of this.#targets.all()) {
        if (target.url === url) continue;
        this.#targets.lose(target.url, `Prometheus cannot be read: ${reason}`, nowMs);
      }
      return this.#targets.take({ url, atMs: nowMs, up: false, reason, values: new Map() });
    }
  }

  /** Every series of the window. Raises Error with what is wrong. */
  async #query(signal: AbortSignal): Promise<Series[]> {
    const { url, jobs, clock } = this.#parts;
    const sinceS = Math.ceil((clock.nowMs() - this.#readMs) / 1000) + WINDOW_MIN_SECONDS;
    const windowS = Math.min(WINDOW_MAX_SECONDS, sinceS);
    const names = ['up', ...EVIDENCE_METRICS].join('|');
    const selector = `{__name__=~"${names}",job=~${quote(jobs.map(escapePattern).join('|'))}}`;
    const query = new URLSearchParams({ query: `${selector}[${windowS}s]`, timeout: '8s' });
    const response = await fetch(`${url.replace(/\/$/, '')}/api/v1/query`, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: query,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(QUERY_TIMEOUT_MS)]),
    });
    const text = await readBounded(response);
    const reply = replySchema.safeParse(parseJson(text));
    if (!reply.success) {
      throw new Error(`status ${response.status}, and no answer of Prometheus's query API`);
    }
    if (reply.data.status === 'error') throw new Error(reply.data.error);
    const { result } = reply.data.data;
    if (result.length > SERIES_MAX) throw new Error(`more than ${SERIES_MAX} series`);
    const found = result.some(({ metric }) => metric['__name__'] === 'up');
    if (!found) throw new Error(`it scrapes nothing under the jobs ${jobs.join(', ')}`);
    return result;
  }

  #take(copies: ReadonlyMap<string, Copy>): LedgerBody[] {
    const nowMs = this.#parts.clock.nowMs();
    const newestMs = Math.max(...[...copies.values()].map((copy) => copy.newestMs));
    if (newestMs > nowMs + AHEAD_MAX_MS) {
      throw new Error(`its clock is ${Math.round((newestMs - nowMs) / 1000)} s ahead`);
    }
    const entries: LedgerBody[] = [];
    for (const [instance, copy] of copies) {
      const knownMs = this.#targets.find(instance)?.atMs ?? -Infinity;
      for (const reading of readingsOf(instance, copy, knownMs)) {
        entries.push(...this.#targets.take(reading));
      }
    }
    for (const { url, atMs = -Infinity } of this.#targets.all()) {
      if (url === this.#parts.url || nowMs - atMs <= STALE_MS) continue;
      const seconds = Math.round((nowMs - atMs) / 1000);
      this.#targets.lose(url, `Prometheus has no sample of it for ${seconds} s`, nowMs);
    }
    return entries;
  }

  /** Once of each. */
  #sayTwice(instance: string): void {
    if (this.#saidTwice.has(instance) || this.#saidTwice.size >= TARGETS_MAX) return;
    this.#saidTwice.add(instance);
    this.#parts.log.warn({ instance }, 'Prometheus scrapes it more than once; one copy is read');
  }
}

/** By `instance`, the copy that is read, with its series. */
export function chooseCopies(
  all: readonly Series[],
  onTwice: (instance: string) => void,
): Map<string, Copy> {
  const copies = all
    .filter(({ metric, values }) => metric['__name__'] === 'up' && values.length > 0)
    .map((up): Copy => ({ up, newestMs: lastMs(up), series: [] }));
  // Labels of one may be among those of another: a series is the most particular one's.
  copies.sort((a, b) => labelCount(b) - labelCount(a) || (textOf(a) < textOf(b) ? -1 : 1));
  for (const series of all) {
    if (series.metric['__name__'] === 'up') continue;
    copies.find(({ up }) => hasLabels(series, up))?.series.push(series);
  }
  const chosen = new Map<string, Copy>();
  for (const copy of copies) {
    const instance = copy.up.metric['instance'] ?? '';
    const present = chosen.get(instance);
    if (present !== undefined) onTwice(instance);
    if (present === undefined || copy.newestMs > present.newestMs) chosen.set(instance, copy);
  }
  return chosen;
}

/** Each scrape of a target that is in the window and later than `knownMs`, oldest first. */
function readingsOf(instance: string, { up, series }: Copy, knownMs: number): TargetReading[] {
  const isNew = ([seconds]: Sample): boolean => msOf(seconds) > knownMs;
  const byTime = new Map<number, Map<string, number>>();
  for (const { metric, values } of series) {
    const own = Object.entries(metric).filter(([label]) => !(label in up.metric));
    const name = formatSampleName(metric['__name__'] ?? '', own);
    for (const [seconds, text] of values.filter(isNew)) {
      const value = Number(text);
      if (!Number.isFinite(value)) continue;
      const at = byTime.get(seconds) ?? new Map<string, number>();
      if (at.size === 0) byTime.set(seconds, at);
      at.set(name, value);
    }
  }
  return up.values.filter(isNew).map(([seconds, text]) => {
    const isUp = text === '1';
    return {
      url: instance,
      atMs: msOf(seconds),
      up: isUp,
      reason: isUp ? undefined : 'Prometheus could not scrape it',
      values: byTime.get(seconds) ?? new Map<string, number>(),
    };
  });
}

function hasLabels({ metric }: Series, up: Series): boolean {
  return Object.entries(up.metric).every(
    ([label, value]) => label === '__name__' || metric[label] === value,
  );
}

function lastMs({ values }: Series): number {
  return msOf(values.at(-1)?.[0] ?? 0);
}

function msOf(seconds: number): number {
  return Math.round(seconds * 1000);
}

function labelCount({ up }: Copy): number {
  return Object.keys(up.metric).length;
}

function textOf({ up }: Copy): string {
  return JSON.stringify(up.metric);
}

/** A name as a part of a regular expression that means nothing but itself. */
function escapePattern(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A string of PromQL; its escapes are those of Go, of which JSON's are a part. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
