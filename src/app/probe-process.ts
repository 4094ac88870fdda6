/**
 * `holdfast probe`: composition root of one vantage point. Built in the order in which things
 * depend on each other, disposed of in reverse:
 *
 *     contract -> spool -> hand-over -> tests -> vantage point -> /metrics, /healthz
 *
 * Nothing here is shared with the name server: it is reached over its sockets, like anybody's.
 */
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { watchDisk } from '#app/adapters/disk-metrics.ts';
import type { Configuration, ProbeConfiguration } from '#app/config/configuration.ts';
import { requireSection } from '#app/config/require-section.ts';
import { loadNamedContract } from '#app/contract-files.ts';
import { PROBE_FOLDER } from '#app/data-folder.ts';
import { cycleSecondsOf, findTestedZone, targetsOf } from '#app/probe-targets.ts';
import { probeTestsOf } from '#app/probe-tests.ts';
import type { ProcessParts, RunningProcess } from '#app/running-process.ts';
import { formatInstant } from '#base/clock.ts';
import { sayReady } from '#base/log.ts';
import { readApiKey } from '#http/api-key.ts';
import { type HealthCheck, registerHealthRoute } from '#http/health-route.ts';
import { formatListenAddress } from '#http/listen-failure.ts';
import { registerMetricsRoute } from '#http/metrics-route.ts';
import { openHttpServer } from '#http/server.ts';
import type { Contract } from '#sla/contract/contract.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import type { DnsTarget } from '#sla/probe/dns-tester.ts';
import { HandOver } from '#sla/probe/hand-over.ts';
import { ProbeFitness } from '#sla/probe/probe-fitness.ts';
import { ProbeMetrics } from '#sla/probe/probe-metrics.ts';
import { ResultQueue } from '#sla/probe/result-queue.ts';
import { Spool } from '#sla/probe/spool.ts';
import { StallWatch } from '#sla/probe/stall-watch.ts';
import { VantagePoint } from '#sla/probe/vantage-point.ts';
import { ZoneApi } from '#sla/probe/zone-api.ts';

/** Less lag at once is common on a busy machine; a test that it touches is internal anyway. */
const LAG_LIMIT_MIN_MS = 100;
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
  const { clock, log, random } = parts;
  await using stack = new AsyncDisposableStack();
  const { contract } = await loadNamedContract(probe.contract, configuration.file);
  const spool = await Spool.open(join(configuration.data, PROBE_FOLDER, 'spool'), clock.nowMs());
  const handOver = startHandOver(probe, spool, parts, stack);
  const queue = new ResultQueue(spool, log);
  stack.defer(() => queue.flush());
  const stop = new AbortController();
  const api = zoneApi(configuration, probe, parts, stop.signal);
  const zone = await findTestedZone(probe.zone, api);
  const targets = targetsOf(probe);
  const stalls = new StallWatch(clock, probe.loopStallMs);
  const asking = { clock, random, stalls, signal: stop.signal };
  const { subjects, prepare, ...tests } = await probeTestsOf(
    { probe, contract, zone, targets, api },
    asking,
  );
  const registry = new Registry();
  watchDisk(registry, { data: configuration.data });
  const health = { isFit: (): boolean => true };
  const clockOffsetMs = (): number | undefined => handOver?.clockOffsetMs;
  const metrics = new ProbeMetrics({
    registry,
    probes: probe.names,
    subjects,
    isFit: () => health.isFit(),
    clockOffsetMs,
    resultsWaiting: () => spool.size,
  });
  const { address, port } = probe.listen;
  const server = await openHttpServer({ ...parts, listen: { host: address, port } });
  stack.defer(() => server.close());
  const lagLimitMs = Math.max(LAG_LIMIT_MIN_MS, probe.loopStallMs);
  const fitness = new ProbeFitness({ clockOffsetMs, lagLimitMs, clock });
  fitness.start();
  stack.defer(() => fitness.close());
  const vantagePoint = new VantagePoint({
    ...tests,
    probes: probe.names,
    stalls,
    metrics,
    onResult: (result) => queue.add(result),
    fitness,
    clockOffsetMs,
    clock,
    log,
    signal: stop.signal,
  });
  const check = healthCheck(contract, vantagePoint, fitness, parts);
  health.isFit = () => check().healthy;
  registerMetricsRoute(server.app, registry);
  registerHealthRoute(server.app, { check: async () => [check()] });
  const bound = await server.listen();
  const at = formatInstant(cycleStartMs(contract, clock.nowMs()));
  queue.add({ kind: 'topology', at, ...topologyOf(probe, zone, targets) });
  await prepare(log, stack);
  vantagePoint.start();
  stack.defer(async () => {
    stop.abort();
    await vantagePoint.close();
  });
  sayReady(log, { listen: formatListenAddress(bound), probes: probe.names, zone });
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

function cycleStartMs(contract: Contract, nowMs: number): number {
  const lengthMs = cycleSecondsOf(contract) * 1000;
  return Math.floor(nowMs / lengthMs) * lengthMs;
}

function topologyOf(
  { trustAnchors }: ProbeConfiguration,
  tld: string,
  targets: readonly DnsTarget[],
): Pick<EventOf<'topology'>, 'tld' | 'dnssec' | 'nameservers'> {
  const nameservers: Record<string, string[]> = {};
  for (const { nameserver, server } of targets) {
    (nameservers[nameserver] ??= []).push(server.address);
  }
  return { tld, dnssec: trustAnchors.length > 0, nameservers };
}

/** Healthy while tests are made and the probe is fit to make them. */
function healthCheck(
  contract: Contract,
  vantagePoint: VantagePoint,
  fitness: ProbeFitness,
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
    const unfit = fitness.unfit();
    return unfit === undefined
      ? { name, healthy: true }
      : { name, healthy: false, reason: unfit.reason };
  };
}
