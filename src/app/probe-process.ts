/**
 * `holdfast probe`: composition root of one vantage point. Built in the order in which things
 * depend on each other, disposed of in reverse:
 *
 *     contract -> spool -> hand-over -> tester, update test -> vantage point -> /metrics, /healthz
 *
 * Nothing here is shared with the name server: it is reached over its sockets, like anybody's.
 */
import { join } from 'node:path';
import { Registry } from 'prom-client';
import type { Configuration, ProbeConfiguration } from '#app/config/configuration.ts';
import { requireSection } from '#app/config/require-section.ts';
import { loadNamedContract } from '#app/contract-files.ts';
import {
  dnsSubjects,
  findTestedZone,
  targetsOf,
  timeoutsOf,
  updateLimitMs,
} from '#app/probe-targets.ts';
import { referenceAnswersOf, signatureCheckOf } from '#app/probe-validation.ts';
import type { ProcessParts, RunningProcess } from '#app/running-process.ts';
import { formatInstant } from '#base/clock.ts';
import { readApiKey } from '#http/api-key.ts';
import { type HealthCheck, registerHealthRoute } from '#http/health-route.ts';
import { formatListenAddress } from '#http/listen-failure.ts';
import { registerMetricsRoute } from '#http/metrics-route.ts';
import { openHttpServer } from '#http/server.ts';
import type { Contract } from '#sla/contract/contract.ts';
import { dnsPlan } from '#sla/probe/cycle-plan.ts';
import { type DnsTarget, DnsTester } from '#sla/probe/dns-tester.ts';
import { HandOver } from '#sla/probe/hand-over.ts';
import { ProbeMetrics } from '#sla/probe/probe-metrics.ts';
import { ResultQueue } from '#sla/probe/result-queue.ts';
import { SerialWatch } from '#sla/probe/serial-watch.ts';
import { Spool } from '#sla/probe/spool.ts';
import { StallWatch } from '#sla/probe/stall-watch.ts';
import { UpdateTest } from '#sla/probe/update-test.ts';
import { CLOCK_OFFSET_MAX_MS, VantagePoint } from '#sla/probe/vantage-point.ts';
import { ZoneApi } from '#sla/probe/zone-api.ts';

const CYCLE_SECONDS_DEFAULT = 60;
/** No test finished for so many cycles: the vantage point does not do its work. */
const SILENT_CYCLES_MAX = 3;

export interface ProbeOptions {
  configuration: Configuration;
}

/** @throws CodedError of whatever cannot be had; everything that was opened is closed again */
export async function startProbe(
  { configuration }: ProbeOptions,
  parts: ProcessParts,
): Promise<RunningProcess> {
  const probe = requireSection(configuration, 'probe');
  const { clock, log } = parts;
  await using stack = new AsyncDisposableStack();
  const { contract } = await loadNamedContract(probe.contract, configuration.file);
  const spool = await Spool.open(join(configuration.data, 'probe', 'spool'), clock.nowMs());
  const handOver = startHandOver(probe, spool, parts, stack);
  const queue = new ResultQueue(spool, log);
  stack.defer(() => queue.flush());
  const stop = new AbortController();
  const api = zoneApi(configuration, probe, parts, stop.signal);
  const zone = await findTestedZone(probe.zone, api);
  const targets = targetsOf(probe);
  const registry = new Registry();
  const health = { isFit: (): boolean => true };
  const metrics = new ProbeMetrics({
    registry,
    probes: probe.names,
    subjects: dnsSubjects(targets),
    isFit: () => health.isFit(),
    clockOffsetMs: () => handOver?.clockOffsetMs,
    resultsWaiting: () => spool.size,
  });
  const { address, port } = probe.listen;
  const server = await openHttpServer({ ...parts, listen: { host: address, port } });
  stack.defer(() => server.close());
  const built = { probe, contract, zone, targets, api, metrics, queue, handOver };
  const vantagePoint = buildVantagePoint(built, parts, stop.signal);
  const check = healthCheck(contract, vantagePoint, handOver, parts);
  health.isFit = () => check().healthy;
  registerMetricsRoute(server.app, registry);
  registerHealthRoute(server.app, { check: async () => [check()] });
  const bound = await server.listen();
  queue.add({
    kind: 'topology',
    at: formatInstant(cycleStartMs(contract, clock.nowMs())),
    tld: zone,
    dnssec: probe.trustAnchors.length > 0,
    nameservers: topologyOf(targets),
  });
  vantagePoint.start();
  stack.defer(async () => {
    stop.abort();
    await vantagePoint.close();
  });
  log.info({ listen: formatListenAddress(bound), probes: probe.names, zone }, 'ready');
  const running = stack.move();
  return { close: () => running.disposeAsync() };
}

