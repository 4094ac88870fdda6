/**
 * Response times of support tickets. `opened` and `reopened` start a clock each, the first reply by
 * a human stops those that run; an automatic reply or closing the ticket does not. A severity that
 * is raised starts the clock again, one that is lowered only gives it the other limit. The clock
 * runs in the calendar's hours (or always) and stands still while paused or in an agreed disaster.
 *
 * A reply is due at the instant at which the clock first shows the limit: what takes the whole of
 * Monday's hours is due when they end, not when Tuesday's begin.
 */
import type { Month } from '#base/month.ts';
import type { Contract, Parameter, ServiceName } from '#sla/contract/contract.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import { calendarSpans } from './calendar.ts';
import { findCorrections } from './corrections.ts';
import type { Entry } from './evidence.ts';
import type { TicketScore } from './score-json.ts';
import { intersectSpans, lengthMs, type Span, subtractSpans, uniteSpans } from './spans.ts';

type TicketRule = Extract<Parameter, { rule: 'ticket-response' }>;
type TicketEvent = EventOf<'ticket'>;
type Severity = NonNullable<TicketEvent['severity']>;

/** From most to least urgent. */
const SEVERITIES: readonly Severity[] = ['urgent', 'normal', 'service-request', 'business-inquiry'];

interface Clock {
  ticket: string;
  severity: Severity;
  startMs: number;
  replyMs: number | undefined;
  paused: Span[];
}

/** `suspended`: agreed disasters. `nowMs`: until when an unanswered ticket has waited. */
export function scoreTickets(
  rule: TicketRule,
  contract: Contract,
  events: readonly TicketEvent[],
  suspended: readonly Span[],
  month: Month,
  nowMs: number,
): TicketScore {
  const score: TicketScore = {
    parameter: rule.parameter,
    limitSeconds: rule.limitSeconds,
    tickets: 0,
    late: 0,
    pending: 0,
    lateTickets: [],
    verdict: 'not-measured',
  };
  for (const clock of findClocks(events, nowMs)) {
    if (!rule.severities.includes(clock.severity)) continue;
    if (clock.startMs < month.startMs || clock.startMs >= month.endMs) continue;
    score.tickets += 1;
    const { toMs, running } = runningSpans(clock, rule, contract, suspended, nowMs);
    if (toMs > dueMs(running, rule.limitSeconds * 1000)) {
      score.late += 1;
      score.lateTickets.push(clock.ticket);
    } else if (clock.replyMs === undefined) {
      score.pending += 1;
    }
  }
  if (score.late > 0) score.verdict = 'breached';
  else if (score.pending > 0) score.verdict = 'undetermined';
  else if (score.tickets > 0) score.verdict = 'met';
  return score;
}

/** A ticket that waits for a human's reply. */
export interface WaitingTicket {
  severity: Severity;
  /** As its clock shows it: in the calendar's hours, without pauses. */
  waitedMs: number;
}

/** Tickets of the contract's severities that nobody has answered or closed by `nowMs`. */
export function waitingTickets(
  contract: Contract,
  entries: readonly Entry[],
  nowMs: number,
): WaitingTicket[] {
  const events = entries.filter((entry) => entry.kind === 'ticket');
  const suspended = agreedDisasters(contract, entries, nowMs);
  const isClosed = ({ ticket, startMs }: Clock): boolean =>
    events.some(({ id, event, at }) => {
      const atMs = instantMs(at);
      return id === ticket && event === 'closed' && atMs >= startMs && atMs <= nowMs;
    });
  const open = findClocks(events, nowMs).filter(
    (clock) => clock.replyMs === undefined && !isClosed(clock),
  );
  const rules = contract.parameters.filter((rule) => rule.rule === 'ticket-response');
  return rules.flatMap((rule) =>
    open
      .filter(({ severity }) => rule.severities.includes(severity))
      .map((clock) => {
        const { running } = runningSpans(clock, rule, contract, suspended, nowMs);
        return { severity: clock.severity, waitedMs: lengthMs(running) };
      }),
  );
}

