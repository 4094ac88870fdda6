/**
 * Response times of support tickets. `opened` and `reopened` start a clock, the first reply by a
 * human stops it; an automatic reply or closing the ticket does not. A severity that is raised
 * starts the clock again, one that is lowered only gives it the other limit. The clock runs in the
 * calendar's hours (or always) and stands still while paused or in an agreed disaster.
 */
import type { Contract, Parameter } from '#sla/contract/contract.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import { calendarSpans } from './calendar.ts';
import type { Month } from './month.ts';
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
  const calendar = rule.calendar === undefined ? undefined : contract.calendars[rule.calendar];
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
    const span = { fromMs: clock.startMs, toMs: clock.replyMs ?? Math.max(nowMs, clock.startMs) };
    const hours = calendar === undefined ? [span] : calendarSpans(calendar, span);
    const still = uniteSpans([...clock.paused, ...suspended]);
    const usedMs = lengthMs(subtractSpans(intersectSpans([span], hours), still));
    if (usedMs > rule.limitSeconds * 1000) {
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

function findClocks(events: readonly TicketEvent[], nowMs: number): Clock[] {
  const known = events.filter((event) => instantMs(event.at) <= nowMs);
  const byTicket = Map.groupBy(known, (event) => event.id);
  return [...byTicket.values()].flatMap((own) => clocksOfTicket(own, nowMs));
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

function clocksOfTicket(events: readonly TicketEvent[], nowMs: number): Clock[] {
  const sorted = events.toSorted(
    (a, b) =>
      instantMs(a.at) - instantMs(b.at) ||
      EVENT_ORDER.indexOf(a.event) - EVENT_ORDER.indexOf(b.event),
  );
  const clocks: Clock[] = [];
  let severity: Severity = 'normal';
  let running: Clock | undefined;
  let pausedFromMs: number | undefined;
  const pauses: Span[] = [];
  for (const event of sorted) {
    const atMs = instantMs(event.at);
    if (event.event === 'opened' || event.event === 'reopened') {
      severity = event.severity ?? severity;
      const isDoubled = running !== undefined && event.event === 'opened';
      if (isDoubled) continue;
      running = { ticket: event.id, severity, startMs: atMs, replyMs: undefined, paused: pauses };
      clocks.push(running);
    } else if (event.event === 'severity' && event.severity !== undefined) {
      const isRaised = SEVERITIES.indexOf(event.severity) < SEVERITIES.indexOf(severity);
      severity = event.severity;
      if (running === undefined) continue;
      running.severity = severity;
      if (isRaised) running.startMs = atMs;
    } else if (event.event === 'human-reply' && running !== undefined) {
      running.replyMs = atMs;
      running = undefined;
    } else if (event.event === 'pause') {
      pausedFromMs ??= atMs;
    } else if (event.event === 'resume' && pausedFromMs !== undefined) {
      pauses.push({ fromMs: pausedFromMs, toMs: atMs });
      pausedFromMs = undefined;
    }
  }
  if (pausedFromMs !== undefined) pauses.push({ fromMs: pausedFromMs, toMs: nowMs });
  return clocks;
}
