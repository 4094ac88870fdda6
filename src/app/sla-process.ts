/**
 * `holdfast sla`: composition root of the sidecar. Built in the order in which things depend on
 * each other, disposed of in reverse:
 *
 *     contracts -> ledger -> replay: scores, what was seen -> intake journal -> collector
 *               -> scrapes, event feed -> incidents -> page, API, /metrics, /healthz
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { watchDisk } from '#app/adapters/disk-metrics.ts';
import { EscalationRecord } from '#app/adapters/escalation-record.ts';
import { lackingBackupsGauge } from '#app/adapters/lacking-backups.ts';
import { RecentEvidence } from '#app/adapters/recent-evidence.ts';
import { evidenceStartMs, RunningScore } from '#app/adapters/running-score.ts';
import { sitePorts } from '#app/adapters/site-port.ts';
import { SlaMetrics } from '#app/adapters/sla-metrics.ts';
import type { Configuration, SlaConfiguration } from '#app/config/configuration.ts';
import { requireSection } from '#app/config/require-section.ts';
import { loadNamedContract } from '#app/contract-files.ts';
import { SIDECAR_FOLDER } from '#app/data-folder.ts';
import { startIncidentWork } from '#app/incident-work.ts';
import { repeatEvery } from '#app/repeat-every.ts';
import { startReportWork } from '#app/report-work.ts';
import type { ProcessParts, RunningProcess } from '#app/running-process.ts';
import { followServers, openEvidenceWatch } from '#app/server-evidence.ts';
import { formatInstant } from '#base/clock.ts';
import { sayReady } from '#base/log.ts';
import { type ApiKey, loadApiKey } from '#http/api-key.ts';
import { registerHealthRoute } from '#http/health-route.ts';
import { formatListenAddress } from '#http/listen-failure.ts';
import { registerMetricsRoute } from '#http/metrics-route.ts';
import { openHttpServer } from '#http/server.ts';
import { registerCounterpartyReports } from '#http/site/counterparty-routes.ts';
import { registerIncidents } from '#http/site/incident-routes.ts';
import { registerReports } from '#http/site/report-routes.ts';
import { registerSite } from '#http/site/site-routes.ts';
import { Collector } from '#sla/collect/collector.ts';
import type { EvidenceWatch } from '#sla/collect/evidence-watch.ts';
import { IntakeJournal } from '#sla/collect/intake-journal.ts';
import type { ServiceName } from '#sla/contract/contract.ts';
import type { LoadedContract } from '#sla/contract/contract-file.ts';
import { cycleLengths } from '#sla/contract/cycle-lengths.ts';
import { type Ledger, openLedger } from '#sla/ledger/ledger.ts';
import type { LedgerBody } from '#sla/ledger/ledger-line.ts';
import { readLedger } from '#sla/ledger/ledger-reader.ts';
import { findMonitorGap } from '#sla/ledger/monitor-gap.ts';
import type { Measurement } from '#sla/measurement/measurement.ts';

const STEP_INTERVAL_MS = 500;

export interface SlaOptions {
  configuration: Configuration;
}

/** @throws CodedError of whatever cannot be had; everything that was opened is closed again */
export async function startSla(
  { configuration }: SlaOptions,
  parts: ProcessParts,
): Promise<RunningProcess> {
  const sla = requireSection(configuration, 'sla');
  const { clock, log } = parts;
  await using stack = new AsyncDisposableStack();
  const contracts = await loadContracts(configuration, sla);
  const ledger = await openLedger(sla.ledger, clock);
  stack.defer(() => ledger.close());
  if (ledger.torn !== undefined) log.warn(ledger.torn, 'a torn last line was cut off the ledger');
  const sidecar = await buildSidecar({ configuration, sla, contracts, ledger }, parts, stack);
  const source = followServers({ configuration, sla, ...sidecar }, parts, stack);
  const { address, port } = sla.listen;
  const server = await openHttpServer({ ...parts, listen: { host: address, port } });
  stack.defer(() => server.close());
  const token = await openToken(sla.tokenFile, 'probes', parts);
  const incidents = await startIncidentWork({ configuration, sla, ...sidecar }, parts, stack);
  registerSite(server.app, {
    ports: sitePorts({ ...sidecar, source, incidents: incidents.incidents, clock }),
    token,
  });
  const operator = await openToken(sla.operatorTokenFile, 'operators', parts);
  registerIncidents(server.app, { ports: incidents, token: operator });
  const reportParts = { configuration, contracts, ledger: sla.ledger, registry: sidecar.registry };
  const reports = await startReportWork(reportParts, parts, stack);
  registerReports(server.app, reports);
  registerCounterpartyReports(server.app, { ports: reports, token: operator });
  registerMetricsRoute(server.app, sidecar.registry);
  registerHealthRoute(server.app, { check: async () => [sidecar.health()] });
  const bound = await server.listen();
  sayReady(log, { listen: formatListenAddress(bound), contracts: sla.contracts });
  const running = stack.move();
  return { close: () => running.disposeAsync() };
}

function loadContracts(
  { file }: Configuration,
  { contracts }: SlaConfiguration,
): Promise<LoadedContract[]> {
  return Promise.all(contracts.map((contract) => loadNamedContract(contract, file)));
}

/** The token in a file, made at the first start; `whose` it is goes to the log. */
async function openToken(
  path: string,
  whose: string,
  { random, log }: ProcessParts,
): Promise<ApiKey> {
  const token = await loadApiKey(path, random);
  if (token.made) log.info({ path }, `made a token for ${whose}`);
  if (token.exposed) log.warn({ path }, 'others may read the token: chmod 600 it');
  return token.key;
}

