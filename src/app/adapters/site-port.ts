/** The sidecar's page and API, joined to its scores, its collector and its scrapes. */
import { provisionalShare } from '#app/adapters/provisional-shares.ts';
import type { RecentEvidence } from '#app/adapters/recent-evidence.ts';
import type { RunningScore } from '#app/adapters/running-score.ts';
import { type Clock, formatInstant } from '#base/clock.ts';
import { CodedError } from '#base/coded-error.ts';
import { HttpError } from '#http/http-error.ts';
import type { IncidentsStatus } from '#http/site/incident-ports.ts';
import type {
  ContractStatus,
  HandInReceipt,
  IncidentStatus,
  ParameterStatus,
  ScoreSelection,
  SitePorts,
  SiteStatus,
  TestStatus,
} from '#http/site/site-ports.ts';
import type { Collector } from '#sla/collect/collector.ts';
import type { MetricSource } from '#sla/collect/scraped-targets.ts';
import type { Contract } from '#sla/contract/contract.ts';
import type { Measurement, Test } from '#sla/measurement/measurement.ts';
import { atPlace, parseMeasurement } from '#sla/measurement/measurement-file.ts';
import { formatLimit, formatScoreFigure } from '#sla/report/score-figure.ts';
import type { IncidentScore, ParameterScore, Score } from '#sla/score/score-json.ts';

/** A probe that was silent for so long is not up; three cycles. */
export const PROBE_SILENT_MS = 180_000;
const TESTS_SHOWN_MAX = 60;

export interface SitePartsOf {
  scores: RunningScore;
  collector: Collector;
  recent: RecentEvidence;
  source: MetricSource;
  incidents: () => IncidentsStatus;
  clock: Clock;
}

export function sitePorts(parts: SitePartsOf): SitePorts {
  return {
    now: () => formatInstant(parts.clock.nowMs()),
    status: () => statusOf(parts),
    score: (selection) => scoreDocument(parts, selection),
    handIn: (text, address) => handIn(parts, text, address),
  };
}

async function handIn(
  { collector, recent, clock }: SitePartsOf,
  text: string,
  address: string,
): Promise<HandInReceipt> {
  let measurements: Measurement[];
  try {
    const lines = text.replace(/\n$/, '').split('\n');
    measurements = lines.map((line, at) =>
      atPlace({ file: 'measurements', line: at + 1 }, () => parseMeasurement(line)),
    );
    const receipt = await collector.handIn(measurements);
    recent.heard(measurements, address, clock.nowMs());
    return { ...receipt, now: formatInstant(clock.nowMs()) };
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'MEASUREMENT_INVALID') throw error;
    throw new HttpError(error.code, 422, error.message, { cause: error });
  }
}

/** The chosen contract's score, what is provisional beside it, and every contract's score. */
function scoreDocument(
  { scores, collector, recent, clock }: SitePartsOf,
  { contract: id, month }: ScoreSelection,
): unknown {
  const loaded = scores.contracts.find(({ contract }) => id === undefined || contract.id === id);
  const score = scores.score(id, month);
  if (loaded === undefined || score === undefined) return undefined;
  const pending = collector.pending();
  const tests = pending.flatMap((cycle) => cycle.tests);
  return {
    ...score,
    title: loaded.contract.title,
    contractDigest: loaded.digest,
    provisional: {
      cycles: pending.map(({ service, cycle }) => {
        return { service, cycle, start: formatInstant(cycle * 1000) };
      }),
      parameters: loaded.contract.parameters.flatMap((rule) => {
        const share = provisionalShare(loaded.contract, rule, tests);
        return share === undefined ? [] : [{ parameter: rule.parameter, ...share }];
      }),
      tests,
    },
    scores: scores.contracts.map(({ contract }) => scores.score(contract.id, month)),
    vantagePoints: recent.vantagePoints(clock.nowMs() - PROBE_SILENT_MS),
    disagreements: recent.disagreements,
  };
}

