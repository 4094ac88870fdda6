/**
 * What servers said of themselves lately, scrape by scrape: long enough to reach around a cycle of
 * five minutes when it is decided. A target is a server once it has counted answers to queries;
 * probes and others are left out.
 */
import type { ServerSample, ServerSamples } from './evidence-comparison.ts';
import { TARGETS_MAX, type TargetReading } from './scraped-targets.ts';

/** A cycle, the time until it is decided, and as much again. */
const KEPT_MS = 900_000;
/** Answers that are no service: they prove that the server was there, not that it answered. */
const IS_REFUSAL = /rcode="(?:SERVFAIL|REFUSED)"/;
const ANSWERS = 'holdfast_dns_responses_total';

export class ServerTimelines {
  readonly #samples = new Map<string, ServerSample[]>();

  add({ url, atMs, up, values }: TargetReading): void {
    const answers = up ? countAnswers(values) : undefined;
    const present = this.#samples.get(url);
    if (present === undefined && (answers === undefined || this.#samples.size >= TARGETS_MAX)) {
      return;
    }
    const kept = (present ?? []).filter((sample) => sample.atMs > atMs - KEPT_MS);
    this.#samples.set(url, [...kept, { atMs, up, answers }]);
  }

  /** Of each server that was heard of lately. */
  servers(nowMs: number): ServerSamples[] {
    return [...this.#samples.values()].filter((samples) => {
      return (samples.at(-1)?.atMs ?? -Infinity) > nowMs - KEPT_MS;
    });
  }
}

/** `undefined` where the target counts none: it is no name server. */
function countAnswers(values: ReadonlyMap<string, number>): number | undefined {
  let sum: number | undefined;
  for (const [name, value] of values) {
    if (!name.startsWith(`${ANSWERS}{`)) continue;
    sum = (sum ?? 0) + (IS_REFUSAL.test(name) ? 0 : value);
  }
  return sum;
}
