/** Instants as directories show them. */
import { formatInstant } from '#base/clock.ts';

/** `2026-11-22T01:02:03Z`: whole seconds, cut, so that nothing is said to be newer than it is. */
export function shownInstant(ms: number): string {
  return formatInstant(ms).replace(/\.\d+Z$/, 'Z');
}
