/**
 * Whether an instant lies in a calendar's windows, asked of the zone's own wall clock: formatted as
 * text by Intl and compared as text. One instant at a time, nothing shared with the judge.
 */
import type { Calendar } from '#sla/contract/contract.ts';

const MINUTE_MS = 60_000;

export class WallClock {
  readonly #calendar: Calendar;
  readonly #format: Intl.DateTimeFormat;
  /** Windows begin and end on whole minutes, and so do all offsets of today's zones. */
  readonly #known = new Map<number, boolean>();

  constructor(calendar: Calendar) {
    this.#calendar = calendar;
    this.#format = new Intl.DateTimeFormat('en-CA', {
      timeZone: calendar.zone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
  }

  isInside(ms: number): boolean {
    const minute = Math.floor(ms / MINUTE_MS);
    const known = this.#known.get(minute);
    if (known !== undefined) return known;
    const parts = this.#format.formatToParts(minute * MINUTE_MS);
    const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
    const date = `${part('year')}-${part('month')}-${part('day')}`;
    const time = `${part('hour')}:${part('minute')}`;
    const day = part('weekday').toLowerCase();
    const isInside =
      !this.#calendar.holidays.includes(date) &&
      this.#calendar.windows.some(({ days, from, to }) => {
        return days.some((name) => name === day) && from <= time && time < to;
      });
    this.#known.set(minute, isInside);
    return isInside;
  }
}
