/** What counts as down in the rolling week of a service: what an escalation stands on. */
import { monthOf } from '#base/month.ts';
import type { Contract } from '#sla/contract/contract.ts';
import { findCorrections } from '#sla/score/corrections.ts';
import { countedDown } from '#sla/score/downtime.ts';
import type { Evidence } from '#sla/score/evidence.ts';
import type { EmergencyScore } from '#sla/score/score-json.ts';
import type { Span } from '#sla/score/spans.ts';
import { Subjects } from '#sla/score/subjects.ts';

export interface RollingDown {
  window: Span;
  down: Span[];
}

/** As of `asOfMs`; the contract has an emergency threshold for the service. */
export function findRollingDown(
  contract: Contract,
  evidence: Evidence,
  service: EmergencyScore['service'],
  asOfMs: number,
): RollingDown {
  const subjects = new Subjects(contract, monthOf(asOfMs), evidence, asOfMs);
  const subject = service === 'dnssec' ? subjects.dnssec() : subjects.service(service);
  const toMs = subjects.decidedEndMs(subject.timeline.cycleMs);
  const window = { fromMs: toMs - (contract.emergency?.windowSeconds ?? 0) * 1000, toMs };
  const corrections = findCorrections(contract, evidence.events, subject.corrected, asOfMs);
  return { window, down: countedDown(subject.timeline, corrections, window) };
}
