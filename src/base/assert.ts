/** Assertions are for our own mistakes: a failed one is a bug in Holdfast, never bad input. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${what}`);
}
