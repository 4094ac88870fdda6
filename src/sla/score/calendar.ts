/**
 * Wall-clock windows as spans of instants. An instant lies in a window if a clock on a wall of the
 * calendar's zone shows a time in it: where clocks are put back and an hour is shown twice, both
 * count; an hour that is skipped is in no window. Ends are exclusive, `24:00` is the start of the
 * next day. Holidays have no windows.
 *
 * Between two changes of the zone's offset the wall clock runs evenly, so each such stretch is
 * worked out in local milliseconds and shifted back.
 */
import type { Calendar } from '#sla/contract/contract.ts';
import { type Span, uniteSpans } from './spans.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** In the order of Date's `getUTCDay`. */
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** What of `span` lies in a window. */
export function calendarSpans(calendar: Calendar, span: Span): Span[] {
  const spans: Span[] = [];
  for (const stretch of evenStretches(calendar.zone, span)) {
    const { offsetMs } = stretch;
    const first = Math.floor((stretch.fromMs + offsetMs) / DAY_MS) * DAY_MS;
    for (let dayMs = first; dayMs < stretch.toMs + offsetMs; dayMs += DAY_MS) {
      for (const hours of windowsOfDay(calendar, dayMs)) {
        const fromMs = Math.max(stretch.fromMs, hours.fromMs - offsetMs);
        spans.push({ fromMs, toMs: Math.min(stretch.toMs, hours.toMs - offsetMs) });
      }
    }
  }
  return uniteSpans(spans);
}

/** The calendar date of an instant in a zone. */
export function dateAt(ms: number, zone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate();
}

/** Windows of the day that starts at `dayMs`, both in local milliseconds. */
function windowsOfDay(calendar: Calendar, dayMs: number): Span[] {
  const day = new Date(dayMs);
  if (calendar.holidays.includes(day.toISOString().slice(0, 10))) return [];
  const name = DAYS[day.getUTCDay()] ?? 'sun';
  return calendar.windows
    .filter(({ days }) => days.includes(name))
    .map(({ from, to }) => ({ fromMs: dayMs + timeMs(from), toMs: dayMs + timeMs(to) }));
}

/** `HH:MM` as milliseconds of the day. */
function timeMs(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
}

interface Stretch extends Span {
  /** What a clock on the wall is ahead of UTC. */
  offsetMs: number;
}

/** `span` cut where the zone's offset changes. */
function* evenStretches(zone: string, span: Span): Generator<Stretch> {
  let { fromMs } = span;
  while (fromMs < span.toMs) {
    const local = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(zone);
    const change = local.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity;
    const toMs = Math.min(span.toMs, change);
    yield { fromMs, toMs, offsetMs: local.offsetNanoseconds / 1e6 };
    fromMs = toMs;
  }
}
