/**
 * The state machine that says what there is to tell: what is true now, compared with what people
 * were told. Pure: the same standing and table give the same notices, and once a notice is in the
 * table it is not made again, so a replay after a restart tells nothing twice.
 *
 *   incident     (new) --open--> opened --closed--> resolved --a day--> (forgotten)
 *                (new) --closed within a day--> resolved
 *   share        0 --> 10 --> 25 --> ... each level told as it is reached; told again if the share
 *                sank below it and rose again; below the lowest: over
 *   escalation   as share, but stands still while suspended; what was reached meanwhile and still
 *                holds is escalated when the suspension ends
 *
 *   backups      enough --lacking--> told --enough--> told
 *
 * Cycles only ever add to what is decided, but a correction may take back: a share that sinks by
 * one lowers the level silently, like one that sinks by time.
 */
import { shortInstant } from '#sla/measurement/instant.ts';
import { idOf, type Notice, type ToldShare } from './notice.ts';
import {
  nameIncident,
  type Standing,
  type StandingIncident,
  type StandingShare,
  subjectOf,
} from './standing.ts';
import {
  backupsKey,
  escalationKey,
  incidentKey,
  shareKey,
  type ToldPatch,
  type ToldTable,
} from './told.ts';

/** What is over for longer is no news, and is not told any more. */
export const NEWS_AGE_MAX_MS = 86_400_000;
/** So many incidents of one subject are told in the time of news; more only stand on the page. */
export const SUBJECT_INCIDENTS_MAX = 10;

export interface Review {
  notices: Notice[];
  patch: ToldPatch;
}

export function reviewStanding(standing: Standing, told: ToldTable): Review {
  const review: Review = { notices: [], patch: new Map() };
  reviewIncidents(standing, told, review);
  for (const share of standing.shares) {
    reviewShare(standing, share, told, review);
    reviewEscalation(standing, share, told, review);
  }
  reviewBackups(standing, told, review);
  return review;
}

/** What every notice of a standing begins with; `parts` make its id. */
function headOf({ contract, contractual, atMs }: Standing, ...parts: string[]) {
  const at = shortInstant(atMs);
  return { id: idOf(contract, ...parts, at), at, contract, contractual };
}

function reviewIncidents(standing: Standing, told: ToldTable, review: Review): void {
  const { contract, atMs } = standing;
  const seen = new Set<string>();
  const counts = countsBySubject(standing, told);
  for (const incident of standing.incidents) {
    if (incident.end !== null && Date.parse(incident.end) < atMs - NEWS_AGE_MAX_MS) continue;
    const key = incidentKey(contract, nameIncident(incident));
    seen.add(key);
    const before = told.get(key);
    const state = before?.kind === 'incident' ? before.state : undefined;
    if (state === undefined) beginIncident(standing, incident, key, counts, review);
    else if (state === 'open' && incident.end !== null) {
      resolveIncident(standing, incident, key, review);
    }
  }
  for (const [key, matter] of told) {
    if (matter.kind !== 'incident' || seen.has(key)) continue;
    if (!key.startsWith(incidentKey(contract, ''))) continue;
    review.patch.set(key, null);
    // Its subject is no longer of record, or the incident was corrected away: somebody waits.
    if (matter.state !== 'open') continue;
    const head = headOf(standing, key, 'resolved');
    review.notices.push({ ...head, kind: 'incident-resolved', incident: matter.incident });
  }
}

/** How many incidents of each subject were told lately. */
function countsBySubject({ contract }: Standing, told: ToldTable): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [key, matter] of told) {
    if (matter.kind !== 'incident' || !key.startsWith(incidentKey(contract, ''))) continue;
    const subject = subjectOf(matter.incident);
    counts.set(subject, (counts.get(subject) ?? 0) + 1);
  }
  return counts;
}

