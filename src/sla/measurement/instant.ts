/**
 * Instants in measurements: ISO 8601 in UTC, `2026-10-01T00:00:10.120Z`. Scores compare whole
 * milliseconds; digits beyond them are cut.
 */
import { z } from 'zod';

export const instantSchema = z.iso.datetime({ offset: false });

/** Unix milliseconds of an instant that the schema accepted. */
export function instantMs(instant: string): number {
  return Date.parse(instant);
}
