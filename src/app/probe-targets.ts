/**
 * What a probe process tests, from its configuration: the name servers, and the zone they serve.
 */
import type { ProbeConfiguration } from '#app/config/configuration.ts';
import { CodedError } from '#base/coded-error.ts';
import type { Contract } from '#sla/contract/contract.ts';
import type { DnsTarget, TestTimeouts } from '#sla/probe/dns-tester.ts';
import type { TestSubject } from '#sla/probe/test-plan.ts';
import type { ZoneApi } from '#sla/probe/zone-api.ts';

/** A test is given up this long after an answer would have stopped to count as one. */
const TIMEOUT_MARGIN_MS = 500;
const TIMEOUT_DEFAULT_MS = 10_000;
const CYCLE_SECONDS_DEFAULT = 60;

/** Every address of every name server, in the order of the configuration. */
export function targetsOf({ nameservers }: ProbeConfiguration): DnsTarget[] {
  return Object.entries(nameservers).flatMap(([nameserver, listen]) =>
    listen.map((server) => ({ nameserver, server })),
  );
}

/** What the metrics of DNS tests are told apart by. */
export function dnsSubjects(targets: readonly DnsTarget[]): TestSubject[] {
  return targets.flatMap(({ nameserver, server: { address } }) =>
    (['udp', 'tcp'] as const).map((transport): TestSubject => {
      return { service: 'dns', probe: '', nameserver, address, transport };
    }),
  );
}

/** Length of the DNS cycles. */
export function cycleSecondsOf(contract: Contract): number {
  return contract.services.dns?.cycleSeconds ?? CYCLE_SECONDS_DEFAULT;
}

/** From five times the SLR, as the contract words it. */
export function timeoutsOf(contract: Contract): TestTimeouts {
  const { udp, tcp } = contract.services.dns?.tests ?? {};
  const limitOf = (limits: typeof udp): number =>
    limits === undefined ? TIMEOUT_DEFAULT_MS : limits.unanswered.limitMs + TIMEOUT_MARGIN_MS;
  return { udp: limitOf(udp), tcp: limitOf(tcp) };
}

/** How long an update may take, milliseconds. */
export function updateLimitMs(contract: Contract): number {
  const rule = contract.parameters.find(
    (parameter) => parameter.rule === 'update-share' && parameter.service === 'dns',
  );
  return rule?.rule === 'update-share' ? rule.limitSeconds * 1000 : UPDATE_LIMIT_DEFAULT_MS;
}

const UPDATE_LIMIT_DEFAULT_MS = 3_600_000;

/** The configured zone, or the first that the API lists. Raises PROBE_ZONE_UNKNOWN. */
export async function findTestedZone(
  configured: string | undefined,
  api: ZoneApi,
): Promise<string> {
  if (configured !== undefined) return configured;
  const [first] = await api.zoneNames();
  if (first !== undefined) return first;
  throw new CodedError(
    'PROBE_ZONE_UNKNOWN',
    'probe.zone: not configured, and the name server has no zone; name one',
  );
}
