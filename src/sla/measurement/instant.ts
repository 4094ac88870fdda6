/**
 * Instants in measurements and scores: ISO 8601 in UTC, `2026-10-01T00:00:10.120Z`. Scores compare
 * whole milliseconds; digits beyond them are cut.
 */
import { z } from 'zod';
import { formatInstant } from '#base/clock.ts';

export const instantSchema = z.iso.datetime({ offset: false });

/** Unix milliseconds of an instant that the schema accepted. */
export function instantMs(instant: string): number {
  return Date.parse(instant);
}

/** `2026-02-01T00:13:00Z`, as people write it: a fraction only where there is one. */
export function shortInstant(ms: number): string {
  return formatInstant(ms).replace('.000Z', 'Z');
}
