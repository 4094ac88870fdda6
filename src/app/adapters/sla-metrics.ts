/**
 * The sidecar's figures for Prometheus: what the scores say, read off at each scrape, and counters
 * of what was decided. For graphs and alarms; a verdict is in the score, never in a metric. Down
 * time is per parameter the worst of its subjects (addresses of name servers).
 */
import { Counter, Gauge, type Registry } from 'prom-client';
import { PROBE_SILENT_MS } from '#app/adapters/site-port.ts';
import type { Clock } from '#base/clock.ts';
import type { Contract, ServiceName } from '#sla/contract/contract.ts';
import type { DowntimeScore, Score } from '#sla/score/score-json.ts';
import { waitingTickets } from '#sla/score/score-tickets.ts';
import type { RecentEvidence } from './recent-evidence.ts';
import type { RunningScore } from './running-score.ts';

const PERIOD = 'month';
/** What an incident can be of. */
const INCIDENT_SUBJECTS = ['dns', 'dns-nameserver', 'dnssec', 'rdds', 'epp'] as const;
const STATES = ['up', 'down', 'discarded', 'unmeasured'] as const;

export interface SlaMetricsOptions {
  registry: Registry;
  scores: RunningScore;
  recent: RecentEvidence;
  /** Seconds of a cycle of each measured service. */
  lengths: ReadonlyMap<ServiceName, number>;
  clock: Clock;
}

export class SlaMetrics {
  readonly #cycles: Counter<'service' | 'state'>;
  readonly #lastCycle: Gauge<'service'>;
  readonly #appendFailures: Counter;

  constructor(options: SlaMetricsOptions) {
    const { registry, lengths } = options;
    const registers = [registry];
    this.#cycles = new Counter({
      name: 'sla_cycles_total',
      help: 'Cycles that were decided since the start, by their state under the first contract.',
      labelNames: ['service', 'state'],
      registers,
    });
    this.#lastCycle = new Gauge({
      name: 'sla_cycle_timestamp_seconds',
      help: 'Start of the last decided cycle.',
      labelNames: ['service'],
      registers,
    });
    this.#appendFailures = new Counter({
      name: 'sla_ledger_append_failures_total',
      help: 'Times that the ledger could not be written.',
      registers,
    });
    const cycleLength = new Gauge({
      name: 'sla_cycle_length_seconds',
      help: 'Length of a cycle.',
      labelNames: ['service'],
      registers,
    });
    for (const [service, seconds] of lengths) {
      cycleLength.set({ service }, seconds);
      for (const state of STATES) this.#cycles.inc({ service, state }, 0);
    }
    for (const gauge of scoreGauges(options)) registry.registerMetric(gauge);
    for (const gauge of probeGauges(options)) registry.registerMetric(gauge);
    for (const gauge of ticketGauges(options)) registry.registerMetric(gauge);
  }

  decided(service: ServiceName, cycle: number, state: string): void {
    this.#cycles.inc({ service, state });
    this.recalled(service, cycle);
  }

  /** A cycle that the ledger held already. */
  recalled(service: ServiceName, cycle: number): void {
    this.#lastCycle.set({ service }, cycle);
  }

  appendFailed(): void {
    this.#appendFailures.inc();
  }
}

function scoreGauges({ scores }: SlaMetricsOptions): Gauge[] {
  const each = (visit: (contract: Contract, score: Score) => void): void => {
    for (const { contract } of scores.contracts) {
      const score = scores.score(contract.id);
      if (score !== undefined) visit(contract, score);
    }
  };
  const downtime = new Gauge({
    name: 'sla_downtime_seconds',
    help: 'Down time this month: strict counts each down cycle, rsm those inside incidents.',
    labelNames: ['contract', 'parameter', 'period', 'policy'],
    registers: [],
    collect() {
      this.reset();
      each((contract, score) => {
        for (const worst of worstDowntimes(score)) {
          const { parameter, downSeconds, rsmDownSeconds } = worst;
          const labels = { contract: contract.id, parameter, period: PERIOD };
          this.set({ ...labels, policy: 'strict' }, downSeconds.min);
          this.set({ ...labels, policy: 'rsm' }, rsmDownSeconds);
        }
      });
    },
  });
  const limits = new Gauge({
    name: 'sla_slr_downtime_limit_seconds',
    help: 'Down time that the contract allows in a month.',
    labelNames: ['contract', 'parameter', 'period'],
    registers: [],
    collect() {
      this.reset();
      each((contract, score) => {
        for (const { parameter, limitSeconds, limitMilliseconds = 0 } of worstDowntimes(score)) {
          const labels = { contract: contract.id, parameter, period: PERIOD };
          this.set(labels, limitSeconds ?? limitMilliseconds / 1000);
        }
      });
    },
  });
  return [downtime, limits, ...serviceGauges(scores)] as Gauge[];
}

