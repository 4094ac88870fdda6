/**
 * Sets of instants as sorted, disjoint, half-open spans of Unix milliseconds. Down time is always
 * the length of such a set, so what overlaps counts once.
 */
import { instantMs } from '#sla/measurement/instant.ts';

export interface Span {
  fromMs: number;
  toMs: number;
}

/** As entries and documents write one: ISO 8601, the end exclusive. */
export function spanOf({ from, to }: { from: string; to: string }): Span {
  return { fromMs: instantMs(from), toMs: instantMs(to) };
}

/** The union of any spans: sorted, disjoint, empty ones gone, touching ones joined. */
export function uniteSpans(spans: readonly Span[]): Span[] {
  const sorted = spans.filter((span) => span.fromMs < span.toMs);
  sorted.sort((a, b) => a.fromMs - b.fromMs);
  const united: Span[] = [];
  for (const span of sorted) {
    const last = united.at(-1);
    if (last !== undefined && span.fromMs <= last.toMs) {
      last.toMs = Math.max(last.toMs, span.toMs);
    } else {
      united.push({ ...span });
    }
  }
  return united;
}

/** What is in both sets. */
export function intersectSpans(a: readonly Span[], b: readonly Span[]): Span[] {
  const common: Span[] = [];
  let inA = 0;
  let inB = 0;
  for (;;) {
    const left = a[inA];
    const right = b[inB];
    if (left === undefined || right === undefined) return common;
    const fromMs = Math.max(left.fromMs, right.fromMs);
    const toMs = Math.min(left.toMs, right.toMs);
    if (fromMs < toMs) common.push({ fromMs, toMs });
    if (left.toMs < right.toMs) inA += 1;
    else inB += 1;
  }
}

/** What is in `a` and not in `b`. */
export function subtractSpans(a: readonly Span[], b: readonly Span[]): Span[] {
  const left: Span[] = [];
  let first = 0;
  for (const span of a) {
    let { fromMs } = span;
    while ((b[first]?.toMs ?? Infinity) <= fromMs) first += 1;
    for (let at = first; fromMs < span.toMs; at++) {
      const hole = b[at];
      if (hole === undefined || hole.fromMs >= span.toMs) break;
      if (hole.fromMs > fromMs) left.push({ fromMs, toMs: hole.fromMs });
      fromMs = Math.max(fromMs, hole.toMs);
    }
    if (fromMs < span.toMs) left.push({ fromMs, toMs: span.toMs });
  }
  return left;
}

/** Milliseconds in the set. */
export function lengthMs(spans: readonly Span[]): number {
  let total = 0;
  for (const span of spans) total += span.toMs - span.fromMs;
  return total;
}