function beginIncident(
  standing: Standing,
  incident: StandingIncident,
  key: string,
  counts: Map<string, number>,
  review: Review,
): void {
  const subject = subjectOf(incident);
  const count = (counts.get(subject) ?? 0) + 1;
  counts.set(subject, count);
  const said = toldOf(incident);
  // Agreed to be no outage before anybody was told of one.
  if (count > SUBJECT_INCIDENTS_MAX || incident.falsePositive) {
    review.patch.set(key, { kind: 'incident', state: 'quiet', incident: said });
    return;
  }
  if (incident.end !== null) {
    resolveIncident(standing, incident, key, review);
    return;
  }
  review.patch.set(key, { kind: 'incident', state: 'open', incident: said });
  review.notices.push({
    ...headOf(standing, key, 'opened'),
    kind: 'incident-opened',
    incident: said,
    isLast: count === SUBJECT_INCIDENTS_MAX,
  });
}

function resolveIncident(
  standing: Standing,
  incident: StandingIncident,
  key: string,
  review: Review,
): void {
  const said = toldOf(incident);
  review.patch.set(key, { kind: 'incident', state: 'resolved', incident: said });
  const head = headOf(standing, key, 'resolved');
  review.notices.push({ ...head, kind: 'incident-resolved', incident: said });
}

function toldOf({ falsePositive: _falsePositive, ...incident }: StandingIncident) {
  return incident;
}

function reviewShare(
  standing: Standing,
  share: StandingShare,
  told: ToldTable,
  review: Review,
): void {
  const key = shareKey(standing.contract, share.service);
  const matter = told.get(key);
  const before = matter?.kind === 'share' ? matter.percent : 0;
  const { percent } = share;
  if (percent === before) return;
  review.patch.set(key, percent === 0 ? null : { kind: 'share', percent });
  const kind = kindOfStep(before, percent, 'emergency-share', 'emergency-over');
  if (kind === undefined) return;
  const head = headOf(standing, key, String(percent));
  review.notices.push({ ...head, kind, share: plainShare(share) });
}

function reviewEscalation(
  standing: Standing,
  share: StandingShare,
  told: ToldTable,
  review: Review,
): void {
  if (share.suspendedBy !== undefined) return;
  const key = escalationKey(standing.contract, share.service);
  const matter = told.get(key);
  const before = matter?.kind === 'escalation' ? matter.percent : 0;
  const { percent } = share;
  if (percent === before) return;
  const head = headOf(standing, key, String(percent));
  const since = head.at;
  review.patch.set(key, percent === 0 ? null : { kind: 'escalation', percent, since });
  const kind = kindOfStep(before, percent, 'escalation', 'escalation-ended');
  if (kind === 'escalation') {
    review.notices.push({ ...head, kind, share: plainShare(share), evidence: null });
  } else if (kind === 'escalation-ended') {
    review.notices.push({ ...head, kind, share: plainShare(share) });
  }
}

/** What nothing is known of any more stays as it was told. */
function reviewBackups(standing: Standing, told: ToldTable, review: Review): void {
  if (standing.backups === undefined) return;
  const { lackingSince: since, ...backups } = standing.backups;
  const key = backupsKey(standing.contract);
  const isTold = told.has(key);
  if (since !== null && !isTold) {
    review.patch.set(key, { kind: 'backups', since });
    const head = headOf(standing, key, 'lacking');
    review.notices.push({ ...head, kind: 'backups-lacking', since, backups });
  } else if (since === null && isTold) {
    review.patch.set(key, null);
    const head = headOf(standing, key, 'enough');
    review.notices.push({ ...head, kind: 'backups-enough', backups });
  }
}

/** Up is told, the end is told, and a level that is left downwards is not. */
function kindOfStep<Up, Over>(before: number, after: number, up: Up, over: Over) {
  if (after > before) return up;
  return after === 0 ? over : undefined;
}

function plainShare({ suspendedBy: _suspendedBy, ...share }: StandingShare): ToldShare {
  return share;
}
