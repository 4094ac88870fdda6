/**
 * Wall-clock windows as spans of instants: rules in a named zone, evaluated on instants. On a day
 * when clocks change a window is longer or shorter than its times suggest; an end is exclusive and
 * `24:00` is the start of the next day. Holidays have no windows.
 */
import type { Calendar } from '#sla/contract/contract.ts';
import { type Span, uniteSpans } from './spans.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Every window that touches `span`, united. */
export function calendarSpans(calendar: Calendar, span: Span): Span[] {
  const spans: Span[] = [];
  const holidays = new Set(calendar.holidays);
  let date = dateAt(span.fromMs, calendar.zone).subtract({ days: 1 });
  const last = dateAt(span.toMs, calendar.zone).add({ days: 1 });
  while (Temporal.PlainDate.compare(date, last) <= 0) {
    const name = DAYS[date.dayOfWeek - 1] ?? 'mon';
    if (!holidays.has(date.toString())) {
      for (const window of calendar.windows) {
        if (!window.days.includes(name)) continue;
        const fromMs = instantOf(date, window.from, calendar.zone);
        spans.push({ fromMs, toMs: instantOf(date, window.to, calendar.zone) });
      }
    }
    date = date.add({ days: 1 });
  }
  return uniteSpans(spans);
}

/** The calendar date of an instant in a zone. */
export function dateAt(ms: number, zone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate();
}

/** An hour that does not exist becomes the instant at which the clocks jump over it. */
function instantOf(date: Temporal.PlainDate, time: string, zone: string): number {
  const isMidnight = time === '24:00';
  const day = isMidnight ? date.add({ days: 1 }) : date;
  const local = day.toPlainDateTime(Temporal.PlainTime.from(isMidnight ? '00:00' : time));
  const earlier = local.toZonedDateTime(zone, { disambiguation: 'earlier' });
  if (earlier.toPlainDateTime().equals(local)) return earlier.epochMilliseconds;
  return earlier.getTimeZoneTransition('next')?.epochMilliseconds ?? earlier.epochMilliseconds;
}
