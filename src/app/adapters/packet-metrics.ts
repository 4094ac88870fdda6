/**
 * The packet threads' counters as Prometheus metrics. They are summed when `/metrics` is read and
 * written out as they are: a labelled increment in the metrics library would cost a query more
 * than its answer does. The duration histogram is exact at each bound (packet-counters.ts says
 * what is measured).
 */
import type { Metric, MetricValueWithName, Registry } from 'prom-client';
import { TYPE_OTHER } from '#dns/packet/packet-counters.ts';
import type { PacketThreads } from '#dns/packet/packet-threads.ts';
import { formatRcode, RCODE } from '#dns/wire/header.ts';
import { findType, formatTypeCode } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';

/** Seconds: every limit of a contract and its fivefold, and finer ones below them. */
const DURATION_BOUNDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5,
  4, 5, 7.5, 10, 20,
];

/** Series that exist from the start; others appear when they are first counted. */
const RCODES_SHOWN: ReadonlySet<number> = new Set([
  RCODE.NOERROR,
  RCODE.FORMERR,
  RCODE.SERVFAIL,
  RCODE.NXDOMAIN,
  RCODE.NOTIMP,
  RCODE.REFUSED,
  RCODE.NOTAUTH,
  RCODE.BADVERS,
]);

/** Types of questions that no record has. */
const QUESTION_TYPES: ReadonlySet<number> = new Set([TYPE.ANY, TYPE.AXFR, TYPE.IXFR]);

type Value = MetricValueWithName<string>;

/** Registers the `holdfast_dns_…` metrics; each scrape reads `threads`. */
export function watchPackets(registry: Registry, threads: PacketThreads): void {
  const register = (metric: SnapshotMetric): void =>
    // The registry asks of a metric no more than what SnapshotMetric has.
    registry.registerMetric(metric as unknown as Metric);
  register(
    new SnapshotMetric('counter', 'holdfast_dns_requests_total', 'DNS queries taken.', () =>
      requestValues(threads),
    ),
  );
  register(
    new SnapshotMetric('counter', 'holdfast_dns_responses_total', 'DNS answers given.', () =>
      responseValues(threads),
    ),
  );
  register(
    new SnapshotMetric(
      'histogram',
      'holdfast_dns_request_duration_seconds',
      'From reading a batch of queries to handing its answers to the kernel, per answer.',
      () => durationValues(threads),
    ),
  );
  register(
    new SnapshotMetric(
      'counter',
      'holdfast_dns_dropped_total',
      'Queries, answers and connections dropped, by reason.',
      () =>
        threads
          .snapshot([])
          .dropped.map(({ reason, count }) => ({ labels: { reason }, value: count })),
    ),
  );
  register(
    new SnapshotMetric(
      'counter',
      'holdfast_dns_rate_limited_total',
      'Answers over the rate limit, by kind and what became of them.',
      () =>
        threads.snapshot([]).limited.map(({ kind, action, count }) => ({
          labels: { kind, action },
          value: count,
        })),
    ),
  );
  register(
    new SnapshotMetric('gauge', 'holdfast_dns_connections', 'Open stream connections.', () => [
      { labels: {}, value: threads.snapshot([]).connections },
    ]),
  );
  register(
    new SnapshotMetric(
      'counter',
      'holdfast_packet_thread_restarts_total',
      'Packet and stream threads that died or hung and were replaced.',
      () => [{ labels: {}, value: threads.snapshot([]).restarts }],
    ),
  );
}

/** A metric whose values are made when they are asked for. */
class SnapshotMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly aggregator = 'sum';
  readonly #read: () => Value[];

  constructor(type: SnapshotMetric['type'], name: string, help: string, read: () => Value[]) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.#read = read;
  }

  get() {
    const { name, help, type, aggregator } = this;
    return Promise.resolve({ name, help, type, aggregator, values: this.#read() });
  }
}

function requestValues(threads: PacketThreads): Value[] {
  const counts = new Map<string, { labels: Record<string, string>; value: number }>();
  for (const { protocol, family, type, count } of threads.snapshot([]).requests) {
    const labels = { proto: protocol, family, type: typeLabel(type) };
    const key = `${protocol} ${family} ${labels.type}`;
    const counted = counts.get(key);
    if (counted === undefined) counts.set(key, { labels, value: count });
    else counted.value += count;
  }
  return [...counts.values()];
}

/** Types that nobody has registered share one series: strangers choose them. */
function typeLabel(type: number): string {
  const isKnown = findType(type) !== undefined || QUESTION_TYPES.has(type);
  return isKnown && type !== TYPE_OTHER ? formatTypeCode(type) : 'other';
}

function responseValues(threads: PacketThreads): Value[] {
  return threads
    .snapshot([])
    .responses.filter(({ rcode, count }) => count > 0 || RCODES_SHOWN.has(rcode))
    .map(({ protocol, rcode, count }) => ({
      labels: { proto: protocol, rcode: formatRcode(rcode) },
      value: count,
    }));
}

function durationValues(threads: PacketThreads): Value[] {
  const name = 'holdfast_dns_request_duration_seconds';
  return threads
    .snapshot(DURATION_BOUNDS)
    .durations.flatMap(({ protocol: proto, within, total, sumSeconds }) => [
      ...within.map((value, i) => ({
        metricName: `${name}_bucket`,
        labels: { proto, le: DURATION_BOUNDS[i] },
        value,
      })),
      { metricName: `${name}_bucket`, labels: { proto, le: '+Inf' }, value: total },
      { metricName: `${name}_sum`, labels: { proto }, value: sumSeconds },
      { metricName: `${name}_count`, labels: { proto }, value: total },
    ]);
}
