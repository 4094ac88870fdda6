/**
 * Periods that reports are about, as half-open spans of UTC days: ISO weeks (`2026-W40`, Monday to
 * Monday), months (`2026-10`), quarters (`2026-Q4`) and years (`2026`).
 */
import { type Month, monthOf, parseMonth } from '#base/month.ts';

export type PeriodKind = 'week' | 'month' | 'quarter' | 'year';

/** Judged as a month is: a name and a span. */
export interface Period extends Month {
  kind: PeriodKind;
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** A Monday. */
const FIRST_MONDAY_MS = Date.UTC(1970, 0, 5);

/** `undefined` if `text` is no period. */
export function parsePeriod(text: string): Period | undefined {
  const week = /^(\d{4})-W(0[1-9]|[1-4]\d|5[0-3])$/.exec(text);
  if (week !== null) {
    const fourth = Date.UTC(Number(week[1]), 0, 4);
    const found = periodAt('week', fourth + (Number(week[2]) - 1) * WEEK_MS);
    return found.name === text ? found : undefined;
  }
  const month = parseMonth(text);
  if (month !== undefined) return periodAt('month', month.startMs);
  const quarter = /^(\d{4})-Q([1-4])$/.exec(text);
  if (quarter !== null) {
    return periodAt('quarter', Date.UTC(Number(quarter[1]), (Number(quarter[2]) - 1) * 3, 1));
  }
  return /^\d{4}$/.test(text) ? periodAt('year', Date.UTC(Number(text), 0, 1)) : undefined;
}

/** The period of a kind that an instant (Unix milliseconds) lies in. */
export function periodAt(kind: PeriodKind, ms: number): Period {
  if (kind === 'week') return weekAt(ms);
  if (kind === 'month') return { kind, ...monthOf(ms) };
  const at = new Date(ms);
  const year = at.getUTCFullYear();
  const month = at.getUTCMonth();
  if (kind === 'year') {
    return {
      kind,
      name: `${year}`,
      startMs: Date.UTC(year, 0, 1),
      endMs: Date.UTC(year + 1, 0, 1),
    };
  }
  const first = month - (month % 3);
  const name = `${year}-Q${first / 3 + 1}`;
  return { kind, name, startMs: Date.UTC(year, first, 1), endMs: Date.UTC(year, first + 3, 1) };
}

/** Weeks are named after the year that their Thursday is in (ISO 8601). */
function weekAt(ms: number): Period {
  const startMs = FIRST_MONDAY_MS + Math.floor((ms - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS;
  const year = new Date(startMs + 3 * DAY_MS).getUTCFullYear();
  const fourth = Date.UTC(year, 0, 4);
  const first = FIRST_MONDAY_MS + Math.floor((fourth - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS;
  const number = String((startMs - first) / WEEK_MS + 1).padStart(2, '0');
  return { kind: 'week', name: `${year}-W${number}`, startMs, endMs: startMs + WEEK_MS };
}

/** The months that a period touches, in their order. */
export function monthsOf({ startMs, endMs }: Period): Period[] {
  const months: Period[] = [];
  for (let ms = startMs; ms < endMs; ) {
    const month = periodAt('month', ms);
    months.push(month);
    ms = month.endMs;
  }
  return months;
}