/** Times in which no ticket's clock runs, because both sides agreed on a disaster. */
export function agreedDisasters(
  contract: Contract,
  entries: readonly Entry[],
  untilMs: number,
): Span[] {
  const declared = entries.filter((entry) => entry.kind === 'exclusion');
  const services = Object.keys(contract.services) as ServiceName[];
  return uniteSpans(
    services.flatMap(
      (service) => findCorrections(contract, declared, { service }, untilMs).excused,
    ),
  );
}

/** When a clock ran, up to the reply or to now. */
function runningSpans(
  clock: Clock,
  rule: TicketRule,
  contract: Contract,
  suspended: readonly Span[],
  nowMs: number,
): { toMs: number; running: Span[] } {
  const calendar = rule.calendar === undefined ? undefined : contract.calendars[rule.calendar];
  const span = { fromMs: clock.startMs, toMs: clock.replyMs ?? Math.max(nowMs, clock.startMs) };
  const hours = calendar === undefined ? [span] : calendarSpans(calendar, span);
  const still = uniteSpans([...clock.paused, ...suspended]);
  return { toMs: span.toMs, running: subtractSpans(intersectSpans([span], hours), still) };
}

/** When a clock that runs in these spans first shows `limitMs`; `Infinity` if it never does. */
function dueMs(running: readonly Span[], limitMs: number): number {
  let leftMs = limitMs;
  for (const { fromMs, toMs } of running) {
    if (toMs - fromMs >= leftMs) return fromMs + leftMs;
    leftMs -= toMs - fromMs;
  }
  return Infinity;
}

/** In the order of the tickets' names, whatever the order of the lines was. */
function findClocks(events: readonly TicketEvent[], nowMs: number): Clock[] {
  const known = events.filter((event) => instantMs(event.at) <= nowMs);
  const byTicket = [...Map.groupBy(known, (event) => event.id)];
  byTicket.sort(([a], [b]) => (a < b ? -1 : 1));
  return byTicket.flatMap(([, own]) => clocksOfTicket(own, nowMs));
}

/** Order of events of one instant: what starts comes before what stops. */
const EVENT_ORDER: readonly TicketEvent['event'][] = [
  'opened',
  'reopened',
  'severity',
  'auto-reply',
  'pause',
  'resume',
  'human-reply',
  'closed',
];

/** Two severities at one instant: the more urgent one is said last, and holds. */
function urgencyOf({ severity }: TicketEvent): number {
  return severity === undefined ? SEVERITIES.length : SEVERITIES.indexOf(severity);
}

function clocksOfTicket(events: readonly TicketEvent[], nowMs: number): Clock[] {
  const sorted = events.toSorted(
    (a, b) =>
      instantMs(a.at) - instantMs(b.at) ||
      EVENT_ORDER.indexOf(a.event) - EVENT_ORDER.indexOf(b.event) ||
      urgencyOf(b) - urgencyOf(a),
  );
  const clocks: Clock[] = [];
  let running: Clock[] = [];
  let severity: Severity = 'normal';
  let pausedFromMs: number | undefined;
  const pauses: Span[] = [];
  const resume = (atMs: number): void => {
    if (pausedFromMs !== undefined) pauses.push({ fromMs: pausedFromMs, toMs: atMs });
    pausedFromMs = undefined;
  };
  for (const event of sorted) {
    const atMs = instantMs(event.at);
    const isSaidAgain = event.event === 'opened' && running.length > 0;
    if (event.event === 'reopened' || (event.event === 'opened' && !isSaidAgain)) {
      severity = event.severity ?? severity;
      resume(atMs);
      const clock: Clock = {
        ticket: event.id,
        severity,
        startMs: atMs,
        replyMs: undefined,
        paused: pauses,
      };
      running.push(clock);
      clocks.push(clock);
    } else if (event.event === 'severity' && event.severity !== undefined) {
      const isRaised = SEVERITIES.indexOf(event.severity) < SEVERITIES.indexOf(severity);
      severity = event.severity;
      for (const clock of running) {
        clock.severity = severity;
        if (isRaised) clock.startMs = atMs;
      }
    } else if (event.event === 'human-reply') {
      for (const clock of running) clock.replyMs = atMs;
      running = [];
    } else if (event.event === 'pause') {
      pausedFromMs ??= atMs;
    } else if (event.event === 'resume') {
      resume(atMs);
    }
  }
  resume(nowMs);
  return clocks;
}
