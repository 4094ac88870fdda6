/**
 * What is true of a contract now, of all that people are told of: its incidents, the emergency
 * share of each service, whether its escalations are held back, and whether backups are lacking.
 * Read off the score and the ledger's events; nothing is decided here.
 */
import type { Contract } from '#sla/contract/contract.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import type { Evidence } from '#sla/score/evidence.ts';
import type { EmergencyScore, IncidentScore, Score } from '#sla/score/score-json.ts';
import { type BackupStanding, findBackupStanding } from './backup-standing.ts';
import type { ToldIncident, ToldShare } from './notice.ts';
import { findSuspension } from './suspension.ts';

export interface StandingShare extends ToldShare {
  /** The notice that holds its escalations back. */
  suspendedBy: EventOf<'notice'> | undefined;
}

export interface StandingIncident extends ToldIncident {
  /** All of its down time was agreed to have been none. */
  falsePositive: boolean;
}

export interface Standing {
  contract: string;
  contractual: boolean;
  /** As far as cycles are decided, Unix milliseconds. */
  atMs: number;
  incidents: StandingIncident[];
  shares: StandingShare[];
  /** `undefined` where nothing is known or asked of backups. */
  backups: BackupStanding | undefined;
}

/** `scores`: of the last month and of this one, in that order, as of `atMs`. */
export function findStanding(
  contract: Contract,
  scores: readonly Score[],
  events: Evidence['events'],
  atMs: number,
): Standing {
  const notices = events.filter((event) => event.kind === 'notice');
  const backups = events.filter((event) => event.kind === 'backup');
  const incidents = new Map<string, StandingIncident>();
  for (const incident of scores.flatMap((score) => score.incidents)) {
    incidents.set(nameIncident(incident), { ...incident });
  }
  const shares = (scores.at(-1)?.emergency ?? []).map((score) => ({
    ...shareOf(score),
    suspendedBy: findSuspension(contract, notices, score.service, atMs),
  }));
  const { id, contractual } = contract;
  return {
    contract: id,
    contractual,
    atMs,
    incidents: [...incidents.values()],
    shares,
    backups: findBackupStanding(contract, backups, atMs),
  };
}

/** A subject and when it went down: no two incidents of a contract have both in common. */
export function nameIncident(incident: Omit<IncidentScore, 'falsePositive'>): string {
  return `${subjectOf(incident)} ${incident.start}`;
}

/** `dns`, or `dns-nameserver ns1.example. 192.0.2.1`. */
export function subjectOf(incident: {
  service: string;
  nameserver?: string | undefined;
  address?: string | undefined;
}): string {
  const { service, nameserver = '', address = '' } = incident;
  return [service, nameserver, address].filter((part) => part !== '').join(' ');
}

function shareOf(score: EmergencyScore): ToldShare {
  const { service, thresholdSeconds, downSeconds, ratio, fallsOut, belowAt } = score;
  const percents = belowAt.map((level) => Math.round(level.ratio * 100));
  const percent = Math.max(0, ...percents);
  return { service, percent, thresholdSeconds, downSeconds, ratio, fallsOut, belowAt };
}