function statusOf(parts: SitePartsOf): SiteStatus {
  const { scores, collector, recent, source, clock } = parts;
  const nowMs = clock.nowMs();
  const pending = collector.pending().flatMap(({ tests }) => tests);
  const shown = [
    ...pending.toReversed().map((test) => testStatus(test, false)),
    ...recent.tests.map((test) => testStatus(test, true)),
  ].flat();
  return {
    now: formatInstant(nowMs),
    contracts: scores.contracts.flatMap(({ contract }) => {
      const score = scores.score(contract.id);
      return score === undefined ? [] : [contractStatus(contract, score, pending)];
    }),
    incidents: parts.incidents(),
    tests: shown.slice(0, TESTS_SHOWN_MAX),
    updates: recent.updates.map(({ change, probe, address, confirmedAt, observedAt }) => {
      const tookMs = observedAt === null ? NaN : Date.parse(observedAt) - Date.parse(confirmedAt);
      const took = Number.isNaN(tookMs) ? 'not seen in time' : `${(tookMs / 1000).toFixed(3)} s`;
      return { change, probe, address, confirmedAt, took };
    }),
    disagreements: recent.disagreements.map((each) => {
      const { at, finding, serverSays, probesSay, cycle, change = '', address = '' } = each;
      const subject =
        cycle === undefined ? `change ${change} at ${address}` : formatInstant(cycle * 1000);
      return { at, subject, finding, serverSays, probesSay };
    }),
    vantagePoints: recent.vantagePoints(nowMs - PROBE_SILENT_MS).map(({ address }) => address),
    probes: [...recent.probes].map(([name, { atMs }]) => {
      return { name, isUp: nowMs - atMs <= PROBE_SILENT_MS, lastAt: formatInstant(atMs) };
    }),
    targets: source.targets().map(({ url, up, atMs, reason }) => {
      const at = atMs === undefined ? '' : formatInstant(atMs);
      return { url, isUp: up, at, reason: reason ?? '' };
    }),
  };
}

function contractStatus(contract: Contract, score: Score, tests: readonly Test[]): ContractStatus {
  const service = score.parameters.find((each) => 'measuredSeconds' in each);
  return {
    id: contract.id,
    title: contract.title,
    isContractual: contract.contractual,
    month: score.month,
    asOf: score.asOf ?? '',
    measuredSeconds: service?.measuredSeconds ?? 0,
    unmeasuredSeconds: service?.unmeasuredSeconds ?? 0,
    parameters: score.parameters.map((each) => parameterStatus(contract, each, tests)),
    incidents: score.incidents.map(incidentStatus),
  };
}

function parameterStatus(
  contract: Contract,
  score: ParameterScore,
  tests: readonly Test[],
): ParameterStatus {
  const rule = contract.parameters.find(({ parameter }) => parameter === score.parameter);
  const share = rule && provisionalShare(contract, rule, tests);
  const hasSubject = 'nameserver' in score && 'address' in score;
  return {
    name: score.parameter,
    subject: hasSubject ? `${score.nameserver} ${score.address}` : '',
    figure: formatScoreFigure(score),
    limit: formatLimit(score),
    verdict: score.verdict,
    provisional:
      share === undefined || share.total === 0 ? '' : `${share.within} of ${share.total} in time`,
  };
}

function incidentStatus(incident: IncidentScore): IncidentStatus {
  const { service, nameserver = '', address = '', start, end, downSeconds } = incident;
  const subject = [service, nameserver, address].filter((part) => part !== '').join(' ');
  return { subject, start, end: end ?? '', downSeconds };
}

function testStatus(test: Test, isDecided: boolean): TestStatus[] {
  if (test.service !== 'dns') return [];
  const { cycle, probe, nameserver, address, transport, outcome, rttUs, error } = test;
  const detail = outcome === 'answered' ? `${((rttUs ?? 0) / 1000).toFixed(3)} ms` : (error ?? '');
  const start = formatInstant(cycle * 1000);
  return [{ cycle: start, probe, nameserver, address, transport, outcome, detail, isDecided }];
}
