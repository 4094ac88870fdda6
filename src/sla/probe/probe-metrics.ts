/**
 * A vantage point's own figures for Prometheus. They are for graphs and alarms; verdicts come from
 * the measurements. Every outcome has its series from the start, so that the first failure is a
 * change from 0 and not a series that nobody looks for.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { TestSeen, TestSubject } from './test-plan.ts';
import type { UpdateSeen } from './update-test.ts';

/** Seconds; every limit of a contract and its fivefold are bounds. */
const RTT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 4, 5, 7.5, 10, 20];
const UPDATE_BUCKETS = [...RTT_BUCKETS, 60, 300, 900, 3600];
const OUTCOMES = ['answered', 'unanswered', 'internal'] as const;

type TestLabel = 'service' | 'check' | 'transport' | 'nameserver' | 'ip' | 'outcome';

export interface ProbeMetricsOptions {
  registry: Registry;
  probes: readonly string[];
  /** Everything that may be tested. */
  subjects: readonly TestSubject[];
  /** Read at each scrape. */
  isFit: () => boolean;
  clockOffsetMs: () => number | undefined;
  resultsWaiting: () => number;
}

export class ProbeMetrics {
  readonly #tests: Counter<TestLabel>;
  readonly #rtts: Histogram<'service' | 'check' | 'transport'>;
  readonly #updates: Histogram<'service'>;

  constructor(options: ProbeMetricsOptions) {
    const { registry, subjects } = options;
    const registers = [registry];
    this.#tests = new Counter({
      name: 'sla_tests_total',
      help: 'Tests made, by what the probe saw.',
      labelNames: ['service', 'check', 'transport', 'nameserver', 'ip', 'outcome'],
      registers,
    });
    this.#rtts = new Histogram({
      name: 'sla_test_rtt_seconds',
      help: 'Round-trip times of answered tests.',
      labelNames: ['service', 'check', 'transport'],
      buckets: RTT_BUCKETS,
      registers,
    });
    this.#updates = new Histogram({
      name: 'sla_update_seconds',
      help: 'Time from the confirmation of a change until an address answered with it.',
      labelNames: ['service'],
      buckets: UPDATE_BUCKETS,
      registers,
    });
    this.#updates.zero({ service: 'dns' });
    for (const subject of subjects) {
      const { service, check, transport } = labelsOf(subject, '');
      this.#rtts.zero({ service, check, transport });
      for (const outcome of OUTCOMES) this.#tests.inc(labelsOf(subject, outcome), 0);
    }
    watchHealth(options);
  }

  tested(subject: TestSubject, { outcome, rttUs }: TestSeen): void {
    const labels = labelsOf(subject, outcome);
    this.#tests.inc(labels);
    if (outcome !== 'answered' || rttUs === undefined) return;
    const { service, check, transport } = labels;
    this.#rtts.observe({ service, check, transport }, rttUs / 1_000_000);
  }

  updated({ service, confirmedAt, observedAt }: UpdateSeen): void {
    if (observedAt === null) return;
    const tookMs = Date.parse(observedAt) - Date.parse(confirmedAt);
    this.#updates.observe({ service }, tookMs / 1000);
  }
}

/** `check`: `soa`, an interface of RDDS, or a class of EPP commands, as contracts name them. */
function labelsOf(subject: TestSubject, outcome: string): Record<TestLabel, string> {
  const { service, address: ip } = subject;
  if (service === 'dns') {
    const { nameserver, transport } = subject;
    return { service, check: 'soa', transport, nameserver, ip, outcome };
  }
  const check = service === 'rdds' ? subject.interface : subject.class;
  return { service, check, transport: 'tcp', nameserver: '', ip, outcome };
}

/** Figures that are read off at each scrape. */
function watchHealth(options: ProbeMetricsOptions): void {
  const { registry, probes, isFit, clockOffsetMs, resultsWaiting } = options;
  const gauges = [
    new Gauge({
      name: 'sla_probe_up',
      help: '1 while the probe tests and is fit to.',
      labelNames: ['probe'],
      registers: [],
      collect() {
        for (const probe of probes) this.set({ probe }, isFit() ? 1 : 0);
      },
    }),
    new Gauge({
      name: 'sla_probe_clock_offset_seconds',
      help: 'How far the probe’s clock is ahead of the sidecar’s; absent while not known.',
      labelNames: ['probe'],
      registers: [],
      collect() {
        const offsetMs = clockOffsetMs();
        if (offsetMs === undefined) return;
        for (const probe of probes) this.set({ probe }, offsetMs / 1000);
      },
    }),
    new Gauge({
      name: 'sla_probe_batches_waiting',
      help: 'Batches of results on disk that the sidecar does not have yet.',
      registers: [],
      collect() {
        this.set(resultsWaiting());
      },
    }),
  ];
  for (const gauge of gauges) registry.registerMetric(gauge);
}
