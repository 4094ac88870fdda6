/**
 * All tests that a probe process makes, from its configuration and its contract: of the name
 * servers always, of RDDS and EPP and of the time until a change is served where they are
 * configured.
 */
import type { ProbeConfiguration } from '#app/config/configuration.ts';
import { openTestObjects } from '#app/probe-objects.ts';
import {
  eppAccountOf,
  eppPlanOf,
  eppWriterOf,
  rddsPlanOf,
  rddsTargetsOf,
  serviceSubjects,
} from '#app/probe-services.ts';
import { cycleSecondsOf, dnsSubjects, timeoutsOf, updateLimitMs } from '#app/probe-targets.ts';
import { referenceAnswersOf, signatureCheckOf } from '#app/probe-validation.ts';
import type { Log } from '#base/log.ts';
import type { Contract } from '#sla/contract/contract.ts';
import { ApiWriter } from '#sla/probe/api-writer.ts';
import { dnsPlan } from '#sla/probe/cycle-plan.ts';
import { type DnsTarget, DnsTester } from '#sla/probe/dns-tester.ts';
import { RddsTester } from '#sla/probe/rdds/rdds-tester.ts';
import { SerialWatch } from '#sla/probe/serial-watch.ts';
import type { AskingParts } from '#sla/probe/served-place.ts';
import type { StallWatch } from '#sla/probe/stall-watch.ts';
import type { ServicePlan, TestSubject } from '#sla/probe/test-plan.ts';
import { UpdateTest, type UpdateWriter } from '#sla/probe/update-test.ts';
import type { RepeatedUpdate } from '#sla/probe/vantage-point.ts';
import type { ZoneApi } from '#sla/probe/zone-api.ts';

export interface TestedThings {
  probe: ProbeConfiguration;
  contract: Contract;
  zone: string;
  targets: readonly DnsTarget[];
  api: ZoneApi;
}

export interface ProbeTests {
  services: ServicePlan[];
  updates: RepeatedUpdate[];
  /** What metrics tell apart. */
  subjects: TestSubject[];
  /** Makes what the tests speak of; before the first of them. Until `stack` is disposed of. */
  prepare: (log: Log, stack: AsyncDisposableStack) => Promise<void>;
}

/** Raises PROBE_FILE. */
export async function probeTestsOf(
  tested: TestedThings,
  parts: AskingParts & { stalls: StallWatch },
): Promise<ProbeTests> {
  const { probe, contract, targets, api } = tested;
  const rddsTargets = await rddsTargetsOf(probe, contract);
  const rddsTester = new RddsTester(parts);
  const epp = { ...parts, account: await eppAccountOf(probe) };
  const services = [
    dnsPlanOf(tested, parts),
    rddsPlanOf(probe, contract, rddsTargets, rddsTester),
    eppPlanOf(probe, contract, epp),
  ].filter((plan) => plan !== undefined);
  const limitMs = updateLimitMs(contract);
  const updates: RepeatedUpdate[] = [];
  const repeat = (writer: UpdateWriter, intervalSeconds: number): void => {
    const test = new UpdateTest({ ...parts, writer, limitMs });
    updates.push({ test, intervalMs: intervalSeconds * 1000 });
  };
  if (probe.update !== undefined) {
    const writer = new ApiWriter({ ...parts, api, zone: probe.update.zone, targets });
    repeat(writer, probe.update.intervalSeconds);
  }
  const rdds = { targets: rddsTargets, tester: rddsTester };
  const eppWriter = eppWriterOf(probe, targets, rdds, epp);
  if (eppWriter !== undefined) repeat(eppWriter, probe.eppUpdate?.intervalSeconds ?? 0);
  const subjects = [...dnsSubjects(targets), ...serviceSubjects(probe, rddsTargets)];
  return {
    services,
    updates,
    subjects,
    prepare: (log, stack) => openTestObjects({ probe, epp, rdds, log }, stack),
  };
}

function dnsPlanOf(
  { probe, contract, zone, targets }: TestedThings,
  parts: AskingParts & { stalls: StallWatch },
): ServicePlan {
  const lagMaxMs = updateLimitMs(contract);
  const tester = new DnsTester({
    ...parts,
    zone,
    timeouts: timeoutsOf(contract),
    serials: new SerialWatch(lagMaxMs),
    signatures: signatureCheckOf(probe, zone, parts),
    references: referenceAnswersOf(probe, lagMaxMs, parts),
  });
  return dnsPlan({
    probes: probe.names,
    targets,
    cycleSeconds: cycleSecondsOf(contract),
    proportion: contract.services.dns?.transportProportion ?? { udp: 1, tcp: 1 },
    questions: probe.questions,
    tester,
  });
}