function startHandOver(
  { sidecar, tokenFile }: ProbeConfiguration,
  spool: Spool,
  { clock, log }: ProcessParts,
  stack: AsyncDisposableStack,
): HandOver | undefined {
  if (sidecar === undefined) return undefined;
  const readToken = (): Promise<string> => readApiKey(tokenFile);
  const handOver = new HandOver({ spool, sidecar, readToken, clock, log });
  handOver.start();
  stack.defer(() => handOver.close());
  return handOver;
}

function zoneApi(
  { admin }: Configuration,
  { update }: ProbeConfiguration,
  { clock }: ProcessParts,
  signal: AbortSignal,
): ZoneApi {
  const keyFile = update?.apiKeyFile ?? admin.apiKeyFile;
  const url = update?.api ?? admin.url;
  return new ZoneApi({ url, readKey: () => readApiKey(keyFile), clock, signal });
}

interface Built {
  probe: ProbeConfiguration;
  contract: Contract;
  zone: string;
  targets: DnsTarget[];
  api: ZoneApi;
  metrics: ProbeMetrics;
  queue: ResultQueue;
  handOver: HandOver | undefined;
}

function buildVantagePoint(
  { probe, contract, zone, targets, api, metrics, queue, handOver }: Built,
  { clock, random, log }: ProcessParts,
  signal: AbortSignal,
): VantagePoint {
  const stalls = new StallWatch(clock, probe.loopStallMs);
  const limitMs = updateLimitMs(contract);
  const tester = new DnsTester({
    zone,
    timeouts: timeoutsOf(contract),
    clock,
    random,
    stalls,
    serials: new SerialWatch(limitMs),
    signatures: signatureCheckOf(probe, zone, { clock, random, signal }),
    references: referenceAnswersOf(probe, limitMs, { clock, random, signal }),
    signal,
  });
  const update = probe.update && {
    test: new UpdateTest({ api, zone: probe.update.zone, targets, limitMs, clock, random, signal }),
    intervalMs: probe.update.intervalSeconds * 1000,
  };
  return new VantagePoint({
    probes: probe.names,
    services: [
      dnsPlan({
        probes: probe.names,
        targets,
        cycleSeconds: cycleSecondsOf(contract),
        proportion: contract.services.dns?.transportProportion ?? { udp: 1, tcp: 1 },
        questions: probe.questions,
        tester,
      }),
    ],
    stalls,
    metrics,
    update,
    onResult: (result) => queue.add(result),
    clockOffsetMs: () => handOver?.clockOffsetMs,
    clock,
    log,
    signal,
  });
}

function cycleSecondsOf(contract: Contract): number {
  return contract.services.dns?.cycleSeconds ?? CYCLE_SECONDS_DEFAULT;
}

function cycleStartMs(contract: Contract, nowMs: number): number {
  const lengthMs = cycleSecondsOf(contract) * 1000;
  return Math.floor(nowMs / lengthMs) * lengthMs;
}

function topologyOf(targets: readonly DnsTarget[]): Record<string, string[]> {
  const nameservers: Record<string, string[]> = {};
  for (const { nameserver, server } of targets) {
    (nameservers[nameserver] ??= []).push(server.address);
  }
  return nameservers;
}

/** Healthy while tests are made and the clock agrees with the sidecar's. */
function healthCheck(
  contract: Contract,
  vantagePoint: VantagePoint,
  handOver: HandOver | undefined,
  { clock }: ProcessParts,
): () => HealthCheck {
  const startMs = clock.nowMs();
  const silentMaxMs = SILENT_CYCLES_MAX * cycleSecondsOf(contract) * 1000;
  return () => {
    const name = 'probe';
    const silentMs = clock.nowMs() - Math.max(startMs, vantagePoint.testedAtMs);
    if (silentMs > silentMaxMs) {
      return { name, healthy: false, reason: `no test finished for ${silentMs} ms` };
    }
    const offsetMs = handOver?.clockOffsetMs ?? 0;
    if (Math.abs(offsetMs) > CLOCK_OFFSET_MAX_MS) {
      return { name, healthy: false, reason: `clock is ${offsetMs} ms from the sidecar's` };
    }
    return { name, healthy: true };
  };
}