interface Sidecar {
  collector: Collector;
  scores: RunningScore;
  recent: RecentEvidence;
  escalations: EscalationRecord;
  watch: EvidenceWatch;
  registry: Registry;
  health: () => { name: string; healthy: boolean; reason?: string };
}

async function buildSidecar(
  given: {
    configuration: Configuration;
    sla: SlaConfiguration;
    contracts: LoadedContract[];
    ledger: Ledger;
  },
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<Sidecar> {
  const { configuration, sla, contracts, ledger } = given;
  const { clock, log } = parts;
  const lengths = cycleLengths(contracts.map(({ contract }) => contract));
  const scores = new RunningScore(contracts, clock);
  const recent = new RecentEvidence();
  const escalations = new EscalationRecord();
  const registry = new Registry();
  const metrics = new SlaMetrics({ registry, scores, recent, lengths, clock });
  registry.registerMetric(lackingBackupsGauge(scores));
  watchDisk(registry, { data: configuration.data, ledger: sla.ledger });
  let isWritable = true;
  const folder = join(configuration.data, SIDECAR_FOLDER);
  await mkdir(folder, { recursive: true });
  const { journal, held } = await IntakeJournal.open(join(folder, 'intake.ndjson'));
  stack.defer(() => journal.close());
  const take = (body: LedgerBody): void => {
    scores.add(body);
    recent.add(body);
    escalations.add(body);
  };
  const onDisagreement = (entry: LedgerBody): void => collector.enter([entry]);
  const watch = openEvidenceWatch({ sla, contracts, registry, onDisagreement }, parts);
  const collector: Collector = new Collector({
    ledger,
    journal,
    lengths,
    onAppended: (bodies) => {
      isWritable = true;
      for (const body of bodies) {
        take(body);
        if (body.kind === 'update') watch.seen(body);
        if (body.kind !== 'cycle') continue;
        const { service, cycle } = body;
        const state = scores.cycleState(service, cycle) ?? 'unmeasured';
        metrics.decided(service, cycle, state);
        watch.decided(service, cycle, lengths.get(service) ?? 0, state);
      }
    },
    onAppendFailed: () => {
      isWritable = false;
      metrics.appendFailed();
    },
    onDecided: (ms) => scores.decided(ms),
    clock,
    log,
  });
  await replay({ ledger, collector, contracts, lengths, take, metrics, held }, clock.nowMs());
  const work = repeatEvery(STEP_INTERVAL_MS, async () => void (await collector.step()));
  stack.defer(async () => {
    await work.close();
    await collector.step();
  });
  const health = () =>
    isWritable
      ? { name: 'ledger', healthy: true }
      : { name: 'ledger', healthy: false, reason: 'the ledger cannot be written' };
  return { collector, scores, recent, escalations, watch, registry, health };
}

interface Replayed {
  ledger: Ledger;
  collector: Collector;
  contracts: LoadedContract[];
  lengths: Map<ServiceName, number>;
  take: (body: LedgerBody) => void;
  metrics: SlaMetrics;
  /** Of the intake journal. */
  held: Measurement[];
}

/**
 * Reads the ledger as far back as scores reach, decides what was open when the sidecar stopped, and
 * says what was missed since: those cycles are unmeasured.
 */
async function replay(
  { ledger, collector, contracts, lengths, take, metrics, held }: Replayed,
  nowMs: number,
): Promise<void> {
  const fromDay = formatInstant(evidenceStartMs(nowMs)).slice(0, 10);
  /** Digest of each contract that is in force by the ledger. */
  const inForce = new Map<string, string>();
  let decidedEndMs: number | undefined;
  for await (const { lines } of readLedger(ledger.folder, { fromDay })) {
    for (const { body } of lines) {
      take(body);
      collector.recall(body);
      if (body.kind === 'contract') inForce.set(body.id, body.digest);
      const endMs = endOf(body, lengths);
      if (endMs !== undefined) decidedEndMs = Math.max(decidedEndMs ?? endMs, endMs);
      if (body.kind === 'cycle') metrics.recalled(body.service, body.cycle);
    }
  }
  const cycleMs = Math.min(...lengths.values()) * 1000;
  // What was taken in time is decided now, whenever that is.
  collector.resume(held);
  const gap = findMonitorGap(endOfHeld(held, lengths, decidedEndMs), nowMs, cycleMs);
  const entries = contracts
    .filter(({ contract, digest }) => inForce.get(contract.id) !== digest)
    .map(({ contract: { id, version }, digest }) => {
      return { kind: 'contract' as const, id, version, digest };
    });
  collector.enter(gap === undefined ? entries : [...entries, gap]);
  await collector.step();
}

/** End of the time that a line accounts for, Unix milliseconds. */
function endOf(body: LedgerBody, lengths: Map<ServiceName, number>): number | undefined {
  if (body.kind === 'monitor-down') return Date.parse(body.to);
  if (body.kind !== 'cycle') return undefined;
  return (body.cycle + (lengths.get(body.service) ?? 0)) * 1000;
}

function endOfHeld(
  held: readonly Measurement[],
  lengths: Map<ServiceName, number>,
  decidedEndMs: number | undefined,
): number | undefined {
  const ends = held.flatMap((measurement) =>
    measurement.kind === 'test'
      ? [(measurement.cycle + (lengths.get(measurement.service) ?? 0)) * 1000]
      : [],
  );
  if (decidedEndMs !== undefined) ends.push(decidedEndMs);
  return ends.length === 0 ? undefined : Math.max(...ends);
}
