/** A ticket's clock, ticked second by second: the slow way to say when a reply was due. */
import type { Contract, Parameter } from '#sla/contract/contract.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import { WallClock } from './wall-clock.ts';

type TicketRule = Extract<Parameter, { rule: 'ticket-response' }>;
type TicketEvent = EventOf<'ticket'>;

const SEVERITIES = ['business-inquiry', 'service-request', 'normal', 'urgent'];

interface TicketClock {
  severity: string;
  fromMs: number;
  repliedMs: number | undefined;
}

export interface TicketCounts {
  tickets: number;
  late: number;
  pending: number;
}

/** Whole seconds only. `isDisaster`: whether a second lies in an agreed disaster. */
export function countTickets(
  rule: TicketRule,
  contract: Contract,
  events: readonly TicketEvent[],
  isDisaster: (ms: number) => boolean,
  month: { startMs: number; endMs: number },
  nowMs: number,
): TicketCounts {
  const calendar = rule.calendar === undefined ? undefined : contract.calendars[rule.calendar];
  const wall = calendar === undefined ? undefined : new WallClock(calendar);
  const counts: TicketCounts = { tickets: 0, late: 0, pending: 0 };
  const known = events.filter((event) => Date.parse(event.at) <= nowMs);
  for (const own of Map.groupBy(known, (event) => event.id).values()) {
    const story = own.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
    const pauses = pausesOf(story, nowMs);
    const isStill = (ms: number): boolean =>
      isDisaster(ms) || pauses.some((pause) => ms >= pause.fromMs && ms < pause.toMs);
    for (const clock of clocksOf(story)) {
      if (!rule.severities.some((severity) => severity === clock.severity)) continue;
      if (clock.fromMs < month.startMs || clock.fromMs >= month.endMs) continue;
      counts.tickets += 1;
      const untilMs = clock.repliedMs ?? nowMs;
      let left = rule.limitSeconds;
      let ms = clock.fromMs;
      for (; ms < untilMs && left > 0; ms += 1000) {
        if (wall?.isInside(ms) !== false && !isStill(ms)) left -= 1;
      }
      if (left === 0 && ms < untilMs) counts.late += 1;
      else if (clock.repliedMs === undefined) counts.pending += 1;
    }
  }
  return counts;
}

function clocksOf(story: readonly TicketEvent[]): TicketClock[] {
  const clocks: TicketClock[] = [];
  let severity = 'normal';
  const open = (): TicketClock[] => clocks.filter((clock) => clock.repliedMs === undefined);
  for (const event of story) {
    const atMs = Date.parse(event.at);
    if (event.event === 'reopened' || (event.event === 'opened' && open().length === 0)) {
      severity = event.severity ?? severity;
      clocks.push({ severity, fromMs: atMs, repliedMs: undefined });
    }
    if (event.event === 'human-reply') for (const clock of open()) clock.repliedMs = atMs;
    if (event.event !== 'severity') continue;
    const before = SEVERITIES.indexOf(severity);
    severity = event.severity ?? severity;
    for (const clock of open()) {
      clock.severity = severity;
      if (SEVERITIES.indexOf(severity) > before) clock.fromMs = atMs;
    }
  }
  return clocks;
}

function pausesOf(
  story: readonly TicketEvent[],
  nowMs: number,
): { fromMs: number; toMs: number }[] {
  const pauses: { fromMs: number; toMs: number }[] = [];
  for (const [at, event] of story.entries()) {
    if (event.event !== 'pause') continue;
    const end = story
      .slice(at)
      .find((later) => later.event === 'resume' || later.event === 'reopened');
    pauses.push({
      fromMs: Date.parse(event.at),
      toMs: end === undefined ? nowMs : Date.parse(end.at),
    });
  }
  return pauses;
}
