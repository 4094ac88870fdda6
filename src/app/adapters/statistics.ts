/**
 * PowerDNS's statistics from what this server counts. Only figures that mean the same here are
 * given: there are no caches, rings or backends to count. Answers are counted by protocol and not
 * by address family, and what a reply weighs is not counted, so `response-sizes` is empty.
 */
import process from 'node:process';
import type { Clock } from '#base/clock.ts';
import type { PacketSnapshot } from '#dns/packet/packet-counters.ts';
import { formatRcode, RCODE } from '#dns/wire/header.ts';
import { formatTypeCode } from '#dns/wire/rdata/registry.ts';
import type { Statistic } from '#http/api/ports.ts';

/** As PowerDNS writes them, by number. */
const RCODE_TEXTS: readonly string[] = [
  'No Error',
  'Form Error',
  'Server Failure',
  'Non-Existent domain',
  'Not Implemented',
  'Query Refused',
  'Name Exists when it should not',
  'RR Set Exists when it should not',
  'RR Set that should exist does not',
  'Server Not Authoritative for zone / Not Authorized',
  'Name not contained in zone',
];

export interface StatisticSources {
  /** The packet threads' counters, without a histogram. */
  packets: () => PacketSnapshot;
  zoneCount: () => number;
  clock: Clock;
}

/** To be made when the server starts: its time is counted from then. */
export function statisticsReader(sources: StatisticSources): () => Promise<Statistic[]> {
  const startUs = sources.clock.monotonicUs();
  return async () => {
    const packets = sources.packets();
    const cpu = process.cpuUsage();
    const uptime = Math.floor((sources.clock.monotonicUs() - startUs) / 1_000_000);
    const single: Record<string, number> = {
      ...questionFigures(packets),
      ...answerFigures(packets),
      latency: averageLatencyUs(packets),
      'open-tcp-connections': packets.connections,
      'real-memory-usage': process.memoryUsage.rss(),
      'sys-msec': Math.round(cpu.system / 1000),
      uptime,
      'user-msec': Math.round(cpu.user / 1000),
      'zone-cache-size': sources.zoneCount(),
    };
    const names = Object.keys(single).sort();
    return [
      ...names.map((name) => ({ name, value: single[name] })),
      { name: 'response-by-qtype', value: byType(packets) },
      { name: 'response-sizes', value: [] },
      { name: 'response-by-rcode', value: byRcode(packets) },
    ];
  };
}

/** TLS is TCP to PowerDNS. */
function questionFigures({ requests }: PacketSnapshot): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const protocol of ['udp', 'tcp']) {
    for (const family of ['', '4', '6']) figures[`${protocol}${family}-queries`] = 0;
  }
  for (const { protocol, family, count } of requests) {
    const way = protocol === 'udp' ? 'udp' : 'tcp';
    figures[`${way}-queries`] += count;
    figures[`${way}${family === 'ipv6' ? '6' : '4'}-queries`] += count;
  }
  return figures;
}

function answerFigures({ responses, dropped }: PacketSnapshot): Record<string, number> {
  const sum = (chosen: (response: PacketSnapshot['responses'][number]) => boolean): number =>
    responses.filter(chosen).reduce((total, { count }) => total + count, 0);
  const drops = (...reasons: string[]): number =>
    dropped
      .filter(({ reason }) => reasons.includes(reason))
      .reduce((total, { count }) => total + count, 0);
  return {
    'corrupt-packets': drops('short', 'oversize'),
    'noerror-packets': sum(({ rcode }) => rcode === RCODE.NOERROR),
    'nxdomain-packets': sum(({ rcode }) => rcode === RCODE.NXDOMAIN),
    'overload-drops': drops('rate-limited', 'slow-lane-full', 'send-buffer-full'),
    'servfail-packets': sum(({ rcode }) => rcode === RCODE.SERVFAIL),
    'tcp-answers': sum(({ protocol }) => protocol !== 'udp'),
    'udp-answers': sum(({ protocol }) => protocol === 'udp'),
    'unauth-packets': sum(({ rcode }) => rcode === RCODE.REFUSED),
  };
}

/** Of all answers since the start; PowerDNS gives the recent ones more weight. */
function averageLatencyUs({ durations }: PacketSnapshot): number {
  const total = durations.reduce((sum, duration) => sum + duration.total, 0);
  const seconds = durations.reduce((sum, duration) => sum + duration.sumSeconds, 0);
  return total === 0 ? 0 : Math.round((seconds / total) * 1_000_000);
}

function byType({ requests }: PacketSnapshot): { name: string; value: number }[] {
  return counted(requests.map(({ type, count }) => [formatTypeCode(type), count]));
}

function byRcode({ responses }: PacketSnapshot): { name: string; value: number }[] {
  return counted(responses.map(({ rcode, count }) => [rcodeText(rcode), count]));
}

function rcodeText(rcode: number): string {
  return RCODE_TEXTS[rcode] ?? formatRcode(rcode);
}

/** Sums by name, without zeros, in alphabetical order. */
function counted(pairs: [name: string, count: number][]): { name: string; value: number }[] {
  const sums = new Map<string, number>();
  for (const [name, count] of pairs) sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums]
    .filter(([, value]) => value > 0)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
