/**
 * Times of the register: years of registration by the calendar, periods in days of 24 hours, UTC.
 */

export const DAY_MS = 86_400_000;

/** Years that a name may be registered ahead of now, at most (the rule of all gTLDs). */
export const YEARS_AHEAD_MAX = 10;

/** The same day and time so many years later; 29 February becomes the 28th where there is none. */
export function addYears(atMs: number, years: number): number {
  const at = new Date(atMs);
  const month = at.getUTCMonth();
  at.setUTCFullYear(at.getUTCFullYear() + years);
  if (at.getUTCMonth() !== month) at.setUTCDate(0);
  return at.getTime();
}

/** `YYYY-MM-DD`, UTC. */
export function formatDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
