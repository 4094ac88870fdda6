/**
 * The RDDS and EPP tests of a probe process, from its configuration and the contract's cycles and
 * limits.
 */
import { readFile } from 'node:fs/promises';
import type { ProbeConfiguration } from '#app/config/configuration.ts';
import { CodedError, fileReason } from '#base/coded-error.ts';
import { readApiKey } from '#http/api-key.ts';
import { type Contract, findTestClass, type ServiceName } from '#sla/contract/contract.ts';
import type { DnsTarget } from '#sla/probe/dns-tester.ts';
import type { EppAccount } from '#sla/probe/epp/epp-account.ts';
import type { EppClass } from '#sla/probe/epp/epp-commands.ts';
import { eppPlan } from '#sla/probe/epp/epp-plan.ts';
import { EppTester } from '#sla/probe/epp/epp-tester.ts';
import { EppWriter } from '#sla/probe/epp/epp-writer.ts';
import type { RddsTarget, RddsTester } from '#sla/probe/rdds/rdds-tester.ts';
import { rddsPlan } from '#sla/probe/rdds/rdds-tester.ts';
import type { AskingParts } from '#sla/probe/served-place.ts';
import type { StallWatch } from '#sla/probe/stall-watch.ts';
import type { ServicePlan, TestSubject } from '#sla/probe/test-plan.ts';

/** biz-2013 4.7 and 5.7, where the contract has no such service. */
const CYCLE_SECONDS_DEFAULT = 300;
/** A test is given up this long after an answer would have stopped to count as one. */
const TIMEOUT_MARGIN_MS = 500;
const TIMEOUT_DEFAULT_MS = 20_000;

/** The directory services to test; reads their authorities' files. Raises PROBE_FILE. */
export async function rddsTargetsOf(
  { rdds }: ProbeConfiguration,
  contract: Contract,
): Promise<RddsTarget[]> {
  if (rdds === undefined) return [];
  const { whois, web, rdap } = rdds;
  const targets: RddsTarget[] = [];
  const timeoutOf = (name: string): number => timeoutMs(contract, 'rdds', name);
  if (whois !== undefined) {
    targets.push({ interface: 'whois', timeoutMs: timeoutOf('whois'), ...whois });
  }
  if (web !== undefined) {
    const { addresses, tls, ...lookup } = web;
    const accept = 'text/html';
    const read = { ...lookup, accept, tls: await authoritiesOf(tls) };
    targets.push({ interface: 'web', addresses, timeoutMs: timeoutOf('web'), lookup: read });
  }
  if (rdap !== undefined) {
    const { addresses, tls, host, path } = rdap;
    const accept = 'application/rdap+json';
    const lookup = { host, path, before: [], accept, tls: await authoritiesOf(tls) };
    targets.push({ interface: 'rdap', addresses, timeoutMs: timeoutOf('rdap'), lookup });
  }
  return targets;
}

/** `undefined` without `probe.rdds`. */
export function rddsPlanOf(
  { rdds, names }: ProbeConfiguration,
  contract: Contract,
  targets: readonly RddsTarget[],
  tester: RddsTester,
): ServicePlan | undefined {
  if (rdds === undefined) return undefined;
  const cycleSeconds = contract.services.rdds?.cycleSeconds ?? CYCLE_SECONDS_DEFAULT;
  return rddsPlan({ probes: names, targets, objects: rdds.objects, cycleSeconds, tester });
}

/** What the metrics of RDDS and EPP tests are told apart by. */
export function serviceSubjects(
  { epp }: ProbeConfiguration,
  targets: readonly RddsTarget[],
): TestSubject[] {
  const rdds = targets.flatMap((target) =>
    target.addresses.map(({ address }): TestSubject => {
      return { service: 'rdds', probe: '', interface: target.interface, address };
    }),
  );
  const classes = (['session', 'query', 'transform'] as const).filter(
    (group) => (epp?.commands[group].length ?? 0) > 0,
  );
  const commands = (epp?.addresses ?? []).flatMap(({ address }) =>
    classes.map((group): TestSubject => ({ service: 'epp', probe: '', class: group, address })),
  );
  return [...rdds, ...commands];
}

/** The registrar's account; `undefined` without `probe.epp`. Raises PROBE_FILE. */
export async function eppAccountOf({ epp }: ProbeConfiguration): Promise<EppAccount | undefined> {
  if (epp === undefined) return undefined;
  const { tls, id, objects, extensions, passwordFile } = epp;
  const { ca, certificate, key } = tls;
  return {
    tls: {
      name: tls.name,
      ca: await textOf(ca),
      certificate: await textOf(certificate),
      key: await textOf(key),
    },
    id,
    objects,
    extensions,
    readPassword: () => readApiKey(passwordFile),
  };
}

export interface EppParts extends AskingParts {
  account: EppAccount | undefined;
  stalls: StallWatch;
}

/** `undefined` without `probe.epp`. */
export function eppPlanOf(
  { epp, names }: ProbeConfiguration,
  contract: Contract,
  { account, ...parts }: EppParts,
): ServicePlan | undefined {
  if (epp === undefined || account === undefined) return undefined;
  const { addresses, commands, domain, host, contact, contactTypes, createBelow } = epp;
  const timeoutOf = (group: EppClass): number => timeoutMs(contract, 'epp', group);
  const tester = new EppTester({
    ...parts,
    account,
    objects: { domain, host, contact, contactTypes, createBelow },
    timeouts: {
      session: timeoutOf('session'),
      query: timeoutOf('query'),
      transform: timeoutOf('transform'),
    },
  });
  const cycleSeconds = contract.services.epp?.cycleSeconds ?? CYCLE_SECONDS_DEFAULT;
  return eppPlan({ probes: names, addresses, commands, cycleSeconds, tester });
}

/** Writes through EPP; `undefined` without `probe.eppUpdate`. */
export function eppWriterOf(
  { epp, eppUpdate }: ProbeConfiguration,
  targets: readonly DnsTarget[],
  rdds: { targets: readonly RddsTarget[]; tester: RddsTester },
  { account, clock, random, signal }: EppParts,
): EppWriter | undefined {
  if (epp === undefined || eppUpdate === undefined || account === undefined) return undefined;
  const { domain, hostsBelow } = eppUpdate;
  const { addresses } = epp;
  const asking = { clock, random, signal };
  return new EppWriter({ account, addresses, domain, hostsBelow, targets, rdds, ...asking });
}

function timeoutMs(contract: Contract, service: ServiceName, name: string): number {
  const limits = findTestClass(contract, service, name);
  return limits === undefined ? TIMEOUT_DEFAULT_MS : limits.unanswered.limitMs + TIMEOUT_MARGIN_MS;
}

async function authoritiesOf(
  tls: { ca?: string | undefined } | undefined,
): Promise<{ ca?: string | undefined } | undefined> {
  return tls && { ca: await textOf(tls.ca) };
}

/** Raises PROBE_FILE. */
async function textOf(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const message = `${file}: ${fileReason(error)}; correct the path in probe, or its permissions`;
    throw new CodedError('PROBE_FILE', message, { cause: error });
  }
}
