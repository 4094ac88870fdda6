/**
 * When escalation is suspended (Appendix 10, 7.3): while an outage that was declared lasts, or a
 * maintenance runs that was notified far enough ahead. It holds back escalations and nothing else:
 * down time counts, and our own alarms ring.
 */
import type { Contract } from '#sla/contract/contract.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import type { EmergencyScore } from '#sla/score/score-json.ts';

/** The notice by which a service's escalations are suspended at an instant; the last to end. */
export function findSuspension(
  contract: Contract,
  notices: readonly EventOf<'notice'>[],
  service: EmergencyScore['service'],
  atMs: number,
): EventOf<'notice'> | undefined {
  const rule = contract.emergency?.suspension;
  if (rule === undefined) return undefined;
  const subject = service === 'dnssec' ? 'dns' : service;
  const holding = notices.filter((notice) => {
    const { at, from, to, type, audience, services } = notice;
    if (!audience.includes(rule.audience) || !services.includes(subject)) return false;
    if (instantMs(at) > atMs || instantMs(from) > atMs || atMs >= instantMs(to)) return false;
    return type === 'outage' || instantMs(at) + rule.leadSeconds * 1000 <= instantMs(from);
  });
  return holding.toSorted((a, b) => instantMs(a.to) - instantMs(b.to)).at(-1);
}