/** Figures that are a service's and no contract's: taken under the first contract. */
function serviceGauges(scores: RunningScore): Gauge<'service' | 'period'>[] {
  const unmeasured = new Gauge({
    name: 'sla_unmeasured_seconds',
    help: 'Time of this month so far without any measurement.',
    labelNames: ['service', 'period'],
    registers: [],
    collect() {
      this.reset();
      const [first] = scores.contracts;
      const score = scores.score();
      for (const rule of first?.contract.parameters ?? []) {
        if (rule.rule !== 'service-downtime' && rule.rule !== 'service-downtime-share') continue;
        const found = score?.parameters.find(({ parameter }) => parameter === rule.parameter);
        if (found === undefined || !('unmeasuredSeconds' in found)) continue;
        this.set({ service: rule.service, period: PERIOD }, found.unmeasuredSeconds);
      }
    },
  });
  const emergency = new Gauge({
    name: 'sla_emergency_threshold_ratio',
    help: 'Down time of the rolling week that ends now, as a share of the emergency threshold.',
    labelNames: ['service'],
    registers: [],
    collect() {
      for (const { service, ratio } of scores.score()?.emergency ?? []) {
        this.set({ service }, ratio);
      }
    },
  });
  const incidents = new Gauge({
    name: 'sla_incident_open',
    help: 'Incidents that are open now.',
    labelNames: ['service'],
    registers: [],
    collect() {
      for (const service of INCIDENT_SUBJECTS) this.set({ service }, 0);
      for (const { service, end } of scores.score()?.incidents ?? []) {
        if (end === null) this.inc({ service });
      }
    },
  });
  return [unmeasured, emergency, incidents] as Gauge<'service' | 'period'>[];
}

/** Of the contracts that limit the time to a reply, each severity of theirs. */
function ticketGauges({ scores, clock }: SlaMetricsOptions): Gauge<'contract' | 'severity'>[] {
  const each = (visit: (labels: TicketLabels, waitedMs: readonly number[]) => void): void => {
    for (const { contract } of scores.contracts) {
      const severities = contract.parameters.flatMap((rule) =>
        rule.rule === 'ticket-response' ? rule.severities : [],
      );
      const events = scores.evidence(contract.id)?.events ?? [];
      const waiting = waitingTickets(contract, events, clock.nowMs());
      for (const severity of severities) {
        const own = waiting.filter((ticket) => ticket.severity === severity);
        visit(
          { contract: contract.id, severity },
          own.map(({ waitedMs }) => waitedMs),
        );
      }
    }
  };
  return [
    new Gauge({
      name: 'sla_tickets_open',
      help: 'Tickets that wait for a human’s reply.',
      labelNames: ['contract', 'severity'],
      registers: [],
      collect() {
        each((labels, waitedMs) => this.set(labels, waitedMs.length));
      },
    }),
    new Gauge({
      name: 'sla_ticket_response_seconds',
      help: 'How long the ticket that waits longest has waited, as the contract’s clock runs.',
      labelNames: ['contract', 'severity'],
      registers: [],
      collect() {
        each((labels, waitedMs) => this.set(labels, Math.max(0, ...waitedMs) / 1000));
      },
    }),
  ];
}

interface TicketLabels {
  contract: string;
  severity: string;
}

function probeGauges({ recent, clock }: SlaMetricsOptions): Gauge<'probe'>[] {
  return [
    new Gauge({
      name: 'sla_probe_up',
      help: '1 while the probe hands in results.',
      labelNames: ['probe'],
      registers: [],
      collect() {
        for (const [probe, { atMs }] of recent.probes) {
          this.set({ probe }, clock.nowMs() - atMs <= PROBE_SILENT_MS ? 1 : 0);
        }
      },
    }),
    new Gauge({
      name: 'sla_probe_clock_offset_seconds',
      help: 'How far a probe found its clock ahead of the sidecar’s.',
      labelNames: ['probe'],
      registers: [],
      collect() {
        for (const [probe, { clockOffsetMs }] of recent.probes) {
          if (clockOffsetMs !== undefined) this.set({ probe }, clockOffsetMs / 1000);
        }
      },
    }),
  ];
}

/** Of each parameter of down time the subject that is worst. */
function worstDowntimes(score: Score): DowntimeScore[] {
  const worst = new Map<string, DowntimeScore>();
  for (const each of score.parameters) {
    if (!('downSeconds' in each)) continue;
    const present = worst.get(each.parameter);
    if (present === undefined || each.downSeconds.min > present.downSeconds.min) {
      worst.set(each.parameter, each);
    }
  }
  return [...worst.values()];
}
