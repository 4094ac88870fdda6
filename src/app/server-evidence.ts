/**
 * The part of the sidecar that listens to servers themselves: their metrics, asked for here or read
 * from a Prometheus, their event feed, and their receipts. What they say goes into the ledger, and
 * is held against what the probes saw.
 */
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { countComparisons } from '#app/adapters/evidence-metrics.ts';
import type { Configuration, SlaConfiguration } from '#app/config/configuration.ts';
import { SIDECAR_FOLDER } from '#app/data-folder.ts';
import { repeatEvery } from '#app/repeat-every.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { readApiKey } from '#http/api-key.ts';
import type { Collector } from '#sla/collect/collector.ts';
import { EventFeed } from '#sla/collect/event-feed.ts';
import { EvidenceWatch } from '#sla/collect/evidence-watch.ts';
import { PrometheusReader } from '#sla/collect/prometheus-reader.ts';
import { readReceipt } from '#sla/collect/receipt-reader.ts';
import type { MetricSource, TargetReading } from '#sla/collect/scraped-targets.ts';
import { SCRAPE_INTERVAL_MS, Scraper } from '#sla/collect/scraper.ts';
import type { LoadedContract } from '#sla/contract/contract-file.ts';
import type { Disagreement } from '#sla/ledger/ledger-line.ts';

const FEED_INTERVAL_MS = 5_000;
/** Where no contract limits the time of an update. */
const UPDATE_LIMIT_DEFAULT_SECONDS = 3600;

export interface EvidenceParts {
  sla: SlaConfiguration;
  contracts: readonly LoadedContract[];
  registry: Registry;
  onDisagreement: (entry: Disagreement) => void;
}

/** Compares; it is told of readings and of lines of the ledger by those who have them. */
export function openEvidenceWatch(
  { sla, contracts, registry, onDisagreement }: EvidenceParts,
  { clock, log }: ProcessParts,
): EvidenceWatch {
  const { feed } = sla;
  const server = feed && { api: feed.api, readKey: () => readApiKey(feed.apiKeyFile) };
  return new EvidenceWatch({
    readReceipt: server && ((id, address, signal) => readReceipt(server, id, address, signal)),
    updateLimitMs: updateLimitSeconds(contracts) * 1000,
    onDisagreement,
    onCompared: countComparisons(registry),
    clock,
    log,
  });
}

/** Of the contracts the first that limits it. */
function updateLimitSeconds(contracts: readonly LoadedContract[]): number {
  for (const rule of contracts.flatMap(({ contract }) => contract.parameters)) {
    if (rule.rule === 'update-share' && rule.service === 'dns') return rule.limitSeconds;
  }
  return UPDATE_LIMIT_DEFAULT_SECONDS;
}

export interface FollowedServers {
  configuration: Configuration;
  sla: SlaConfiguration;
  collector: Collector;
  watch: EvidenceWatch;
}

/** Begins to read; until `stack` is disposed of. */
export function followServers(
  { configuration, sla, collector, watch }: FollowedServers,
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): MetricSource {
  const stop = new AbortController();
  const source = metricSource(sla, (reading) => watch.read(reading), parts);
  const scrapes = repeatEvery(SCRAPE_INTERVAL_MS, async () => {
    collector.enter(await source.scrape(stop.signal));
  });
  stack.defer(() => scrapes.close());
  const { feed } = sla;
  if (feed !== undefined) {
    const events = new EventFeed({
      api: feed.api,
      readKey: () => readApiKey(feed.apiKeyFile),
      cursorFile: join(configuration.data, SIDECAR_FOLDER, 'event-cursor'),
      onEvents: (told) => collector.enterDurably(told),
      log: parts.log,
    });
    const reads = repeatEvery(FEED_INTERVAL_MS, async () => {
      await events.read(stop.signal);
      await watch.step(stop.signal);
    });
    stack.defer(() => reads.close());
  }
  followReplica({ configuration, sla, collector }, parts, stop.signal, stack);
  stack.defer(() => stop.abort());
  return source;
}

function metricSource(
  { source, scrape }: SlaConfiguration,
  onReading: (reading: TargetReading) => void,
  { clock, log }: ProcessParts,
): MetricSource {
  if (source === undefined) return new Scraper({ urls: scrape, clock, onReading });
  const { prometheus: url, jobs } = source;
  return new PrometheusReader({ url, jobs, clock, log, onReading });
}

/** The lag of database B, from the feed of the directory itself. */
function followReplica(
  { configuration, sla, collector }: Omit<FollowedServers, 'watch'>,
  { log }: ProcessParts,
  signal: AbortSignal,
  stack: AsyncDisposableStack,
): void {
  if (sla.replicaFeed === undefined) return;
  const events = new EventFeed({
    api: sla.replicaFeed,
    cursorFile: join(configuration.data, SIDECAR_FOLDER, 'replica-event-cursor'),
    onEvents: (told) => collector.enterDurably(told),
    log,
  });
  const reads = repeatEvery(FEED_INTERVAL_MS, () => events.read(signal));
  stack.defer(() => reads.close());
}
